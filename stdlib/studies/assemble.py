"""A study that chooses cells for a system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.generator import MacroGenerator
from metac.compiler.interfaces.program import StudyProgram
from metac.compiler.interfaces.study import ProgressRecorder
from metac.runtime.assembly.choice import ChoiceCosts
from metac.runtime.assembly.exchange import exchanged
from metac.runtime.assembly.incompatibility import EdgeStock, Fit, Weights, choice_costs, deviation, fit_of
from metac.runtime.assembly.trws import Assembled, assemble
from metac.runtime.errors import RuntimeFailure
from metac.runtime.optimise.optimisation_loop import STEP_LIMIT, StepFailed
from metac.runtime.optimise.outcome import Outcome
from metac.runtime.report.drawings import Sketch
from metac.runtime.report.system_plots import draw_assembly
from metac.runtime.runs.csv_tables import table_bytes
from metac.stdlib.studies.cell_exchange import exchange_effects
from metac.stdlib.studies.evaluations import describe, first_failure
from metac.stdlib.studies.property_stage import PropertyStage, misses, relative_error
from metac.stdlib.studies.stages import single_stage

if TYPE_CHECKING:
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.compiler.interfaces.study import Continuable, Study
    from metac.runtime.assembly.stock import CellStock

DAMPING = 0.7
"""The share of what the pixels were off by that the next round aims beside."""
MOST_AT_FIRST = 16
"""Cells that are exchanged together at first; twice as many after a success, half as many after a failure."""
RADIUS = 0.5
"""Of what one candidate may change alone, over the misses, at first; half of it after a failure."""
Theta = dict[str, Any]


class Assemble:
    """Fields as in `assemble.meta`.

    Raises:
        FieldError: M0537 on `candidates` where the data has fewer cells (when it runs), or there are several stages.
    """

    def __init__(
        self,
        *,
        vary: MacroGenerator,
        steps: int,
        margin: float,
        candidates: int,
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
        self.vary, self.margin, self.candidates = vary, float(margin), int(candidates)
        self.weights = Weights(float(deviation), float(geometric), float(mechanical))
        self.sweeps, self.gap, self.rounds = int(sweeps), float(gap), int(rounds)
        self.exchanges, self.accuracy = int(exchanges), float(accuracy)
        self.stage_steps, self.full = int(steps), verify == "full"

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
            SystemTooLarge: where its pixels need more memory than there is.
        """
        inputs = single_stage(program, stages, "a system is assembled once: it has no use for stages", "M0537")
        first = dict(handed or program.init(jax.random.fold_in(key, 0)))
        if len(self.vary.stock.stiffness) < self.candidates:
            count = len(self.vary.stock.stiffness)
            message = f"{self.candidates} candidates for each cell, and the data has {count} cells"
            raise FieldError("candidates", message, code="M0537", help=f"write `candidates = {count}`, or take more data")
        if self.full:
            self.vary.require_memory()
        run = _AssemblyRun(self, program, inputs, recorder, first)
        if resume is not None:
            run.variables = np.asarray(resume["arrays"]["variables"], float)
            run.step = int(resume["numbers"]["step"])
        return run.outcome()


@dataclass(frozen=True, eq=False)
class _CandidatePool:
    """What each cell is chosen from."""

    cells: NDArray[np.int64]
    """`[number]`: cells of the data."""
    numbers: NDArray[np.int64]
    """`[row, column, candidate]`: which of them."""
    edges: EdgeStock
    """Of these cells."""
    costs: ChoiceCosts

    def picked(self, choice: NDArray[np.int64]) -> NDArray[np.int64]:
        """`[row, column]`: numbers of the candidates that are chosen."""
        return np.take_along_axis(self.numbers, choice[..., None], axis=-1)[..., 0]


