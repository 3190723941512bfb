"""Global search by covariance matrix adaptation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.generator import Generator
from metac.compiler.interfaces.program import StudyProgram
from metac.compiler.interfaces.study import ProgressRecorder
from metac.runtime.errors import NotFinite, RuntimeFailure
from metac.runtime.optimise.cma_es import Candidate, EvolutionStrategy, Numbers, Start
from metac.runtime.optimise.optimisation_loop import STEP_LIMIT, STOP_RULE, StepFailed
from metac.runtime.optimise.outcome import Outcome
from metac.runtime.report.drawings import Sketch
from metac.runtime.report.search_starts import SearchStart, draw_starts, starts_table
from metac.stdlib.studies.evaluations import describe, first_failure
from metac.stdlib.studies.stages import single_stage

if TYPE_CHECKING:
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.compiler.interfaces.study import Amendable, Study

CONVERGED = "all starts converged"


@dataclass(frozen=True, kw_only=True)
class CmaEs:
    """Study: fields as in `cma_es.meta`."""

    vary: Sequence[Generator]
    steps: int
    restarts: int
    population: int | None
    spread: float
    stop: Callable[[Any, Any], Any] | None

    may_change: ClassVar[tuple[str, ...]] = ("steps", "restarts", "stop")

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
    ) -> Outcome:
        """Search.

        Raises:
            FieldError: M0598 where there are stages.
            StepFailed: where nothing that was tried could be simulated.
        """
        message = "a search has no use for stages: it ends where it converges"
        inputs = single_stage(program, stages, message, "M0598")
        return _Search(self, program, inputs, key, recorder).outcome(resume)


@dataclass
class _Search:
    """One run."""

    study: CmaEs
    program: StudyProgram
    inputs: Mapping[str, Any]
    key: jax.Array
    recorder: ProgressRecorder
    failure: RuntimeFailure | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.names = [self.program.name_of(each) for each in self.study.vary]
        self.fixed = dict(self.program.init(jax.random.fold_in(self.key, 0)))
        self._evaluated = jax.jit(lambda at: self.program.loss_and_evaluation(self.theta(at), self.inputs))

    def theta(self, at: Any) -> dict[str, Any]:
        """Free parameters of all generators for shares `[parameter]`."""
        return {**self.fixed, **{name: at[number] for number, name in enumerate(self.names)}}

    def evaluate(self, at: Numbers) -> tuple[float, Any]:
        """The loss at a place, NaN where it cannot be simulated, and the evaluation."""
        loss, evaluation = jax.block_until_ready(self._evaluated(jnp.asarray(at)))
        failure = first_failure(evaluation)
        if failure is None and not np.isfinite(float(loss)):
            failure = NotFinite("the loss is not a finite number", increment=0)
        self.failure = failure or self.failure
        return (float(loss) if failure is None else float("nan")), evaluation

    def outcome(self, resume: Mapping[str, Any] | None) -> Outcome:
        """The best of all starts."""
        strategy = EvolutionStrategy(
            begin=np.array([float(self.fixed[name]) for name in self.names]),
            spread=float(self.study.spread),
            population=None if self.study.population is None else int(self.study.population),
            restarts=int(self.study.restarts),
            seed=int(jax.random.randint(jax.random.fold_in(self.key, 1), (), 0, 2**31 - 1)),
        )
        if resume is not None:
            strategy.replay(np.asarray(resume["arrays"]["losses"], float))
        reason = self._reason(strategy)
        while reason is None:
            self._generation(strategy)
            reason = self._reason(strategy)
        best = strategy.best
        if best is None:
            assert self.failure is not None
            raise StepFailed(0, self.failure)
        loss, evaluation = self.evaluate(best.at)
        return Outcome(
            theta=self.theta(jnp.asarray(best.at)),
            loss=loss,
            steps=strategy.generations,
            reason=reason,
            report=evaluation,
            program=self.program,
            sketches=self._sketches(strategy.starts),
        )

    def _generation(self, strategy: EvolutionStrategy) -> None:
        found = [self.evaluate(at) for at in strategy.ask()]
        losses = [loss for loss, _ in found]
        number = len(strategy.starts) - 1
        strategy.tell(losses)
        best = strategy.best
        usable = [(loss, evaluation) for loss, evaluation in found if np.isfinite(loss)]
        loss, evaluation = min(usable, key=lambda each: each[0], default=(None, None))
        record = {
            "step": strategy.generations,
            "restart": number,
            "loss": loss,
            "best": None if best is None else best.loss,
            **describe(evaluation),
        }
        self.recorder.step(record, lambda: {"arrays": {"losses": strategy.state}, "numbers": {}})

    def _reason(self, strategy: EvolutionStrategy) -> str | None:
        """Why the search ends; None while it goes on."""
        best = strategy.best
        if self.study.stop is not None and best is not None and bool(self.study.stop(best.loss, strategy.generations)):
            return STOP_RULE
        if strategy.ended:
            return CONVERGED
        return STEP_LIMIT if strategy.generations >= int(self.study.steps) else None

    def _sketches(self, starts: Sequence[Start]) -> tuple[Sketch, ...]:
        """What each start found."""
        found = [
            self._told(number, each.best, each.evaluations, each.converged and not each.left_behind)
            for number, each in enumerate(starts, 1)
            if each.best is not None
        ]
        arrays = {
            "values": np.array([list(each.values.values()) for each in found]),
            "losses": np.array([each.loss for each in found]),
        }
        return (Sketch("starts", "starts", draw_starts(found), arrays, {".csv": starts_table(found)}),)

    def _told(self, number: int, best: Candidate, evaluations: int, converged: bool) -> SearchStart:
        values = {
            name: float(generator.at(jnp.asarray(share)))
            for name, generator, share in zip(self.names, self.study.vary, best.at, strict=True)
        }
        return SearchStart(number, values, best.loss, evaluations, converged)


if TYPE_CHECKING:
    Satisfies[Study](CmaEs)
    Satisfies[Amendable](CmaEs)
