"""The optimisation loop of one start: steps until the stop rule, the step limit, or nothing lower is found."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf
from typing import Any

import jax
import numpy as np

from metac.runtime.errors import RuntimeFailure
from metac.runtime.optimise.evaluation import Evaluator, LossEvaluation, Tree
from metac.runtime.optimise.methods.method import Method, ProposedStep

MOST_REJECTIONS = 8
"""How often in a row a step is halved before the loop gives up."""
STOP_RULE, STEP_LIMIT, NO_LOWER_LOSS = "stop rule", "step limit", "no lower loss"
"""Reasons of a `LoopState` that end the loop."""

Stop = Callable[[float, int, float], Any]
"""`(loss, step, change) -> bool`: whether the aim is reached; see `LoopState`."""


class StepFailed(RuntimeFailure):
    """A step whose simulation fails however short it is made; `cause` says how, `step` counts from 1, 0 is the start."""

    def __init__(self, step: int, cause: RuntimeFailure) -> None:
        self.step, self.cause = step, cause
        place = "at the start" if step == 0 else f"at step {step}, halved {MOST_REJECTIONS} times"
        super().__init__(f"{place}: {cause.message}", remedy=cause.remedy)
        self.code, self.subject, self.of_geometry = cause.code, cause.subject, cause.of_geometry


@dataclass(frozen=True)
class LoopState:
    """The state of a loop after a step: all that the next step needs, and the best so far.

    Best is the lowest loss where constraints are fulfilled; as long as they are not, the least violation.
    """

    evaluation: LossEvaluation
    method_state: Any
    step: int
    """Steps taken; 0 is the start."""
    scale: float
    """What the next step is shortened by, 0 < scale <= 1."""
    best_theta: Tree
    best_loss: float
    best_step: int
    best_violation: float = 0.0
    """By how much constraints were exceeded there (`LossEvaluation.violation`)."""
    change: float = inf
    """Largest change of a parameter in the last step; infinite before the first one."""
    reason: str = ""
    """Why the loop ended (`STOP_RULE`, `STEP_LIMIT`, `NO_LOWER_LOSS`) or pauses (`PauseCheck`); empty while it runs."""


@dataclass(frozen=True)
class StepStatistics:
    """What one step was like, for the history."""

    seconds: float
    evaluations: int
    rejected: tuple[str, ...]
    """Why trials of this step were not taken, in order."""


OnStep = Callable[[LoopState, StepStatistics], None]
PauseCheck = Callable[[LossEvaluation, int, bool], str]
"""`(evaluation, step, stopped) -> reason`: why the loop should pause here, "" where not; `stopped`: whether the stop
rule holds."""


def never_pause(evaluation: LossEvaluation, step: int, stopped: bool) -> str:
    """No pause."""
    return ""


@dataclass(frozen=True)
class OptimisationLoop:
    """Steps of a method on an objective.

    Args:
        evaluate: the objective.
        method: how a step is made.
        steps: most steps.
        stop: the stop rule, or None.
        on_step: called after the start and after every step.
        pause_check: whether the loop should pause.
    """

    evaluate: Evaluator
    method: Method
    steps: int
    stop: Stop | None = None
    on_step: OnStep = lambda state, statistics: None
    pause_check: PauseCheck = never_pause

    def initial_state(self, theta: Tree) -> LoopState:
        """Evaluate the start; it counts as step 0.

        Raises:
            StepFailed: if the start cannot be simulated.
        """
        started = time.perf_counter()
        evaluation = self.evaluate(theta)
        if evaluation.failure is not None:
            raise StepFailed(0, evaluation.failure) from evaluation.failure
        state = self.with_end(state_at(evaluation, self.method, 0))
        self.on_step(state, StepStatistics(time.perf_counter() - started, 1, ()))
        return state

    def run(self, state: LoopState) -> LoopState:
        """Step until the loop ends or pauses; the same state gives the same end.

        A step whose simulation fails is tried again from the last good one, half as long; each step taken doubles the
        length again.

        Raises:
            StepFailed: if a step fails `MOST_REJECTIONS` times in a row.
        """
        while not state.reason:
            state = self.step(state)
        return state

    def step(self, state: LoopState) -> LoopState:
        """One step. Raises StepFailed, see `run`."""
        started = time.perf_counter()
        proposed, scale, evaluations, rejected = self._propose(state)
        if proposed.evaluation is None:
            state = replace(state, step=state.step + 1, reason=NO_LOWER_LOSS)
        else:
            state = _accepted(state, proposed.evaluation, proposed.state, min(1.0, 2 * scale))
            state = self.with_end(state)
        self.on_step(state, StepStatistics(time.perf_counter() - started, evaluations, rejected))
        return state

    def with_end(self, state: LoopState) -> LoopState:
        """The state, ended where the stop rule holds or the steps are used up, or paused where that is due."""
        stopped = self.stop is not None and bool(self.stop(state.evaluation.loss, state.step, state.change))
        reason = self.pause_check(state.evaluation, state.step, stopped)
        if not reason and stopped:
            reason = STOP_RULE
        if not reason and state.step >= self.steps:
            reason = STEP_LIMIT
        return replace(state, reason=reason)

    def _propose(self, state: LoopState) -> tuple[ProposedStep, float, int, tuple[str, ...]]:
        """The first proposal that can be simulated, its scale, evaluations taken, and why trials were rejected."""
        rejected: list[str] = []
        scale, evaluations = state.scale, 0
        while True:
            proposed = self.method.step(state.evaluation, state.method_state, self.evaluate, scale)
            evaluations += proposed.evaluations
            failure = None if proposed.evaluation is None else proposed.evaluation.failure
            if failure is None:
                return proposed, scale, evaluations, tuple(rejected)
            rejected.append(failure.message)
            if len(rejected) > MOST_REJECTIONS:
                raise StepFailed(state.step + 1, failure) from failure
            scale /= 2


def state_at(evaluation: LossEvaluation, method: Method, step: int) -> LoopState:
    """The state of a loop that counts its best from this evaluation on, with an empty method state."""
    theta = evaluation.theta
    return LoopState(evaluation, method.init(theta), step, 1.0, theta, evaluation.loss, step, evaluation.violation)


def _accepted(state: LoopState, evaluation: LossEvaluation, method_state: Any, scale: float) -> LoopState:
    """The state one step on."""
    change = largest_change(state.evaluation.theta, evaluation.theta)
    step = state.step + 1
    state = replace(state, evaluation=evaluation, method_state=method_state, step=step, scale=scale, change=change)
    if (evaluation.violation, evaluation.loss) < (state.best_violation, state.best_loss):
        best = {"best_theta": evaluation.theta, "best_loss": evaluation.loss, "best_violation": evaluation.violation}
        state = replace(state, **best, best_step=step)
    return state


def largest_change(before: Tree, after: Tree) -> float:
    """The largest difference of any entries of two trees."""
    pairs = zip(jax.tree.leaves(before), jax.tree.leaves(after), strict=True)
    return max((float(np.abs(np.asarray(b) - np.asarray(a)).max(initial=0.0)) for a, b in pairs), default=0.0)
