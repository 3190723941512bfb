"""A line search for the strong Wolfe conditions that treats failed simulations as steps that are too long."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite, sqrt

from metac.runtime.optimise.evaluation import Evaluator, LossEvaluation, Tree, inner_product, moved

SUFFICIENT_DECREASE, CURVATURE = 1e-4, 0.9
"""c₁ and c₂ of the strong Wolfe conditions (Nocedal & Wright, 2006, eq. 3.7)."""
GROWTH = 2.0
"""How much longer the next trial is while the loss still falls."""
KEEP_AWAY = 0.1
"""Interpolated trials stay this part of the bracket away from its ends."""


@dataclass(frozen=True)
class LineSearchResult:
    """The evaluation that the search ends with, and how many evaluations it took.

    `evaluation` is None where no trial has a lower loss; it carries a failure where every trial failed.
    """

    evaluation: LossEvaluation | None
    evaluations: int


@dataclass(frozen=True)
class _Trial:
    """A point on the line: its length, loss (infinite where the simulation failed) and slope."""

    length: float
    loss: float
    slope: float
    evaluation: LossEvaluation


def line_search(
    start: LossEvaluation, direction: Tree, slope: float, evaluate: Evaluator, *, first: float = 1.0, trials: int = 20
) -> LineSearchResult:
    """Find a length along `direction` that fulfils the strong Wolfe conditions: sufficient decrease and a flat slope.

    Bracketing as in algorithm 3.5 of Nocedal & Wright (Numerical Optimization, 2006), zoom as in 3.6 with cubic
    interpolation. Where `trials` run out, the lowest evaluation found counts.

    Args:
        start: the evaluation at length zero.
        direction: tree like `start.theta`.
        slope: derivative of the loss along `direction` at `start`; must be negative.
        first: first length to try.
        trials: most evaluations to take.

    Raises:
        ValueError: if `slope` is not negative.
    """
    if not slope < 0:
        raise ValueError(f"the direction leads up: slope {slope:.3g}")
    bracket = _Bracket(_Trial(0.0, start.loss, slope, start))
    best, failed = bracket.origin, None
    length, count = first, 0
    for count in range(1, trials + 1):
        trial = _trial(start, direction, length, evaluate)
        if trial.evaluation.failure is not None:
            failed = trial.evaluation
        elif trial.loss < best.loss:
            best = trial
        if bracket.fulfils(trial):
            return LineSearchResult(trial.evaluation, count)
        bracket = bracket.with_trial(trial)
        length = bracket.next_length
        if bracket.width <= 1e-12 * max(first, bracket.low.length):
            break
    return LineSearchResult(best.evaluation if best is not bracket.origin else failed, count)


def _trial(start: LossEvaluation, direction: Tree, length: float, evaluate: Evaluator) -> _Trial:
    evaluation = evaluate(moved(start.theta, direction, length), start.warm_start)
    if evaluation.failure is not None:
        return _Trial(length, inf, inf, evaluation)
    return _Trial(length, evaluation.loss, inner_product(evaluation.gradient, direction), evaluation)


class _Bracket:
    """Where lengths that fulfil the conditions lie: between `low`, with sufficient decrease, and `high`, or beyond `low`."""

    def __init__(self, origin: _Trial, low: _Trial | None = None, high: _Trial | None = None) -> None:
        self.origin, self.low, self.high = origin, low or origin, high

    @property
    def width(self) -> float:
        """Infinite where nothing is known beyond `low`."""
        return inf if self.high is None else abs(self.high.length - self.low.length)

    @property
    def next_length(self) -> float:
        """The length to try next."""
        return self.low.length * GROWTH if self.high is None else _between(self.low, self.high)

    def fulfils(self, trial: _Trial) -> bool:
        """Whether a trial fulfils both conditions."""
        return not self._too_high(trial) and abs(trial.slope) <= -CURVATURE * self.origin.slope

    def with_trial(self, trial: _Trial) -> _Bracket:
        """The bracket that a trial, which does not fulfil the conditions, leaves."""
        if self._too_high(trial):
            return _Bracket(self.origin, self.low, trial)
        turned = trial.slope if self.high is None else trial.slope * (self.high.length - self.low.length)
        return _Bracket(self.origin, trial, self.low if turned >= 0 else self.high)

    def _too_high(self, trial: _Trial) -> bool:
        sufficient = self.origin.loss + SUFFICIENT_DECREASE * trial.length * self.origin.slope
        return trial.loss > sufficient or (trial.loss >= self.low.loss and self.low is not self.origin)


def _between(low: _Trial, high: _Trial) -> float:
    """The minimum of the cubic through both ends, confined to the inside; the middle where there is none.

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
