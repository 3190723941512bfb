"""Least squares between bounds, and what their minimum is worth: covariance and profiles of parameters.

Steps are those of SciPy's trust-region reflective method (Branch, Coleman & Li, SIAM J. Sci. Comput. 21, 1999, 1), a
Levenberg–Marquardt method that keeps to a box and shortens its step where a trial could not be simulated. Parameters are
shares of their ranges, 0 … 1. Statistics follow Seber & Wild, Nonlinear Regression, 1989, sections 2.1 and 5.4: residuals
are taken for independent and of one variance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.stats import t as student

from metac.runtime.errors import RuntimeFailure
from metac.runtime.optimise.optimisation_loop import NO_LOWER_LOSS, STEP_LIMIT, StepFailed

Numbers = NDArray[np.float64]
AT_BOUND = 1e-3
"""Share of the range by which a parameter may be off a bound and still counts as held by it."""
UNDETERMINED = 1e-7
"""Smallest over largest singular value of the scaled Jacobian below which a combination of parameters is not determined."""
ROUNDING = 1e-10
"""Size of a residual, or of its row of the Jacobian, over the largest, below which it is none."""
REACH = 3.0
"""Standard errors to which profiles go, both ways."""
BETTER = 1e-6
"""Relative decrease of the sum of squares from which on a profile counts as having found a lower minimum."""


@dataclass(frozen=True)
class LinearisedResiduals:
    """Residuals at a point, and how they change."""

    at: Numbers
    """`[parameter]`: shares of the ranges."""
    residuals: Numbers
    """`[residual]`."""
    jacobian: Numbers
    """`[residual, parameter]`."""
    report: object = None
    failure: RuntimeFailure | None = None
    """Why residuals and Jacobian mean nothing."""

    @property
    def loss(self) -> float:
        """The sum of the squares."""
        return float(self.residuals @ self.residuals)


Evaluate = Callable[[Numbers], LinearisedResiduals]


@dataclass(frozen=True)
class FoundMinimum:
    """Where least squares ended."""

    point: LinearisedResiduals
    reason: str


def minimise(
    evaluate: Evaluate,
    start: Numbers,
    *,
    evaluations: int,
    tolerance: float,
    held: Sequence[int] = (),
    on_step: Callable[[LinearisedResiduals], None] = lambda point: None,
) -> FoundMinimum:
    """The minimum that is reached from `start`; parameters of `held` stay where they are.

    Args:
        evaluate: residuals and Jacobian.
        start: `[parameter]`, within 0 … 1.
        evaluations: most of them.
        tolerance: relative change of the sum of squares or of parameters, or gradient, at which it ends.
        held: numbers of parameters.
        on_step: called with the start and of every point that is accepted.

    Raises:
        StepFailed: if the start cannot be simulated.
    """
    free = np.setdiff1d(np.arange(len(start)), np.asarray(held, int))
    varied = _VariedResiduals(evaluate, start, free, on_step)
    if not len(free):
        return FoundMinimum(varied.last, NO_LOWER_LOSS)
    found = least_squares(
        varied.residuals,
        np.clip(start[free], 0.0, 1.0),
        varied.jacobian,  # pyright: ignore[reportArgumentType]: SciPy's stubs know texts only
        bounds=(0.0, 1.0),
        x_scale="jac",
        ftol=tolerance,
        xtol=tolerance,
        gtol=tolerance * 1e-3,
        max_nfev=evaluations,
    )
    return FoundMinimum(varied.point(found.x), STEP_LIMIT if found.status == 0 else NO_LOWER_LOSS)


class _VariedResiduals:
    """Residuals and Jacobian as functions of the free parameters alone; one evaluation gives both.

    Raises:
        StepFailed: if the start cannot be simulated.
    """

    def __init__(
        self,
        evaluate: Evaluate,
        start: Numbers,
        free: NDArray[np.int64],
        on_step: Callable[[LinearisedResiduals], None],
    ) -> None:
        self._evaluate, self._start, self._free, self._on_step = evaluate, start, free, on_step
        self.last = evaluate(start)
        """The last evaluation."""
        if self.last.failure is not None:
            raise StepFailed(0, self.last.failure) from self.last.failure

    def point(self, varied: Numbers) -> LinearisedResiduals:
        """The evaluation there."""
        full = self._start.copy()
        full[self._free] = varied
        if not np.array_equal(full, self.last.at):
            self.last = self._evaluate(full)
        return self.last

    def residuals(self, varied: Numbers) -> Numbers:
        """NaN, at which SciPy shortens its step, where they cannot be simulated."""
        found = self.point(varied)
        return found.residuals if found.failure is None else np.full_like(found.residuals, np.nan)

    def jacobian(self, varied: Numbers) -> Numbers:
        """That of a point that was accepted: SciPy asks for no other."""
        found = self.point(varied)
        self._on_step(found)
        return found.jacobian[:, self._free]


@dataclass(frozen=True)
class Errors:
    """How well a minimum determines its parameters."""

    standard_error: Numbers
    """`[parameter]`, shares; NaN for those at a bound and those that the residuals do not determine."""
    correlation: Numbers
    """`[parameter, parameter]`; NaN where there is no standard error."""
    held: tuple[int, ...]
    """Parameters at a bound."""
    degrees: int
    """Residuals that say something, less the parameters that are free."""
    deviation: float
    """Standard deviation of a residual; NaN without degrees of freedom."""

    def quantile(self, confidence: float) -> float:
        """Of Student's t, two-sided."""
        return float(student.ppf((1 + confidence) / 2, self.degrees)) if self.degrees > 0 else np.nan


