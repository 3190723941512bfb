"""A line search for the strong Wolfe conditions that takes failed simulations for steps too long."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, sqrt

from metac.runtime.optimise.evaluation import Evaluate, Sample, Tree, inner_product, moved

SUFFICIENT_DECREASE = 1e-4
CURVATURE = 0.9
GROWTH = 2.0
"""How much longer the next trial is while the loss still falls."""
KEEP_AWAY = 0.1
"""Interpolated trials stay this part of the bracket away from its ends."""


@dataclass(frozen=True)
class Found:
    """The sample that the search ends with, and how many samples it took.

    `sample` is None where no trial has a lower loss; it carries a failure where every trial failed.
    """

    sample: Sample | None
    samples: int


@dataclass(frozen=True)
class _Trial:
    """A point on the line: its length, loss (infinite where the simulation failed) and slope."""

    length: float
    loss: float
    slope: float
    sample: Sample


def line_search(
    start: Sample, direction: Tree, slope: float, evaluate: Evaluate, *, first: float = 1.0, trials: int = 20
) -> Found:
    """Find a length along `direction` with sufficient decrease and a flat enough slope.

    Bracketing as in algorithm 3.5 of Nocedal & Wright (Numerical Optimization, 2006), zoom as in 3.6 with cubic
    interpolation. Where `trials` run out, the lowest sample found counts.

    Args:
        start: the sample at length zero.
        direction: tree like `start.theta`.
        slope: derivative of the loss along `direction` at `start`; must be negative.
        first: first length to try.
        trials: most samples to take.

    Raises:
        ValueError: if `slope` is not negative.
    """
    if not slope < 0:
        raise ValueError(f"the direction leads up: slope {slope:.3g}")
    origin = _Trial(0.0, start.loss, slope, start)
    low, high = origin, None
    lowest: _Trial | None = None
    failed: Sample | None = None
    length, count = first, 0
    for count in range(1, trials + 1):
        sample = evaluate(moved(start.theta, direction, length), start.start)
        if sample.failure is not None:
            failed = sample
            trial = _Trial(length, float("inf"), float("inf"), sample)
        else:
            trial = _Trial(length, sample.loss, inner_product(sample.gradient, direction), sample)
            if trial.loss < (lowest or origin).loss:
                lowest = trial
        if trial.loss > origin.loss + SUFFICIENT_DECREASE * length * slope or (trial.loss >= low.loss and low is not origin):
            high = trial
        elif abs(trial.slope) <= -CURVATURE * slope:
            return Found(trial.sample, count)
        else:
            if high is None:
                if trial.slope >= 0:
                    high = low
            elif trial.slope * (high.length - low.length) >= 0:
                high = low
            low = trial
        length = low.length * GROWTH if high is None else _between(low, high)
        if high is not None and abs(high.length - low.length) <= 1e-12 * max(first, low.length):
            break
    if lowest is not None:
        return Found(lowest.sample, count)
    return Found(failed, count) if failed is not None else Found(None, count)


def _between(low: _Trial, high: _Trial) -> float:
    """The minimum of the cubic through both ends, kept inside; the middle where there is none.

    Equation 3.59 of Nocedal & Wright (2006).
    """
    width = high.length - low.length
    guess = low.length + width / 2
    if isfinite(high.loss):
        d1 = low.slope + high.slope - 3 * (low.loss - high.loss) / (low.length - high.length)
        radicand = d1**2 - low.slope * high.slope
        if radicand >= 0:
            d2 = sqrt(radicand) if width > 0 else -sqrt(radicand)
            denominator = high.slope - low.slope + 2 * d2
            if denominator != 0:
                guess = high.length - width * (high.slope + d2 - d1) / denominator
    bounds = sorted((low.length + KEEP_AWAY * width, high.length - KEEP_AWAY * width))
    return min(max(guess, bounds[0]), bounds[1])
