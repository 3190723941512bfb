"""A study that chooses cells for a system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.generator import Bounded, MacroGenerator
from metac.compiler.interfaces.program import StudyProgram
from metac.compiler.interfaces.study import ProgressRecorder
from metac.runtime.assembly.exchange import exchanged, least_beside
from metac.runtime.assembly.incompatibility import Weights, choice_costs, deviation, fit_of
from metac.runtime.assembly.trws import Assembled, assemble
from metac.runtime.errors import RuntimeFailure
from metac.runtime.optimise.optimisation_loop import STEP_LIMIT, StepFailed
from metac.runtime.optimise.outcome import Outcome
from metac.runtime.report.drawings import Sketch
from metac.runtime.runs.csv_tables import table_bytes
from metac.stdlib.studies.assembly_round import CandidatePool, Round
from metac.stdlib.studies.assembly_tables import assembly_sketch, words
from metac.stdlib.studies.candidate_choice import CandidateChoice, JudgedCandidates, comparison
from metac.stdlib.studies.cell_exchange import CondensedCells, exchange_effects
from metac.stdlib.studies.cross_check import CrossCheck, cross_checks
from metac.stdlib.studies.enough_cells import require_enough
from metac.stdlib.studies.evaluations import describe, first_failure
from metac.stdlib.studies.exchange_candidates import expected_gains, promising
from metac.stdlib.studies.property_stage import PropertyStage, misses
from metac.stdlib.studies.stages import single_stage

if TYPE_CHECKING:
    from metac.compiler.interfaces.model import LatentModel
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.compiler.interfaces.study import Continuable, Study
    from metac.runtime.assembly.stock import CellStock

DAMPING = 0.7
"""The share of what the pixels were off by that the next round aims beside."""
MOST_AT_FIRST = 16
"""Cells that are exchanged together at first; twice as many after a success, half as many after a failure."""
TRIED = 8
"""Candidates of each cell, those that fit the neighbours best, whose effects are computed."""
RADIUS = 0.5
"""Of what one candidate may change alone, over the misses, at first; half of it after a failure."""
Theta = dict[str, Any]


class Assemble:
    """Fields as in `assemble.meta`.

    Raises:
        FieldError: M0537 on `candidates` where the data has fewer cells (when it runs), or there are several stages; on
            `diverse` where its cells are of another size; on `using` where there is no constraint to hold.
    """

    def __init__(
        self,
        *,
        vary: MacroGenerator,
        steps: int,
        using: str,
        margin: float,
        candidates: int,
        diverse: LatentModel | None,
        pool: int,
        deviation: float,
        geometric: float,
        mechanical: float,
        sweeps: int,
        gap: float,
        rounds: int,
        exchanges: int,
        accuracy: float,
        verify: str,
    ) -> None:
        self.vary, self.margin, self.using = vary, float(margin), using
        self.choice = CandidateChoice(int(candidates), int(pool), diverse)
        self.weights = Weights(float(deviation), float(geometric), float(mechanical))
        self.sweeps, self.gap, self.rounds = int(sweeps), float(gap), int(rounds)
        self.exchanges, self.accuracy = int(exchanges), float(accuracy)
        self.stage_steps, self.full, self.twice = int(steps), verify != "coarse", verify == "twice"

    @property
    def steps(self) -> int:
        """Of the first stage in all rounds, and one for each choice of cells."""
        return self.rounds * (len(PropertyStage.WEIGHTS) * self.stage_steps + 1) + self.exchanges

    def run(
        self,
        program: StudyProgram,
        key: jax.Array,
        recorder: ProgressRecorder,
        *,
        stages: Sequence[Mapping[str, Any]] | None = None,
        resume: Mapping[str, Any] | None = None,
        handed: Mapping[str, Any] | None = None,
    ) -> Outcome:
        """Both stages, `rounds` times.

        Args:
            program: with the goals.
            key: random key of what does not vary, and of where the first stage starts.
            recorder: gets a record of every step of the first stage, and of every choice.
            stages: one at most.
            resume: a checkpoint: the first stage begins again from its elements.
            handed: the parameters of all generators that the study before left: the first stage begins there.

        Raises:
            FieldError: see the class.
            StepFailed: where the system cannot be solved.
            InfeasibleProperties: where MMA does not meet its constraint.
            SolversDisagree: where multigrid finds something else than the exact solve.
            SystemTooLarge: where its pixels need more memory than there is.
        """
        inputs = single_stage(program, stages, "a system is assembled once: it has no use for stages", "M0537")
        first = dict(handed or program.init(jax.random.fold_in(key, 0)))
        if self.using == "mma" and isinstance(self.vary, Bounded):
            message = "a field of a family has no constraint: its elements are of the family already"
            raise FieldError("using", message, code="M0537", help="write `using = lbfgs`")
        require_enough(self.choice.count, len(self.vary.stock.stiffness))
        if self.full:
            self.vary.require_memory()
        run = _AssemblyRun(self, program, inputs, recorder, first)
        if resume is not None:
            run.variables = np.asarray(resume["arrays"]["variables"], float)
            run.step = int(resume["numbers"]["step"])
        return run.outcome()


@dataclass
class _AssemblyRun:
    """One run."""

    study: Assemble
    program: StudyProgram
    inputs: Mapping[str, Any]
    recorder: ProgressRecorder
    first: Theta
    step: int = 0
    variables: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        self.variables = np.asarray(self.first[self.name]["variables"], float)

    @cached_property
    def name(self) -> str:
        """Of the generator that varies."""
        return self.program.name_of(self.study.vary)

    @property
    def stock(self) -> CellStock:
        """What there is to choose from."""
        return self.study.vary.stock

    def outcome(self) -> Outcome:
        """The best round."""
        rounds: list[Round] = []
        shift: Any = None
        for number in range(self.study.rounds):
            found = self._round(number, shift)
            rounds.append(found)
            off = np.asarray(misses(found.judged) - misses(found.wanted))
            if not off.size:
                break  # only goals without targets: there is nothing to aim beside
            shift = DAMPING * off + (0.0 if shift is None else (1 - DAMPING) * shift)
        best = min(rounds, key=lambda each: float(each.judged.loss))
        number = rounds.index(best) + 1
        if self.study.full:
            best = self._exchanged(best)
        vary = self.study.vary
        made = vary.homogenised(best.chosen) if best.exact is None else vary.assembled(best.chosen)
        theta = {**self.first, self.name: made}
        checked = self._checked(theta)
        agreement = f", multigrid agrees to {max(each.difference for each in checked):.1g}" if checked else ""
        told = f"{STEP_LIMIT}; round {number} of {len(rounds)}, {words(best, self.stock)}{agreement}"
        return Outcome(
            theta=theta,
            loss=float(best.judged.loss),
            steps=self.step,
            reason=told,
            report=best.judged,
            program=self.program,
            sketches=(self._sketch(rounds, number, best, checked),),
        )

    def _round(self, number: int, shift: Any) -> Round:
        """Both stages, the first aiming beside the goals by `shift`, and what they lead to."""
        self.recorder.phase(f"round {number + 1}: a field of stiffness")
        self.variables = self._stage.minimised(self.variables, shift, self.study.stage_steps, self._told)
        wanted = self._evaluated(self.study.vary.wanting(self.variables))
        self.recorder.phase(f"round {number + 1}: cells that fit each other")
        entries = self._stage.entries(self.variables)
        pool = self._pool(entries)
        assembled = assemble(pool.costs, self.study.sweeps, self.study.gap)
        self.recorder.phase(f"round {number + 1}: the chosen cells")
        found = self._judged(pool, assembled, wanted)
        self._told(self.variables, float(found.judged.loss), {"round": number + 1, **describe(found.judged)})
        return found

    def _judged(self, pool: CandidatePool, assembled: Assembled, wanted: Any) -> Round:
        """A choice, evaluated."""
        picked, vary = pool.picked(assembled.choice), self.study.vary
        chosen = pool.cells[picked]
        homogenised = self._evaluated(vary.homogenised(chosen))
        exact = self._evaluated(vary.assembled(chosen)) if self.study.full else None
        return Round(chosen, self.variables, assembled, pool, fit_of(pool.edges, picked), wanted, homogenised, exact)

    def _exchanged(self, best: Round) -> Round:
        """The round with cells exchanged as long as that lowers its exact loss, for those that are like what is there."""
        most, radius, pool, effects, condensed = MOST_AT_FIRST, RADIUS, best.pool, None, CondensedCells()
        start = np.zeros(best.chosen.shape, np.int64)  # the first candidate is what is there
        for _ in range(self.study.exchanges):
            if effects is None:
                self.recorder.phase("what each candidate would do, exactly")
                candidates, expected = self._offered(best, radius)
                pool = self._pool_of(candidates, self._stage.entries(best.variables))
                theta = {**self.first, self.name: self.study.vary.assembled(best.chosen)}
                worth = least_beside(pool.costs, start, self.study.accuracy * expected, TRIED)
                tried = np.where(worth, pool.cells[pool.numbers], -1)
                effects = exchange_effects(self.program, theta, self.inputs, tried, condensed)
            if effects is None:
                break
            choice = exchanged(pool.costs, start, *effects, self.study.accuracy, most, radius)
            if (choice == start).all():
                break
            made = Assembled(choice, pool.costs.energy(choice), -np.inf, 0)
            trial = replace(self._judged(pool, made, best.wanted), variables=best.variables)
            self._told(best.variables, float(trial.judged.loss), {"exchanged": most, **describe(trial.judged)})
            if float(trial.judged.loss) < float(best.judged.loss):
                best, effects, most = trial, None, 2 * most
            else:
                most, radius = max(1, most // 2), radius / 2
        return best

    def _offered(self, best: Round, radius: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """`[row, column, candidate]`: each chosen cell, those that are nearest to it in stiffness, and those of which
        homogenised elements expect most; what they expect."""
        stock, count, vary = self.stock, self.study.choice.count, self.study.vary
        alike = stock.nearest(stock.stiffness[best.chosen], count)
        alike[..., 0] = best.chosen  # others may have the same stiffness
        every = np.arange(len(stock.stiffness))
        offered = np.asarray(vary.homogenised(every[None])["variables"]).reshape(len(every), -1)
        given = (self._stage.slopes(vary.homogenised(best.chosen)), np.asarray(misses(best.judged)), offered[best.chosen])
        found = promising(*given, offered, count, radius)
        expected = expected_gains(*given, offered[alike])
        return np.concatenate([alike, found.cells], axis=-1), np.concatenate([expected, found.gains], axis=-1)

    def _pool(self, entries: NDArray[np.float64]) -> CandidatePool:
        """Candidates for wanted entries `[row, column, 4]`, MPa."""
        return self._pool_of(self.study.choice.candidates(self.stock, entries), entries)

    def _pool_of(self, candidates: NDArray[np.int64], entries: NDArray[np.float64]) -> CandidatePool:
        """`candidates[row, column, candidate]` of the stock, with what they cost."""
        stock = self.stock
        cells, numbers = np.unique(candidates, return_inverse=True)
        edges, numbers = stock.edges(cells), numbers.reshape(candidates.shape)
        own = deviation(stock.stiffness[candidates], entries[..., None, :], stock.scale)
        return CandidatePool(cells, numbers, edges, choice_costs(edges, numbers, own, self.study.weights))

    def _told(self, variables: NDArray[np.float64], loss: float, more: Mapping[str, Any]) -> None:
        """Record a step."""
        self.step += 1
        state = {"arrays": {"variables": variables}, "numbers": {"step": self.step}}
        self.recorder.step({"step": self.step, "loss": loss, **more}, lambda: state)

    @cached_property
    def _stage(self) -> PropertyStage:
        others = {name: theta for name, theta in self.first.items() if name != self.name}
        return PropertyStage(
            self.program, self.study.vary, self.name, others, self.inputs, self.study.margin, self.study.using
        )

    @cached_property
    def _evaluate(self) -> Any:
        return jax.jit(self.program.evaluate)

    def _evaluated(self, theta: Theta) -> Any:
        """Raises StepFailed where it cannot be simulated."""
        found = self._evaluate({**self.first, self.name: theta}, self.inputs)
        failure = first_failure(found)
        if failure is not None:
            raise StepFailed(self.step, failure) from failure
        return found

    def _checked(self, theta: Theta) -> list[CrossCheck]:
        """Of all loads, where the result is to be solved twice."""
        if not self.study.twice:
            return []
        self.recorder.phase("all pixels once more, by multigrid")
        return cross_checks(self.program.objects(theta, self.inputs))

    def _sketch(self, rounds: list[Round], number: int, best: Round, checked: list[CrossCheck]) -> Sketch:
        """Figure and tables of what was chosen."""
        entries = self._stage.entries(best.variables)
        found = assembly_sketch(rounds, number, best, self._compared(best), entries, self.stock, checked)
        if self.study.choice.diverse is None:
            return found
        return replace(found, files={**found.files, "-candidates.csv": self._candidates(rounds[number - 1], entries)})

    def _candidates(self, found: Round, entries: NDArray[np.float64]) -> bytes:
        """A table: the diverse candidates of a round beside the nearest cells, and what is chosen of both."""
        self.recorder.phase("the nearest candidates, to compare with")
        choice, stock = self.study.choice, self.stock
        nearest = choice.nearest(stock, entries)
        pool = self._pool_of(nearest, entries)
        made = assemble(pool.costs, self.study.sweeps, self.study.gap)
        own = JudgedCandidates("diverse", found.pool.cells[found.pool.numbers], found.assembled, found.fit)
        other = JudgedCandidates("nearest", nearest, made, fit_of(pool.edges, pool.picked(made.choice)))
        return table_bytes(comparison(choice, stock, entries, (own, other)))

    def _compared(self, best: Round) -> list[tuple[str, Any]]:
        """Name and evaluation of sheets that are only compared with: those that can be solved."""
        vary = self.study.vary
        nearest = self.stock.nearest(self._stage.entries(best.variables), 1)[..., 0]
        even = np.full_like(nearest, self.stock.median)
        self.recorder.phase("an even sheet and the nearest cells, to compare with")
        found = []
        for sheet, chosen in (("one cell everywhere", even), ("nearest cells", nearest)):
            theta = vary.assembled(chosen) if self.study.full else vary.homogenised(chosen)
            # Cells side by side may hang together by nothing.
            with suppress(StepFailed, RuntimeFailure):
                found.append((sheet, self._evaluated(theta)))
        return found


if TYPE_CHECKING:
    Satisfies[Study](Assemble)
    Satisfies[Continuable](Assemble)