def errors_of(point: LinearisedResiduals) -> Errors:
    """Covariance of a minimum, from the Jacobian there."""
    count = len(point.at)
    held = tuple(int(n) for n in np.flatnonzero((point.at < AT_BOUND) | (point.at > 1 - AT_BOUND)))
    free = np.setdiff1d(np.arange(count), held)
    telling = _seen(np.abs(point.jacobian).max(axis=1, initial=0.0)) | _seen(np.abs(point.residuals))
    degrees = int(telling.sum()) - len(free)
    deviation = float(np.sqrt(point.loss / degrees)) if degrees > 0 else np.nan
    error, correlation = np.full(count, np.nan), np.full((count, count), np.nan)
    jacobian = point.jacobian[:, free]
    sizes = np.linalg.norm(jacobian, axis=0)
    if degrees > 0 and len(free):
        scaled = jacobian / np.where(sizes > 0, sizes, 1.0)
        _, singular, rows = np.linalg.svd(scaled, full_matrices=False)
        vague = singular < UNDETERMINED * max(singular[0], np.finfo(float).tiny)
        # Parameters that enter a combination which the residuals do not see have no error of their own.
        lost = (sizes == 0) | (np.abs(rows[vague]) > np.sqrt(UNDETERMINED)).any(axis=0)
        inverse = np.where(vague, 0.0, 1 / np.where(vague, 1.0, singular))
        spread = (rows.T * inverse**2) @ rows
        known = free[~lost]
        error[known] = (deviation * np.sqrt(np.diagonal(spread)) / np.where(sizes > 0, sizes, 1.0))[~lost]
        share = np.sqrt(np.diagonal(spread))
        related = spread / np.where(share > 0, share, 1.0)[:, None] / np.where(share > 0, share, 1.0)
        correlation[np.ix_(known, known)] = related[np.ix_(~lost, ~lost)]
    return Errors(error, correlation, held, degrees, deviation)


def _seen(sizes: Numbers) -> NDArray[np.bool_]:
    """Which are more than rounding: a state at rest, or beyond a goal's range, is no measurement."""
    return sizes > ROUNDING * sizes.max(initial=0.0)


@dataclass(frozen=True)
class Profile:
    """The least sum of squares for given values of one parameter."""

    parameter: int
    values: Numbers
    """`[place]`: shares, increasing."""
    loss: Numbers
    """`[place]`; NaN where nothing could be simulated."""
    best: LinearisedResiduals
    """The lowest of all points."""


def profile(
    evaluate: Evaluate,
    minimum: LinearisedResiduals,
    errors: Errors,
    parameter: int,
    *,
    places: int,
    evaluations: int,
    tolerance: float,
) -> Profile:
    """From the minimum outwards, each place starting from its neighbour; over the whole range where there is no error."""
    middle, error = minimum.at[parameter], errors.standard_error[parameter]
    reach = REACH * error if np.isfinite(error) else 1.0
    low, high = max(0.0, middle - reach), min(1.0, middle + reach)
    half = places // 2
    found: dict[float, float] = {float(middle): minimum.loss}
    best = minimum
    for values in (np.linspace(middle, low, half + 1)[1:], np.linspace(middle, high, half + 1)[1:]):
        others = minimum.at
        for value in values:
            start = others.copy()
            start[parameter] = value
            if float(value) in found:
                continue
            try:
                reached = minimise(
                    evaluate, start, evaluations=evaluations, tolerance=tolerance, held=(parameter, *errors.held)
                ).point
            except StepFailed:
                found[float(value)] = np.nan
                continue
            found[float(value)], others = reached.loss, reached.at
            best = min(best, reached, key=lambda point: point.loss)
    order = sorted(found)
    return Profile(parameter, np.array(order), np.array([found[value] for value in order]), best)


def is_lower(profile: Profile, minimum: LinearisedResiduals) -> bool:
    """Whether a profile has come upon a lower minimum than the one that it began from."""
    return profile.best.loss < (1 - BETTER) * minimum.loss


def profile_interval(
    found: Profile, minimum: LinearisedResiduals, errors: Errors, confidence: float
) -> tuple[float | None, float | None]:
    """Shares between which the profile stays below the likelihood-ratio bound S (1 + t²/ν); None for an end beyond it.

    Crossings are interpolated in the signed root of the rise, which is linear where the model is.
    """
    if errors.degrees <= 0:
        return None, None
    middle = minimum.at[found.parameter]
    rise = np.sqrt(np.maximum(found.loss - minimum.loss, 0.0)) / errors.deviation
    limit = errors.quantile(confidence)

    def crossing(side: NDArray[np.int64]) -> float | None:
        """Where the rise comes to the limit, from the minimum outwards."""
        values, rises = found.values[side], rise[side]
        for n in range(1, len(values)):
            if not np.isfinite(rises[n]):
                return None
            if rises[n] >= limit:
                share = (limit - rises[n - 1]) / (rises[n] - rises[n - 1])
                return float(values[n - 1] + share * (values[n] - values[n - 1]))
        return None

    places = np.arange(len(found.values))
    at = int(np.argmin(np.abs(found.values - middle)))
    return crossing(places[places <= at][::-1]), crossing(places[places >= at])
