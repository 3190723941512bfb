"""One descent: steps from a start until the stop rule, the step limit, or nothing lower is found."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf
from typing import Any

import jax
import numpy as np

from metac.runtime.errors import RuntimeFailure
from metac.runtime.optimise.evaluation import Evaluate, Sample, Tree
from metac.runtime.optimise.methods.method import Method

MOST_REJECTIONS = 8
"""How often in a row a step is halved before the descent gives up."""

Stop = Callable[[float, int, float], Any]
"""`(loss, step, change) -> bool`: whether the descent has reached its aim; see `Position`."""


class StepFailed(RuntimeFailure):
    """A step whose simulation fails however short it is made; `cause` says how, `step` counts from 1, 0 is the start."""

    def __init__(self, step: int, cause: RuntimeFailure) -> None:
        self.step, self.cause = step, cause
        place = "at the start" if step == 0 else f"at step {step}, halved {MOST_REJECTIONS} times"
        super().__init__(f"{place}: {cause.message}", remedy=cause.remedy)


@dataclass(frozen=True)
class Position:
    """Where a descent stands after a step: all that it needs to go on, and the best so far.

    Best is the lowest loss where constraints are kept; as long as they are not, the least violation.
    """

    sample: Sample
    state: Any
    """The method's own state."""
    step: int
    """Steps taken; 0 is the start."""
    scale: float
    """What the next step is shortened by, 0 < scale <= 1."""
    best_theta: Tree
    best_loss: float
    best_step: int
    best_violation: float = 0.0
    """By how much constraints were exceeded there (`Sample.violation`)."""
    change: float = inf
    """Largest change of a parameter in the last step; infinite before the first one."""
    reason: str = ""
    """Why the descent ended ("stop rule", "step limit", "no lower loss") or pauses (`Due`); empty while it goes on."""


@dataclass(frozen=True)
class StepReport:
    """What one step was like, for the history."""

    seconds: float
    samples: int
    rejected: tuple[str, ...]
    """Why trials of this step were not taken, in order."""


OnStep = Callable[[Position, StepReport], None]
Due = Callable[[Sample, int, bool], str]
"""`(sample, step, stopped) -> reason`: why the descent should pause here, "" where it should not; whether the stop rule
holds."""


def never(sample: Sample, step: int, stopped: bool) -> str:
    """No pause."""
    return ""


def begin(
    evaluate: Evaluate,
    method: Method,
    theta: Tree,
    *,
    steps: int,
    stop: Stop | None,
    on_step: OnStep,
    due: Due = never,
) -> Position:
    """Evaluate the start; it counts as step 0.

    Raises:
        StepFailed: if the start cannot be simulated.
    """
    started = time.perf_counter()
    sample = evaluate(theta)
    if sample.failure is not None:
        raise StepFailed(0, sample.failure) from sample.failure
    position = fresh(sample, method, 0)
    position = judged(position, steps, stop, due)
    on_step(position, StepReport(time.perf_counter() - started, 1, ()))
    return position


def fresh(sample: Sample, method: Method, step: int) -> Position:
    """Where a descent stands that counts from a sample on, taken at a step."""
    theta = sample.theta
    return Position(sample, method.init(theta), step, 1.0, theta, sample.loss, step, sample.violation)


def proceed(
    evaluate: Evaluate,
    method: Method,
    position: Position,
    *,
    steps: int,
    stop: Stop | None,
    on_step: OnStep,
    due: Due = never,
) -> Position:
    """Step on from `position` to the end of the descent; the same position gives the same end.

    A step whose simulation fails is tried again from the last good one, half as long; each step taken doubles the
    length again.

    Raises:
        StepFailed: if a step fails `MOST_REJECTIONS` times in a row.
    """
    while not position.reason:
        position = _one_step(evaluate, method, position, steps, stop, on_step, due)
    return position


def _one_step(
    evaluate: Evaluate, method: Method, position: Position, steps: int, stop: Stop | None, on_step: OnStep, due: Due
) -> Position:
    started = time.perf_counter()
    rejected: list[str] = []
    scale, samples = position.scale, 0
    while True:
        taken = method.step(position.sample, position.state, evaluate, scale)
        samples += taken.samples
        if taken.sample is None or taken.sample.failure is None:
            break
        rejected.append(taken.sample.failure.message)
        if len(rejected) > MOST_REJECTIONS:
            raise StepFailed(position.step + 1, taken.sample.failure) from taken.sample.failure
        scale /= 2
    if taken.sample is None:
        position = replace(position, step=position.step + 1, reason="no lower loss")
    else:
        position = _taken(position, taken.sample, taken.state, min(1.0, 2 * scale))
        position = judged(position, steps, stop, due)
    on_step(position, StepReport(time.perf_counter() - started, samples, tuple(rejected)))
    return position


def _taken(position: Position, sample: Sample, state: Any, scale: float) -> Position:
    """The position one step on."""
    change = largest_change(position.sample.theta, sample.theta)
    position = replace(position, sample=sample, state=state, step=position.step + 1, scale=scale, change=change)
    if (sample.violation, sample.loss) < (position.best_violation, position.best_loss):
        best = {"best_theta": sample.theta, "best_loss": sample.loss, "best_violation": sample.violation}
        position = replace(position, **best, best_step=position.step)
    return position


def largest_change(before: Tree, after: Tree) -> float:
    """The largest difference of any entries of two trees."""
    pairs = zip(jax.tree.leaves(before), jax.tree.leaves(after), strict=True)
    return max((float(np.abs(np.asarray(b) - np.asarray(a)).max(initial=0.0)) for a, b in pairs), default=0.0)


def judged(position: Position, steps: int, stop: Stop | None, due: Due = never) -> Position:
    """The position, ended where the stop rule holds or the steps are used up, or paused where that is due."""
    stopped = stop is not None and bool(stop(position.sample.loss, position.step, position.change))
    reason = due(position.sample, position.step, stopped)
    if not reason and stopped:
        reason = "stop rule"
    if not reason and position.step >= steps:
        reason = "step limit"
    return replace(position, reason=reason)
