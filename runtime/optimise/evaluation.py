"""One evaluation of the loss: what the optimisers work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np

from metac.runtime.errors import NotFinite, RuntimeFailure
from metac.runtime.optimise.pytree_arrays import Tree, named, restore

WarmStart = Mapping[str, np.ndarray | jax.Array]
"""What the evaluation of neighbouring parameters may start from, as flat named arrays (`pytree_arrays.py`)."""

LossAndReport = Callable[..., tuple[Any, Any]]
PartsOf = Callable[[Any], tuple[Any, Any]]
CONSTRAINT_TOLERANCE = 1e-6
"""How far, relative to its bound, a constraint may be exceeded and still counts as fulfilled: rounding."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class ObjectiveAndConstraints:
    """What a loss is made of, for methods that handle constraints by themselves."""

    objective: Any
    """The goals alone, without what the constraints' violation adds."""
    constraints: Any
    """`[constraint]`: by how much each bound is exceeded, over its size; at most 0 where it is fulfilled."""
    jacobian: Tree
    """Derivatives of the constraints: leaves `[constraint, …]` with the axes of `theta` after the first."""


@dataclass(frozen=True)
class LossEvaluation:
    """The loss at `theta`, its gradient (a tree like `theta`) and what else the evaluation reported.

    Of an evaluation with `parts` the gradient is that of the objective alone.

    `failure` says why the evaluation is of no use: a load that did not converge, an inverted element, a value that is not
    finite.
    """

    theta: Tree
    loss: float
    gradient: Tree
    report: Any = None
    failure: RuntimeFailure | None = None
    warm_start: WarmStart | None = None
    """What evaluations of neighbouring parameters may start from; None where there is only the cold start."""
    parts: ObjectiveAndConstraints | None = None
    """Objective and constraints apart, where a method asked for them."""

    @property
    def violation(self) -> float:
        """By how much the worst constraint is exceeded, beyond rounding; 0 where violations only count in the loss."""
        if self.parts is None:
            return 0.0
        worst = float(np.max(np.asarray(self.parts.constraints), initial=0.0))
        return worst if worst > CONSTRAINT_TOLERANCE else 0.0


class Evaluator(Protocol):
    """An objective as a function of the varied parameters alone."""

    def __call__(self, varied: Tree, warm_start: WarmStart | None = None, /) -> LossEvaluation:
        """The evaluation at `varied`: from the cold start, or faster from a neighbour's `warm_start`.

        Raises:
            DoesNotFit: if `warm_start` is of another objective.
        """
        ...


class Objective:
    """A loss with auxiliary report, compiled once and evaluated for many parameters and inputs.

    Args:
        loss_and_report: `(theta, inputs) -> (loss, report)`, traceable; `theta` maps generators to their parameters.
        failure_of: reads a concrete report on the host and gives the failure that it shows, or None.
        cold_start: what to start from where nothing is known; where it is given, `loss_and_report` takes such a tree as its
            third argument.
        warm_start_of: the part of a report, a tree like `cold_start`, that neighbouring evaluations may start from.
        parts: reads objective and constraints `[constraint]` from a report, traceable; where it is given, evaluations have
            `parts`.
        steer: `(theta, inputs, gradient) -> gradient`: what optimisers are to see in the place of the gradient of the varied
            parameters, traceable; None: the gradient itself.
    """

    def __init__(
        self,
        loss_and_report: LossAndReport,
        failure_of: Callable[[Any], RuntimeFailure | None] = lambda report: None,
        *,
        cold_start: Tree = None,
        warm_start_of: Callable[[Any], Tree] = lambda report: None,
        parts: PartsOf | None = None,
        steer: Callable[[Mapping[str, Tree], Any, Tree], Tree] | None = None,
    ) -> None:
        def evaluated(varied: Tree, fixed: Mapping[str, Tree], inputs: Any, start: Tree) -> Any:
            def loss_of(varied: Mapping[str, Tree]) -> tuple[Any, Any]:
                return loss_and_report({**fixed, **varied}, inputs, *(() if start is None else (start,)))

            loss, report, gradient, found = _differentiated(loss_of, varied, parts)
            if steer is not None:
                gradient = steer({**fixed, **varied}, inputs, gradient)
            return loss, report, gradient, found

        self._evaluated = jax.jit(evaluated)
        self._failure_of, self._cold_start, self._warm_start_of = failure_of, cold_start, warm_start_of

    def at(self, fixed: Mapping[str, Tree], inputs: Any) -> Evaluator:
        """The objective as a function of the varied parameters alone."""

        def evaluate(varied: Tree, warm_start: WarmStart | None = None, /) -> LossEvaluation:
            start = self._cold_start if warm_start is None else restore("start", warm_start, self._cold_start)
            loss, report, gradient, parts = jax.block_until_ready(self._evaluated(varied, fixed, inputs, start))
            failure = self._failure_of(report)
            if failure is None and not is_finite((loss, gradient, parts)):
                failure = NotFinite("the loss or its gradient is not a finite number", increment=0)
            usable = failure is None and self._cold_start is not None
            following = named("start", self._warm_start_of(report)) if usable else None
            return LossEvaluation(varied, float(loss), gradient, report, failure, following, parts)

        return evaluate


def _differentiated(
    loss_of: Callable[[Tree], tuple[Any, Any]], varied: Tree, parts: PartsOf | None
) -> tuple[Any, Any, Tree, ObjectiveAndConstraints | None]:
    """Loss, report, and gradient of the loss; or, with `parts`, gradient of the objective alone and the parts."""
    if parts is None:
        (loss, report), gradient = jax.value_and_grad(loss_of, has_aux=True)(varied)
        return loss, report, gradient, None

    def parts_of(varied: Tree) -> Any:
        loss, report = loss_of(varied)
        return parts(report), (loss, report)

    (objective, constraints), pull_back, (loss, report) = jax.vjp(parts_of, varied, has_aux=True)
    none, rows = jnp.zeros_like(constraints), jnp.eye(len(constraints), dtype=constraints.dtype)
    (gradient,) = pull_back((jnp.ones_like(objective), none))
    each = [pull_back((jnp.zeros_like(objective), row))[0] for row in rows]
    jacobian = jax.tree.map(lambda leaf, *leaves: jnp.stack(leaves) if leaves else leaf[None][:0], varied, *each)
    return loss, report, gradient, ObjectiveAndConstraints(objective, constraints, jacobian)


def is_finite(tree: Tree) -> bool:
    """Whether every number of a tree of concrete arrays is finite."""
    return all(bool(np.isfinite(np.asarray(leaf)).all()) for leaf in jax.tree.leaves(tree))


def inner_product(left: Tree, right: Tree) -> float:
    """The sum of the products of all entries of two trees of the same shape."""
    pairs = zip(jax.tree.leaves(left), jax.tree.leaves(right), strict=True)
    return float(sum(np.vdot(np.asarray(a), np.asarray(b)) for a, b in pairs))


def moved(theta: Tree, direction: Tree, length: float) -> Tree:
    """`theta + length * direction`, entry by entry."""
    return jax.tree.map(lambda a, b: (a + length * b).astype(a.dtype), theta, direction)
