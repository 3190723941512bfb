"""A study that flips pixels of an assembled system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.generator import MacroGenerator
from metac.compiler.interfaces.program import StudyProgram
from metac.compiler.interfaces.study import ProgressRecorder
from metac.runtime.assembly.pixel_flips import flipped
from metac.runtime.assembly.pixel_sheet import unfolded
from metac.runtime.assembly.sheet import Soundness, soundness
from metac.runtime.multiscale.dissection import SingularSystem
from metac.runtime.multiscale.pixel_sensitivities import InaccurateAdjoint
from metac.runtime.optimise.optimisation_loop import NO_LOWER_LOSS, STEP_LIMIT, StepFailed
from metac.runtime.optimise.outcome import Outcome
from metac.stdlib.studies.cross_check import CrossCheck, cross_checks
from metac.stdlib.studies.evaluations import describe, first_failure
from metac.stdlib.studies.pixel_slopes import PixelSlopes, SlopesByPixels
from metac.stdlib.studies.property_stage import relative_error
from metac.stdlib.studies.refinement_tables import RefinedSheet, refinement_sketch, words
from metac.stdlib.studies.stages import single_stage

if TYPE_CHECKING:
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.compiler.interfaces.study import Continuable, Study

FIRST, LEAST = 1e-3, 1e-6
"""What a flip must promise, over the sum of squares of the misses: at first, and at least."""
MORE, FEWER, FINER = 4.0, 8.0, 16.0
"""By what that is divided after a success and multiplied after a failure, and divided where nothing promises as much."""
Quarters = NDArray[np.bool_]


class Refine:
    """Fields as in `refine.meta`."""

    def __init__(self, *, vary: MacroGenerator, steps: int, verify: str) -> None:
        self.vary, self.steps, self.twice = vary, int(steps), verify == "twice"

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
        """Flip pixels, and solve for all of them.

        Args:
            program: with the goals.
            key: random key of what does not vary.
            recorder: gets a record of every solve.
            stages: one at most.
            resume: a checkpoint: the pixels that were best.
            handed: the parameters of all generators that the study before left.

        Raises:
            FieldError: M0537 on `vary` where no cells are chosen, where there are several stages, and of `SlopesByPixels`.
            StepFailed: where the system cannot be solved as it is at the start.
            SolversDisagree: where multigrid finds something else than the exact solve.
            SystemTooLarge: where its pixels need more memory than there is.
        """
        inputs = single_stage(program, stages, "a system is refined once: it has no use for stages", "M0537")
        first = dict(handed or program.init(jax.random.fold_in(key, 0)))
        there = self.vary.pixels(first[program.name_of(self.vary)])
        if there is None:
            message = "no cells are chosen for the system yet, so that there are no pixels to flip"
            raise FieldError("vary", message, code="M0537", help="let `refine` stand behind `assemble` with all its pixels")
        run = _Refinement(self, program, inputs, recorder, first, *there)
        if resume is not None:
            run.go_on_from(resume)
        return run.outcome()


@dataclass
class _Refinement:
    """One run."""

    study: Refine
    program: StudyProgram
    inputs: Mapping[str, Any]
    recorder: ProgressRecorder
    first: dict[str, Any]
    begun: Quarters
    """`[cell, y, x]`: what the free cells are at the start."""
    places: NDArray[np.int64]
    """`[row, column]`: which of them each cell is."""
    step: int = 0
    least: float = FIRST
    best: RefinedSheet = field(init=False)
    slopes: PixelSlopes | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.quarters = self.begun

    def go_on_from(self, resume: Mapping[str, Any]) -> None:
        """Of a checkpoint."""
        self.quarters = np.asarray(resume["arrays"]["quarters"]) > 1 / 2
        self.step, self.least = int(resume["numbers"]["step"]), float(resume["numbers"]["least"])

    def outcome(self) -> Outcome:
        """The best pixels."""
        start = self._judged(self.begun)
        self.best = start if self.quarters is self.begun else self._judged(self.quarters)
        tried, reason = [start], STEP_LIMIT
        while self.step < self.study.steps:
            trial = self._trial()
            if trial is None:
                reason = NO_LOWER_LOSS
                break
            tried.append(trial)
            self._take(trial)
        if self._worse(self.best, start):
            self.best = start  # of a checkpoint of other goals
        theta = self._theta(self.best.quarters)
        checked = self._checked(theta)
        return Outcome(
            theta=theta,
            loss=float(self.best.evaluation.loss),
            steps=self.step,
            reason=f"{reason}; {words(start, self.best, checked)}",
            report=self.best.evaluation,
            program=self.program,
            sketches=(refinement_sketch(tried, self.best, self.places, checked),),
        )

    def _trial(self) -> RefinedSheet | None:
        """Pixels flipped and solved for; None where no flip promises anything."""
        if self.slopes is None:
            self.recorder.phase("what each pixel does, exactly")
            try:
                self.slopes = self._slopes.at(self._theta(self.best.quarters))
            except (SingularSystem, InaccurateAdjoint):
                return None
        while True:
            found = flipped(*self.slopes, self.best.quarters, self.places, self.least)
            if (found != self.best.quarters).any():
                self.recorder.phase("all pixels")
                return self._judged(found)
            if self.least <= LEAST or self._failed:
                return None
            self.least = max(LEAST, self.least / FINER)

    def _take(self, trial: RefinedSheet) -> None:
        """Keep a trial where it is better, and record it."""
        better = trial.failure is None and not self._worse(trial, self.best)
        self._failed = not better
        if better:
            self.best, self.slopes, self.least = trial, None, max(LEAST, self.least / MORE)
        else:
            self.least *= FEWER
        self.step += 1
        best = self.best.quarters
        state = {"arrays": {"quarters": best.astype(float)}, "numbers": {"step": self.step, "least": self.least}}
        flips = int((trial.quarters != self.begun).sum())
        told = {"flipped": flips, "taken": better, **describe(None if trial.failure else trial.evaluation)}
        loss = float(self.best.evaluation.loss)
        self.recorder.step({"step": self.step, "loss": loss, **told}, lambda: state)

    @staticmethod
    def _worse(one: RefinedSheet, other: RefinedSheet) -> bool:
        """Whether a sheet is not better than another one: it must be as sound, and its loss lower."""
        mine, others = one.sound, other.sound
        coarser = mine.pieces > others.pieces or mine.member < others.member or mine.gap < others.gap
        return coarser or not float(one.evaluation.loss) < float(other.evaluation.loss)

    _failed = False
    """Whether the last trial was not taken."""

    def _judged(self, quarters: Quarters) -> RefinedSheet:
        """Raises StepFailed where the start cannot be solved."""
        evaluation = self._evaluate(self._theta(quarters), self.inputs)
        failure = first_failure(evaluation)
        if failure is not None and quarters is self.begun:
            raise StepFailed(0, failure) from failure
        return RefinedSheet(quarters, evaluation, self._soundness(quarters), failure, relative_error(evaluation), self.step)

    def _soundness(self, quarters: Quarters) -> Soundness:
        rows, columns = quarters.shape[1:]
        return soundness(unfolded(quarters, self.places), (2 * rows, 2 * columns))

    @cached_property
    def _evaluate(self) -> Any:
        return jax.jit(self.program.evaluate)

    @cached_property
    def _slopes(self) -> SlopesByPixels:
        return SlopesByPixels(self.program, self.inputs, self.places)

    def _theta(self, quarters: Quarters) -> dict[str, Any]:
        name = self.program.name_of(self.study.vary)
        return {**self.first, name: self.study.vary.drawn(self.first[name], quarters)}

    def _checked(self, theta: Mapping[str, Any]) -> list[CrossCheck]:
        """Of all loads, where the result is to be solved twice."""
        if not self.study.twice:
            return []
        self.recorder.phase("all pixels once more, by multigrid")
        return cross_checks(self.program.objects(theta, self.inputs))


if TYPE_CHECKING:
    Satisfies[Study](Refine)
    Satisfies[Continuable](Refine)
