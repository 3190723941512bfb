"""Search among designs that a network draws, a surrogate judges, and simulations decide on."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.model import GenerativeModel, SurrogateModel
from metac.compiler.interfaces.program import StudyProgram
from metac.compiler.interfaces.quick_compilation import quickly_compiled
from metac.compiler.interfaces.study import ProgressRecorder
from metac.runtime.learn.supervised.cvae import CvaeGenerator
from metac.runtime.learn.supervised.surrogate import Surrogate
from metac.runtime.optimise.outcome import Outcome
from metac.runtime.report.drawings import Sketch
from metac.runtime.runs.csv_tables import table_bytes
from metac.runtime.search.candidates import Candidates, NothingFound, SimulatedCandidates
from metac.runtime.search.draws import Draws, Target
from metac.runtime.search.search_plots import draw_candidates
from metac.stdlib.studies.proposals import AT_ONCE, NO_STAGES, draws_of, targets_of, theta_of
from metac.stdlib.studies.stages import single_stage

if TYPE_CHECKING:
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.compiler.interfaces.study import Study


@dataclass(frozen=True, kw_only=True)
class Search:
    """Study: fields as in `search.meta`.

    Raises `FieldError`: M0595 for targets that nothing can have, M0596 where models, goals and body do not go together.
    """

    vary: Any
    draw: GenerativeModel[CvaeGenerator]
    predict: SurrogateModel[Surrogate]
    count: int
    keep: int
    error: float | None
    batch: int
    seed: int

    @property
    def steps(self) -> int:
        """Parts of the work: draws, then simulations."""
        return self._draws + -(-min(int(self.keep), int(self.count)) // int(self.batch))

    @property
    def _draws(self) -> int:
        return -(-int(self.count) // AT_ONCE)

    def run(
        self,
        program: StudyProgram,
        key: jax.Array,
        recorder: ProgressRecorder,
        *,
        stages: Sequence[Mapping[str, Any]] | None = None,
        resume: Mapping[str, Any] | None = None,
    ) -> Outcome:
        """Draw, predict, simulate, rank.

        Args:
            program: with the goals.
            key: random key of generators that do not vary.
            recorder: gets a record of every part of the work.
            stages: one at most.
            resume: a checkpoint that the recorder was given, to resume from.

        Raises:
            FieldError: see the class.
            NothingFound: if no design that can be built is within the error, or no simulation succeeds.
        """
        inputs = single_stage(program, stages, NO_STAGES, "M0596")
        return _Running(self, program, inputs, key, recorder).outcome(resume)


@dataclass
class _Running:
    """One run of a search."""

    study: Search
    program: StudyProgram
    inputs: Mapping[str, Any]
    key: jax.Array
    recorder: ProgressRecorder
    records: int = field(default=0, init=False)
    best: float = field(default=np.inf, init=False)

    def outcome(self, resume: Mapping[str, Any] | None) -> Outcome:
        """The best design of all."""
        candidates, simulated = self._begin(resume)
        while candidates.drawn < int(self.study.count):
            candidates = self._drawn(candidates)
        if not len(candidates.error):
            within = "" if self.study.error is None else f" and a predicted error up to {self.study.error:g}"
            raise NothingFound(
                f"none of {candidates.drawn:,} designs can be built{within}; {candidates.valid:,} can be built",
                remedy="draw more designs, allow a larger `error`, or ask for properties nearer to those of the data",
            )
        while len(simulated.miss) < len(candidates.error):
            simulated = self._simulated(candidates, simulated)
        best = int(simulated.order()[0])
        if not np.isfinite(simulated.miss[best]):
            message = f"none of the {len(candidates.error):,} designs could be simulated"
            raise NothingFound(message, remedy="simulate one design by itself: a spec without study evaluates it")
        theta, good = self._theta(jnp.asarray(candidates.designs[best], float)), int(simulated.met.sum())
        report = quickly_compiled(self.program.evaluate)(theta, self.inputs)
        return Outcome(
            theta=theta,
            loss=float(report.loss),
            steps=self.records,
            reason=f"{candidates.drawn:,} drawn, {candidates.valid:,} valid, "
            f"{len(simulated.met):,} simulated, {good:,} good",
            report=report,
            program=self.program,
            sketches=(self._sketch(candidates, simulated, report),),
        )

    @cached_property
    def fixed(self) -> dict[str, Any]:
        """Free parameters of all generators; those of the one that varies are replaced."""
        return dict(self.program.init(jax.random.fold_in(self.key, 0)))

    def _theta(self, design: jax.Array) -> dict[str, Any]:
        return {**self.fixed, **theta_of(self.study.vary, self.program, design)}

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        """Goals that the surrogate can judge."""
        return targets_of(self.study.draw, self.study.predict, self.program, self.inputs)

    @cached_property
    def draws(self) -> Draws:
        """What draws and judges."""
        return draws_of(self.study.draw, self.study.predict, self.program.objects(self.fixed, self.inputs))

    def _begin(self, resume: Mapping[str, Any] | None) -> tuple[Candidates, SimulatedCandidates]:
        _ = self.targets, self.draws
        if resume is not None:
            numbers = resume["numbers"]
            best = numbers["best"]
            self.records, self.best = int(numbers["records"]), np.inf if best is None else float(best)
            return Candidates.restored(resume["arrays"], numbers), SimulatedCandidates.restored(resume["arrays"])
        columns = self.draws.surrogate.columns
        return Candidates.empty(columns.features, len(columns.label_names)), SimulatedCandidates.empty(len(self.goals))

    @cached_property
    def goals(self) -> tuple[str, ...]:
        """Names of all goals."""
        shapes = jax.eval_shape(self.program.evaluate, self.fixed, self.inputs)
        return tuple(shapes.goals)

    def _drawn(self, candidates: Candidates) -> Candidates:
        started, study = time.monotonic(), self.study
        count = min(AT_ONCE, int(study.count) - candidates.drawn)
        self.recorder.phase(f"drawing designs: {candidates.drawn:,} of {int(study.count):,}")
        found = self.draws.candidates(self.targets, count, int(study.seed) + candidates.drawn)
        limit = np.inf if study.error is None else float(study.error)
        candidates = candidates.joined(found, int(study.keep), limit)
        least = float(candidates.error[0]) if len(candidates.error) else None
        self._tell(candidates, SimulatedCandidates.empty(len(self.goals)), least, started)
        return candidates

    def _simulated(self, candidates: Candidates, simulated: SimulatedCandidates) -> SimulatedCandidates:
        started, size = time.monotonic(), min(int(self.study.batch), len(candidates.error))
        done = len(simulated.miss)
        self.recorder.phase(f"simulating designs: {done:,} of {len(candidates.error):,}")
        part = candidates.designs[done : done + size]
        padded = np.concatenate([part, np.repeat(part[-1:], size - len(part), axis=0)])
        found = self._evaluate(jnp.asarray(padded, float), self.inputs)
        ok = np.asarray(found["ok"]) & np.isfinite(found["miss"]) & np.isfinite(found["rank"])
        miss = np.where(ok, found["miss"], np.inf)
        values, rank, met = (np.asarray(found[name])[: len(part)] for name in ("values", "rank", "met"))
        count = len(part)
        simulated = simulated.joined(SimulatedCandidates(values, miss[:count], rank, met & ok[:count]))
        best = simulated.order()[0]
        self._tell(candidates, simulated, float(simulated.miss[best] + simulated.rank[best]), started)
        return simulated

    @cached_property
    def _evaluate(self) -> Callable[..., dict[str, NDArray[Any]]]:
        """Compiled: designs `[design, feature]` and inputs -> what `SimulatedCandidates` holds of each, and success."""

        def one(design: jax.Array, inputs: Any) -> dict[str, Any]:
            found = self.program.evaluate(self._theta(design), inputs)
            goals = [found.goals[name] for name in self.goals]
            matched = [goal for goal in goals if goal.met is not None]
            conditions = [*(goal.met for goal in matched), *(each.met for each in found.requirements.values())]
            misses = [*(goal.contribution for goal in matched), *(each.contribution for each in found.requirements.values())]
            ranks = [goal.contribution for goal in goals if goal.met is None]
            zero = jnp.zeros(())
            return {
                "values": jnp.stack([goal.value if goal.value.ndim == 0 else goal.deviation for goal in goals]),
                "miss": sum(misses, zero),
                "rank": sum(ranks, zero),
                "met": jnp.stack([jnp.asarray(True), *conditions]).all(),
                "ok": jnp.stack([jnp.asarray(True), *(status.ok for status in found.status.values())]).all(),
            }

        return jax.jit(jax.vmap(one, in_axes=(0, None)))

    def _tell(self, candidates: Candidates, simulated: SimulatedCandidates, loss: float | None, started: float) -> None:
        loss = np.inf if loss is None else loss
        self.best = loss if len(simulated.miss) else min(self.best, loss)
        record = {
            "step": self.records,
            "loss": _number(loss),
            "best": _number(self.best),
            "seconds": time.monotonic() - started,
            "drawn": candidates.drawn,
            "valid": candidates.valid,
            "simulated": len(simulated.miss),
            "met": int(simulated.met.sum()),
        }
        self.records += 1
        numbers = {
            "drawn": candidates.drawn,
            "valid": candidates.valid,
            "records": self.records,
            "best": _number(self.best),
        }
        self.recorder.step(record, lambda: {"arrays": {**candidates.arrays(), **simulated.arrays()}, "numbers": numbers})

    def _sketch(self, candidates: Candidates, simulated: SimulatedCandidates, report: Any) -> Sketch:
        """All simulated candidates, the best first."""
        order = simulated.order()
        labels = self.draws.surrogate.columns.label_names
        extrema = tuple(place for place, name in enumerate(self.goals) if report.goals[name].met is None)
        names = tuple(self.goals)
        headings = ("place", *(f"{name} predicted" for name in labels), *names, "error predicted", "miss", "met", "design")
        rows: list[tuple[str, ...]] = [headings]
        for place, chosen in enumerate(order, start=1):
            numbers = (
                *candidates.predicted[chosen],
                *simulated.values[chosen],
                candidates.error[chosen],
                simulated.miss[chosen],
            )
            bits = "".join(map(str, candidates.designs[chosen].tolist()))
            rows.append((str(place), *(f"{value:.6g}" for value in numbers), str(bool(simulated.met[chosen])), bits))
        figure = draw_candidates(candidates.error, simulated, names, extrema, f"{len(order):,} candidates")
        arrays = {name: array[order] for name, array in {**candidates.arrays(), **simulated.arrays()}.items()}
        files = {".csv": table_bytes(rows)}
        return Sketch("candidates", self.program.name_of(self.study.vary), figure, arrays, files=files)


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None


if TYPE_CHECKING:
    Satisfies[Study](Search)
