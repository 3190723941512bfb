"""A study that removes parts one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.generator import Generator, Prunable
from metac.compiler.interfaces.program import StudyProgram
from metac.compiler.interfaces.study import ProgressRecorder
from metac.runtime.optimise.greedy_removal import most_promising
from metac.runtime.optimise.optimisation_loop import NO_LOWER_LOSS, STEP_LIMIT, STOP_RULE, StepFailed
from metac.runtime.optimise.outcome import Outcome
from metac.stdlib.studies.evaluations import describe, first_failure
from metac.stdlib.studies.stages import single_stage
from metac.stdlib.studies.what_is_free import nothing_removable

if TYPE_CHECKING:
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.compiler.interfaces.study import Amendable, Continuable, Study


NO_PART_LEFT = "nothing may be removed"


class Prune:
    """Fields as in `prune.meta`.

    Raises:
        FieldError: M0562 on `vary` where the generator's parameters are no weights of parts.
    """

    steps: int
    """Most parts that are removed: all, where the spec does not say."""
    may_change: ClassVar[tuple[str, ...]] = ("steps",)
    """Fields that may change when a run is resumed."""

    def __init__(
        self,
        *,
        vary: Generator,
        tries: int,
        steps: int | None,
        stop: Callable[[Any, Any, Any], Any] | None,
    ) -> None:
        if not isinstance(vary, Prunable) or vary.removable is None:
            raise nothing_removable()
        self.vary, self.tries, self.stop = vary, int(tries), stop
        parts = jax.eval_shape(vary.init, jax.random.key(0)).shape[0]
        self.steps = parts if steps is None else int(steps)

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
        """Remove what lowers the loss most, one after the other.

        Args:
            program: with the goals.
            key: random key of generators that do not vary.
            recorder: gets a record of every step.
            stages: one at most.
            resume: a checkpoint that the recorder was given, to resume from.
            handed: the parameters of all generators that the study before left: bonds are removed from that network.

        Raises:
            FieldError: M0562 where there are several stages.
            StepFailed: where the network cannot be simulated as it is at the start.
        """
        inputs = single_stage(program, stages, "a network is pruned once: it has no use for stages", "M0562")
        return _Pruning(self, program, inputs, key, recorder, handed).outcome(resume)


@dataclass
class _Pruning:
    """One run."""

    study: Prune
    program: StudyProgram
    inputs: Mapping[str, Any]
    key: jax.Array
    recorder: ProgressRecorder
    handed: Mapping[str, Any] | None

    @cached_property
    def name(self) -> str:
        """Of the generator that varies."""
        return self.program.name_of(self.study.vary)

    @cached_property
    def fixed(self) -> dict[str, Any]:
        """Free parameters of all generators at the start."""
        return dict(self.handed or self.program.init(jax.random.fold_in(self.key, 0)))

    def outcome(self, resume: Mapping[str, Any] | None) -> Outcome:
        """Steps until one of the reasons to end."""
        weights = (
            np.asarray(self.fixed[self.name], float) if resume is None else np.asarray(resume["arrays"]["weights"], float)
        )
        step = 0 if resume is None else int(resume["numbers"]["step"])
        part, told = -1, resume is not None
        while True:
            loss, gradient, report = self._evaluated(weights, step)
            reason, chosen = self._end(weights, step, loss), None
            if not reason:
                chosen = self._best_without(weights, gradient)
                reason = "" if chosen is not None and chosen[1] < loss else NO_LOWER_LOSS
            if not told:
                self._tell(weights, step, loss, report, part, reason)
            if reason or chosen is None:
                break
            part, step, told = chosen[0], step + 1, False
            weights = weights.copy()
            weights[part] = 0.0
        theta = {**self.fixed, self.name: jnp.asarray(weights)}
        return Outcome(theta=theta, loss=loss, steps=step, reason=reason, report=report, program=self.program)

    def _end(self, weights: NDArray[np.float64], step: int, loss: float) -> str:
        if self.study.stop is not None and bool(self.study.stop(loss, step, 1.0)):
            return STOP_RULE
        if step >= self.study.steps:
            return STEP_LIMIT
        return "" if np.asarray(self._removable(jnp.asarray(weights))).any() else NO_PART_LEFT

    @cached_property
    def _removable(self) -> Callable[[jax.Array], jax.Array]:
        vary = self.study.vary
        assert isinstance(vary, Prunable) and vary.removable is not None  # `Prune` refuses others.
        return jax.jit(vary.removable)

    def _evaluated(self, weights: NDArray[np.float64], step: int) -> tuple[float, NDArray[np.float64], Any]:
        """Loss, its derivative `[part]`, and the evaluation. Raises StepFailed where it cannot be simulated."""
        (loss, report), gradient = self._with_gradient(jnp.asarray(weights), self.fixed, self.inputs)
        failure = first_failure(report)
        if failure is not None:
            raise StepFailed(step, failure) from failure
        return float(loss), np.asarray(gradient), report

    @cached_property
    def _with_gradient(self) -> Callable[..., Any]:
        def loss(weights: jax.Array, fixed: Any, inputs: Any) -> Any:
            return self.program.loss_and_evaluation({**fixed, self.name: weights}, inputs)

        return jax.jit(jax.value_and_grad(loss, has_aux=True))

    @cached_property
    def _losses(self) -> Callable[..., jax.Array]:
        """`[trial]`: the loss without each of some parts, infinite where it cannot be simulated."""

        def without(part: jax.Array, weights: jax.Array, fixed: Any, inputs: Any) -> jax.Array:
            loss, report = self.program.loss_and_evaluation({**fixed, self.name: weights.at[part].set(0.0)}, inputs)
            fine = jnp.stack([jnp.isfinite(loss), *(status.ok for status in report.status.values())]).all()
            return jnp.where(fine, loss, jnp.inf)

        return jax.jit(jax.vmap(without, in_axes=(0, None, None, None)))

    def _best_without(self, weights: NDArray[np.float64], gradient: NDArray[np.float64]) -> tuple[int, float] | None:
        """The part without which the loss is least of those that were tried, and that loss; None where none may go."""
        removable = np.flatnonzero(np.asarray(self._removable(jnp.asarray(weights))))
        if not len(removable):
            return None
        trials = most_promising(removable, gradient, self.study.tries)
        losses = np.asarray(self._losses(jnp.asarray(trials), jnp.asarray(weights), self.fixed, self.inputs))
        best = int(np.argmin(losses))
        return int(trials[best]), float(losses[best])

    def _tell(self, weights: NDArray[np.float64], step: int, loss: float, report: Any, part: int, end: str) -> None:
        """Tell of a step: the state after `part` was removed, or that at the start, where it is -1."""
        record = {
            "step": step,
            "loss": loss,
            "removed": int(len(weights) - weights.sum()),
            **({"part": part} if part >= 0 else {}),
            **({"end": end} if end else {}),
            **describe(report),
        }
        state = {"arrays": {"weights": weights}, "numbers": {"step": step}}
        self.recorder.step(record, lambda: state)


if TYPE_CHECKING:
    Satisfies[Study](Prune)
    Satisfies[Amendable](Prune)
    Satisfies[Continuable](Prune)
