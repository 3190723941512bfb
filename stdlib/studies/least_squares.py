"""Fits of parameters by least squares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.generator import Generator, Restarted
from metac.compiler.interfaces.program import StudyProgram
from metac.compiler.interfaces.study import ProgressRecorder
from metac.runtime.errors import NotFinite
from metac.runtime.optimise.evaluation import is_finite
from metac.runtime.optimise.least_squares import (
    Errors,
    FoundMinimum,
    LinearisedResiduals,
    Numbers,
    Profile,
    errors_of,
    is_lower,
    minimise,
    profile,
)
from metac.runtime.optimise.optimisation_loop import StepFailed
from metac.runtime.optimise.optimisation_state import FailedStart
from metac.runtime.optimise.outcome import Outcome
from metac.stdlib.studies.evaluations import describe, first_failure
from metac.stdlib.studies.fit_report import FitReport
from metac.stdlib.studies.stages import single_stage

if TYPE_CHECKING:
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.compiler.interfaces.study import Amendable, Continuable, Restartable, Study

MOST_REFITS = 5
"""How often a fit is taken up again from a lower minimum that a profile came upon."""


@dataclass(frozen=True, kw_only=True)
class LeastSquares:
    """Least squares over parameters of the spec, with several starts, covariance and profiles."""

    vary: Sequence[Generator]
    steps: int
    tolerance: float
    restarts: int
    profile: int
    confidence: float

    may_change: ClassVar[tuple[str, ...]] = ("steps", "restarts")
    restarts_field: ClassVar[str] = "restarts"

    def __post_init__(self) -> None:
        """`FieldError` M0537 where nothing varies."""
        if not self.vary:
            raise FieldError("vary", "nothing varies: name one parameter at least", code="M0537")

    def run(
        self,
        program: StudyProgram,
        key: jax.Array,
        recorder: ProgressRecorder,
        *,
        stages: Sequence[Mapping[str, Any]] | None = None,
        resume: Mapping[str, Any] | None = None,
        first_restart: int = 0,
        handed: Mapping[str, Any] | None = None,
    ) -> Outcome:
        """Fit, then report the errors.

        Args:
            program: with the goals.
            key: random key of further starts, and of generators that do not vary.
            recorder: gets a record of every step.
            stages: one at most.
            resume: a checkpoint that the recorder was given, to resume from.
            first_restart: the number of the first start.
            handed: the parameters of all generators that the study before left: the first start begins from them.

        Raises:
            FieldError: M0598 for goals that are no differences; where there are stages.
            StepFailed: if no start can be simulated.
        """
        inputs = single_stage(program, stages, "a fit is made at once: it has no use for stages", "M0598")
        return _Fit(self, program, inputs, key, recorder, first_restart, handed).outcome(resume)


@dataclass
class _Fit:
    """One run."""

    study: LeastSquares
    program: StudyProgram
    inputs: Mapping[str, Any]
    key: jax.Array
    recorder: ProgressRecorder
    first: int
    handed: Mapping[str, Any] | None
    steps: int = field(default=0, init=False)
    failures: list[FailedStart] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.names = [self.program.name_of(each) for each in self.study.vary]
        self.drawn = dict(self.handed or self.program.init(jax.random.fold_in(self.key, 0)))
        self._linearised = jax.jit(self._traced)
        shapes = jax.eval_shape(lambda theta: self.program.evaluate(theta, self.inputs), self.drawn)
        odd = [name for name, goal in shapes.goals.items() if goal.residuals is None]
        if odd:
            raise FieldError(
                "",
                f"least squares need differences, and `{odd[0]}` is none",
                code="M0598",
                help="take `optimize`, or `match`",
            )

    def theta(self, at: Any) -> dict[str, Any]:
        """Free parameters of all generators for shares `[parameter]`."""
        return {**self.drawn, **{name: at[number] for number, name in enumerate(self.names)}}

    def _traced(self, at: jax.Array) -> tuple[jax.Array, jax.Array, Any]:
        """Residuals, their Jacobian and the evaluation."""

        def residuals(at: jax.Array) -> tuple[jax.Array, Any]:
            evaluation = self.program.evaluate(self.theta(at), self.inputs)
            return evaluation.residuals, evaluation

        found, pull_back, evaluation = jax.vjp(residuals, at, has_aux=True)
        # Paths have derivatives backwards only; one row after the other, so that they are compiled once.
        return found, jax.lax.map(lambda row: pull_back(row)[0], jnp.eye(len(found))), evaluation

    def evaluate(self, at: Numbers) -> LinearisedResiduals:
        """Residuals, Jacobian and failures, on the host."""
        residuals, jacobian, evaluation = jax.block_until_ready(self._linearised(jnp.asarray(at)))
        failure = first_failure(evaluation)
        if failure is None and not is_finite((residuals, jacobian)):
            failure = NotFinite("what goals are off, or its derivative, is not a finite number", increment=0)
        return LinearisedResiduals(np.array(at), np.asarray(residuals), np.asarray(jacobian), evaluation, failure)

    def outcome(self, resume: Mapping[str, Any] | None) -> Outcome:
        """The best minimum of all starts, with its errors."""
        best = self._best_of_starts(resume)
        errors, profiles = errors_of(best.point), []
        for _ in range(MOST_REFITS):
            profiles = self._profiles(best.point, errors)
            lower = min((each.best for each in profiles if is_lower(each, best.point)), key=lambda p: p.loss, default=None)
            if lower is None:
                break
            self.recorder.phase("a profile found a lower minimum: fitting from there")
            best = self._fitted(lower.at, 0, best.point)
            errors = errors_of(best.point)
        made = FitReport(self.names, self.study.vary, float(self.study.confidence), best.point, errors, profiles)
        return Outcome(
            theta=self.theta(jnp.asarray(best.point.at)),
            loss=best.point.loss,
            steps=self.steps,
            reason=best.reason,
            failures=tuple(self.failures),
            report=best.point.report,
            program=self.program,
            sketches=made.sketches(),
            estimates=made.estimates(),
            fit=made.summary(),
        )

    def _best_of_starts(self, resume: Mapping[str, Any] | None) -> FoundMinimum:
        found: FoundMinimum | None = None
        failed: StepFailed | None = None
        begun = 0
        if resume is not None:
            begun, self.steps = resume["numbers"]["restart"], resume["numbers"]["steps"]
            if "best" in resume["arrays"]:
                found = FoundMinimum(self.evaluate(np.asarray(resume["arrays"]["best"])), "no lower loss")
        for restart in range(begun, int(self.study.restarts)):
            resumed = resume is not None and restart == begun
            start = np.asarray(resume["arrays"]["at"]) if resumed and resume is not None else self._start(restart)
            try:
                reached = self._fitted(start, restart, None if found is None else found.point)
            except StepFailed as failure:
                failed = failure
                self.failures.append(FailedStart(0, restart, failure.step, failure.message, failure.remedy))
                continue
            found = reached if found is None or reached.point.loss < found.point.loss else found
        if found is None:
            assert failed is not None
            raise failed
        return found

    def _start(self, restart: int) -> Numbers:
        """Shares at which a start begins: where the spec says or the study before ended, or random ones."""
        number = restart + self.first
        if self.handed is not None and not number:
            return np.array([float(self.handed[name]) for name in self.names])
        key = jax.random.fold_in(self.key, number)
        begun = []
        for place, generator in enumerate(self.study.vary):
            own = jax.random.fold_in(key, place)
            drawn = generator.restart if isinstance(generator, Restarted) and number else generator.init
            begun.append(float(drawn(own)))
        return np.array(begun)

    def _fitted(self, start: Numbers, restart: int, best: LinearisedResiduals | None) -> FoundMinimum:
        count = 0

        def told(point: LinearisedResiduals, **more: Any) -> None:
            nonlocal count
            lowest = point.loss if best is None else min(point.loss, best.loss)
            record = {
                "step": count,
                "restart": restart,
                "loss": point.loss,
                "best": lowest,
                **describe(point.report),
                **more,
            }
            self.steps += count > 0
            count += 1
            arrays = {"at": point.at} | ({} if best is None else {"best": best.at})
            numbers = {"restart": restart, "steps": self.steps}
            self.recorder.step(record, lambda: {"arrays": arrays, "numbers": numbers})

        found = minimise(
            self.evaluate, start, evaluations=int(self.study.steps), tolerance=float(self.study.tolerance), on_step=told
        )
        told(found.point, end=found.reason)
        return found

    def _profiles(self, minimum: LinearisedResiduals, errors: Errors) -> list[Profile]:
        found: list[Profile] = []
        for number, name in enumerate(self.names):
            if self.study.profile and number not in errors.held:
                self.recorder.phase(f"profile of {name}")
                settings = {"evaluations": int(self.study.steps), "tolerance": float(self.study.tolerance)}
                found.append(profile(self.evaluate, minimum, errors, number, places=int(self.study.profile), **settings))
                if is_lower(found[-1], minimum):
                    break
        return found


if TYPE_CHECKING:
    Satisfies[Study](LeastSquares)
    Satisfies[Amendable](LeastSquares)
    Satisfies[Continuable](LeastSquares)
    Satisfies[Restartable](LeastSquares)
