"""One descent: steps from a start until the stop rule, the step limit, or nothing lower is found."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from metac.runtime.errors import RuntimeFailure
from metac.runtime.optimise.method import Method
from metac.runtime.optimise.sample import Evaluate, Sample, Tree

MOST_REJECTIONS = 8
"""How often in a row a step is halved before the descent gives up."""

Stop = Callable[[float, int], Any]
"""`(loss, step) -> bool`: whether the descent has reached its aim."""


class StepFailed(RuntimeFailure):
    """A step whose simulation fails however short it is made; `cause` says how, `step` counts from 1, 0 is the start."""

    def __init__(self, step: int, cause: RuntimeFailure) -> None:
        self.step, self.cause = step, cause
        place = "at the start" if step == 0 else f"at step {step}, halved {MOST_REJECTIONS} times"
        super().__init__(f"{place}: {cause.message}", remedy=cause.remedy)


@dataclass(frozen=True)
class Position:
    """Where a descent stands after a step: all that it needs to go on, and the lowest loss so far."""

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
    position = Position(sample, method.init(theta), 0, 1.0, theta, sample.loss, 0)
    position = judged(position, steps, stop, due)
    on_step(position, StepReport(time.perf_counter() - started, 1, ()))
    return position


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
        position = replace(
            position, sample=taken.sample, state=taken.state, step=position.step + 1, scale=min(1.0, 2 * scale)
        )
        if taken.sample.loss < position.best_loss:
            position = replace(position, best_theta=taken.sample.theta, best_loss=taken.sample.loss, best_step=position.step)
        position = judged(position, steps, stop, due)
    on_step(position, StepReport(time.perf_counter() - started, samples, tuple(rejected)))
    return position


def judged(position: Position, steps: int, stop: Stop | None, due: Due = never) -> Position:
    """The position, ended where the stop rule holds or the steps are used up, or paused where that is due."""
    stopped = stop is not None and bool(stop(position.sample.loss, position.step))
    reason = due(position.sample, position.step, stopped)
    if not reason and stopped:
        reason = "stop rule"
    if not reason and position.step >= steps:
        reason = "step limit"
    return replace(position, reason=reason)
