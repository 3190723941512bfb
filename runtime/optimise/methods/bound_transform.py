"""Methods without bounds, made to keep parameters between bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from metac.runtime.optimise.evaluation import Evaluate, Sample, Start, Tree
from metac.runtime.optimise.methods.method import Method, Step

Bounds = tuple[float, float]
"""Least and largest value of every parameter."""
MARGIN = 1e-6
"""How close to a bound, relative to the range, a start is taken to be: at the bound itself nothing would move."""


@dataclass(frozen=True)
class _Free(Sample):
    """A sample of free parameters, and the one of the bounded parameters that it stands for."""

    bounded: Sample | None = None


class Bounded:
    """A method that varies logits: parameters are `lower + (upper − lower) σ(free)` with the logistic function σ.

    Args:
        method: varies parameters without bounds.
        bounds: of all parameters.
    """

    constrained: bool = False

    def __init__(self, method: Method, bounds: Bounds) -> None:
        self._method, self.searches = method, method.searches
        self._lower, self._width = bounds[0], bounds[1] - bounds[0]

    def init(self, theta: Tree) -> Any:
        """The logits and the state of the method that varies them."""
        free = jax.tree.map(self._logit, theta)
        return {"free": free, "method": self._method.init(free)}

    def step(self, sample: Sample, state: Any, evaluate: Evaluate, scale: float) -> Step:
        """As the method steps among logits."""

        def evaluate_free(free: Tree, start: Start | None = None, /) -> Sample:
            return self._free(evaluate(jax.tree.map(self._value, free), start), free)

        taken = self._method.step(self._free(sample, state["free"]), state["method"], evaluate_free, scale)
        found = taken.sample
        if not isinstance(found, _Free):
            return Step(None, {"free": state["free"], "method": taken.state}, taken.samples)
        return Step(found.bounded, {"free": found.theta, "method": taken.state}, taken.samples)

    def _free(self, sample: Sample, free: Tree) -> _Free:
        gradient = jax.tree.map(lambda slope, z: slope * self._slope(z), sample.gradient, free)
        return _Free(free, sample.loss, gradient, sample.report, sample.failure, sample.start, bounded=sample)

    def _logit(self, leaf: Any) -> Any:
        share = jnp.clip((jnp.asarray(leaf) - self._lower) / self._width, MARGIN, 1 - MARGIN)
        return jax.scipy.special.logit(share)

    def _value(self, free: Any) -> Any:
        return self._lower + self._width * jax.nn.sigmoid(free)

    def _slope(self, free: Any) -> Any:
        return self._width * jax.nn.sigmoid(free) * jax.nn.sigmoid(-free)


def within(bounds: Bounds | None, method: Method) -> Method:
    """The method, made to keep the bounds where there are any."""
    return method if bounds is None else Bounded(method, bounds)
