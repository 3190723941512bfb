"""Bounds for methods that know none: parameters are logistic functions of unbounded ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from metac.runtime.optimise.evaluation import Evaluator, LossEvaluation, Tree, WarmStart
from metac.runtime.optimise.methods.method import Method, ProposedStep

Bounds = tuple[float, float]
"""Least and largest value of every parameter."""
BoundsByName = Mapping[str, Bounds | None]
"""Of trees of parameters by name, whose bounds differ; None for those without."""
MARGIN = 1e-6
"""How close to a bound, relative to the range, a start is taken to be: at the bound itself nothing would move."""


@dataclass(frozen=True)
class _UnboundedEvaluation(LossEvaluation):
    """An evaluation of free parameters, and the one of the bounded parameters that it stands for."""

    bounded: LossEvaluation | None = None


class LogitTransformed:
    """A method that varies logits: parameters are `lower + (upper − lower) σ(free)` with the logistic function σ.

    Args:
        method: varies parameters without bounds.
        bounds: of all parameters, or of each of several trees by name; what has none stays as it is.
    """

    constrained: bool = False

    def __init__(self, method: Method, bounds: Bounds | BoundsByName) -> None:
        self._method, self.searches, self._bounds = method, method.searches, bounds

    def init(self, theta: Tree) -> Any:
        """The logits and the state of the method that varies them."""
        free = self._map(_logit, theta)
        return {"free": free, "method": self._method.init(free)}

    def step(self, evaluation: LossEvaluation, state: Any, evaluate: Evaluator, scale: float) -> ProposedStep:
        """As the method steps among logits."""

        def evaluate_free(free: Tree, warm_start: WarmStart | None = None, /) -> LossEvaluation:
            return self._free(evaluate(self._map(_value, free), warm_start), free)

        taken = self._method.step(self._free(evaluation, state["free"]), state["method"], evaluate_free, scale)
        found = taken.evaluation
        if not isinstance(found, _UnboundedEvaluation):
            return ProposedStep(None, {"free": state["free"], "method": taken.state}, taken.evaluations)
        return ProposedStep(found.bounded, {"free": found.theta, "method": taken.state}, taken.evaluations)

    def _free(self, evaluation: LossEvaluation, free: Tree) -> _UnboundedEvaluation:
        slopes = self._map(_slope, free, unbounded=jnp.ones_like)
        gradient = jax.tree.map(jnp.multiply, evaluation.gradient, slopes)
        fields = {name: getattr(evaluation, name) for name in LossEvaluation.__dataclass_fields__}
        return _UnboundedEvaluation(**{**fields, "theta": free, "gradient": gradient, "parts": None}, bounded=evaluation)

    def _map(
        self, change: Callable[[Any, Bounds], Any], tree: Tree, unbounded: Callable[[Any], Any] = lambda leaf: leaf
    ) -> Tree:
        """Every parameter changed according to its bounds; those without by `unbounded`."""

        def changed(part: Tree, bounds: Bounds | None) -> Tree:
            return jax.tree.map(unbounded if bounds is None else lambda leaf: change(leaf, bounds), part)

        if not isinstance(self._bounds, Mapping):
            return changed(tree, self._bounds)
        return {name: changed(part, self._bounds[name]) for name, part in tree.items()}


def _logit(leaf: Any, bounds: Bounds) -> Any:
    share = jnp.clip((jnp.asarray(leaf) - bounds[0]) / (bounds[1] - bounds[0]), MARGIN, 1 - MARGIN)
    return jax.scipy.special.logit(share)


def _value(free: Any, bounds: Bounds) -> Any:
    return bounds[0] + (bounds[1] - bounds[0]) * jax.nn.sigmoid(free)


def _slope(free: Any, bounds: Bounds) -> Any:
    return (bounds[1] - bounds[0]) * jax.nn.sigmoid(free) * jax.nn.sigmoid(-free)


def with_bounds(bounds: Bounds | BoundsByName | None, method: Method) -> Method:
    """The method, confined to the bounds where there are any."""
    return method if bounds is None else LogitTransformed(method, bounds)