@dataclass(frozen=True, eq=False)
class _Round:
    """One choice of cells."""

    chosen: NDArray[np.int64]
    """`[row, column]`: cells of the data."""
    variables: NDArray[np.float64]
    """`[row, column, 4]`: what was wanted."""
    assembled: Assembled
    pool: _CandidatePool
    fit: Fit
    wanted: Any
    """The evaluation of what was wanted."""
    homogenised: Any
    """Of the chosen cells' stiffness."""
    exact: Any
    """Of all pixels; None where they are not solved for."""

    @property
    def judged(self) -> Any:
        """The evaluation that counts."""
        return self.homogenised if self.exact is None else self.exact


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
        rounds: list[_Round] = []
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
        told = f"{STEP_LIMIT}; round {number} of {len(rounds)}, {_words(best)}"
        return Outcome(
            theta={**self.first, self.name: made},
            loss=float(best.judged.loss),
            steps=self.step,
            reason=told,
            report=best.judged,
            program=self.program,
            sketches=(self._sketch(rounds, number, best),),
        )

    def _round(self, number: int, shift: Any) -> _Round:
        """Both stages, the first aiming beside the goals by `shift`, and what they lead to."""
        self.recorder.phase(f"round {number + 1}: a field of stiffness")
        self.variables = self._stage.minimised(self.variables, shift, self.study.stage_steps, self._told)
        wanted = self._evaluated(self.study.vary.wanting(self.variables))
        self.recorder.phase(f"round {number + 1}: cells that fit each other")
        pool = self._pool(self._stage.entries(self.variables))
        assembled = assemble(pool.costs, self.study.sweeps, self.study.gap)
        self.recorder.phase(f"round {number + 1}: the chosen cells")
        found = self._judged(pool, assembled, wanted)
        self._told(self.variables, float(found.judged.loss), {"round": number + 1, **describe(found.judged)})
        return found

    def _judged(self, pool: _CandidatePool, assembled: Assembled, wanted: Any) -> _Round:
        """A choice, evaluated."""
        picked, vary = pool.picked(assembled.choice), self.study.vary
        chosen = pool.cells[picked]
        homogenised = self._evaluated(vary.homogenised(chosen))
        exact = self._evaluated(vary.assembled(chosen)) if self.study.full else None
        return _Round(chosen, self.variables, assembled, pool, fit_of(pool.edges, picked), wanted, homogenised, exact)

    def _exchanged(self, best: _Round) -> _Round:
        """The round with cells exchanged as long as that lowers its exact loss."""
        most, radius, effects, pool = MOST_AT_FIRST, RADIUS, None, best.pool
        for _ in range(self.study.exchanges):
            if effects is None:
                self.recorder.phase("what each candidate would do, exactly")
                theta = {**self.first, self.name: self.study.vary.assembled(best.chosen)}
                effects = exchange_effects(self.program, theta, self.inputs, pool.cells[pool.numbers])
            if effects is None:
                break
            choice = exchanged(pool.costs, best.assembled.choice, *effects, self.study.accuracy, most, radius)
            if (choice == best.assembled.choice).all():
                break
            made = replace(best.assembled, choice=choice, energy=pool.costs.energy(choice))
            trial = self._judged(pool, made, best.wanted)
            self._told(best.variables, float(trial.judged.loss), {"exchanged": most, **describe(trial.judged)})
            if float(trial.judged.loss) < float(best.judged.loss):
                best, effects, most = trial, None, 2 * most
            else:
                most, radius = max(1, most // 2), radius / 2
        return best

    def _pool(self, entries: NDArray[np.float64]) -> _CandidatePool:
        """Candidates for wanted entries `[row, column, 4]`, MPa."""
        stock, study = self.stock, self.study
        candidates = stock.nearest(entries, study.candidates)
        cells, numbers = np.unique(candidates, return_inverse=True)
        edges, numbers = stock.edges(cells), numbers.reshape(candidates.shape)
        own = deviation(stock.stiffness[candidates], entries[..., None, :], stock.scale)
        return _CandidatePool(cells, numbers, edges, choice_costs(edges, numbers, own, study.weights))

    def _told(self, variables: NDArray[np.float64], loss: float, more: Mapping[str, Any]) -> None:
        """Record a step."""
        self.step += 1
        state = {"arrays": {"variables": variables}, "numbers": {"step": self.step}}
        self.recorder.step({"step": self.step, "loss": loss, **more}, lambda: state)

    @cached_property
    def _stage(self) -> PropertyStage:
        others = {name: theta for name, theta in self.first.items() if name != self.name}
        return PropertyStage(self.program, self.study.vary, self.name, others, self.inputs, self.study.margin)

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

    def _sketch(self, rounds: list[_Round], number: int, best: _Round) -> Sketch:
        """Figure and tables of what was chosen."""
        table: list[tuple[str, ...]] = [("round", "sheet", "rrmse", "rrmse_shape", "loss")]
        for round_number, sheet, evaluation in self._sheets(rounds, number, best):
            table.append(_row(round_number, sheet, *relative_error(evaluation), float(evaluation.loss)))
        columns = ("round", "cost", "bound", "gap", "sweeps", "geometric", "mechanical", "disconnected")
        choices: list[tuple[str, ...]] = [columns]
        for name, each in [*((str(index), each) for index, each in enumerate(rounds, 1)), (f"{number}, exchanged", best)]:
            made, fit = each.assembled, each.fit
            proven = (made.energy, made.bound, made.gap, made.sweeps)
            choices.append(_row(name, *proven, fit.geometric, fit.mechanical, _pairs(fit)))
        files = {".csv": table_bytes(table), "-choices.csv": table_bytes(choices)}
        entries = self._stage.entries(best.variables)
        figure = draw_assembly(entries, self.stock.stiffness[best.chosen], self.stock.scale, "wanted and chosen")
        return Sketch(
            "assembly", "", figure, {"cells": self.stock.numbers[best.chosen].astype(float), "wanted": entries}, files=files
        )

    def _sheets(self, rounds: list[_Round], number: int, best: _Round) -> list[tuple[int, str, Any]]:
        """Round, name and evaluation of each sheet of the table."""
        found = []
        for index, each in enumerate(rounds, 1):
            found += [(index, "stage one", each.wanted), (index, "chosen, homogenised", each.homogenised)]
            found += [] if each.exact is None else [(index, "chosen, all pixels", each.exact)]
        vary = self.study.vary
        if best.exact is not None:
            found += [(number, "exchanged, homogenised", best.homogenised), (number, "exchanged, all pixels", best.exact)]
        nearest = self.stock.nearest(self._stage.entries(best.variables), 1)[..., 0]
        even = np.full_like(nearest, self.stock.median)
        self.recorder.phase("an even sheet and the nearest cells, to compare with")
        for sheet, chosen in (("one cell everywhere", even), ("nearest cells", nearest)):
            theta = vary.assembled(chosen) if self.study.full else vary.homogenised(chosen)
            try:
                found.append((number, sheet, self._evaluated(theta)))
            except (StepFailed, RuntimeFailure):
                continue  # what is only compared with need not be solvable: cells side by side may hang together by nothing
        return found


def _row(*values: int | float | str) -> tuple[str, ...]:
    return tuple(f"{value:.6g}" if isinstance(value, float) else str(value) for value in values)


def _words(found: _Round) -> str:
    apart = len(found.fit.disconnected)
    pairs = f", {apart} pairs of neighbours are disconnected: {_pairs(found.fit)}" if apart else ""
    return f"cost {found.assembled.energy:.4g}, at most {100 * found.assembled.gap:.2g} % above the least{pairs}"


def _pairs(fit: Fit) -> str:
    """Rows and columns, from 1, of neighbours between which nothing is solid."""
    return "; ".join(f"({a + 1}, {b + 1})-({c + 1}, {d + 1})" for (a, b), (c, d) in fit.disconnected)


if TYPE_CHECKING:
    Satisfies[Study](Assemble)
    Satisfies[Continuable](Assemble)
