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

Start = Mapping[str, np.ndarray | jax.Array]
"""What a neighbouring sample may start from, as flat named arrays (`flat.py`)."""


FULFILLED = 1e-6
"""How far, relative to its bound, a constraint may be exceeded and still counts as kept: rounding."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Parts:
    """What a loss is made of, for methods that keep constraints by themselves."""

    objective: Any
    """The goals alone, without what the constraints' violation adds."""
    constraints: Any
    """`[constraint]`: by how much each bound is exceeded, over its size; at most 0 where it is kept."""
    jacobian: Tree
    """Derivatives of the constraints: leaves `[constraint, …]` with the axes of `theta` after the first."""


@dataclass(frozen=True)
class Sample:
    """The loss at `theta`, its gradient (a tree like `theta`) and what else the evaluation told.

    Of a sample with `parts` the gradient is that of the objective alone.

    `failure` says why the sample is of no use: a load that did not converge, an inverted element, a value that is not
    finite.
    """

    theta: Tree
    loss: float
    gradient: Tree
    report: Any = None
    failure: RuntimeFailure | None = None
    start: Start | None = None
    """What samples of neighbouring parameters may start from; None where that is rest alone."""
    parts: Parts | None = None
    """Objective and constraints apart, where a method asked for them."""

    @property
    def violation(self) -> float:
        """By how much the worst constraint is exceeded, beyond rounding; 0 where violations only count in the loss."""
        if self.parts is None:
            return 0.0
        worst = float(np.max(np.asarray(self.parts.constraints), initial=0.0))
        return worst if worst > FULFILLED else 0.0


class Evaluate(Protocol):
    """An objective as a function of the varied parameters alone."""

    def __call__(self, varied: Tree, start: Start | None = None, /) -> Sample:
        """The sample at `varied`: from rest, or from what a neighbouring sample left, which makes it quicker at most.

        Raises:
            DoesNotFit: if `start` was left by another objective.
        """
        ...


class Objective:
    """A loss with auxiliary report, compiled once and evaluated for many parameters and inputs.

    Args:
        loss_and_report: `(theta, inputs) -> (loss, report)`, traceable; `theta` maps generators to their parameters.
        judge: reads a concrete report on the host and gives the failure that it tells of, or None.
        rest: what to start from where nothing is known; where it is given, `loss_and_report` takes such a tree as its
            third argument.
        following: the part of a report, a tree like `rest`, that neighbouring samples may start from.
        parts: reads objective and constraints `[constraint]` from a report, traceable; where it is given, samples have
            `parts`.
        steer: `(theta, inputs, gradient) -> gradient`: what optimisers are to see in the place of the gradient of the varied
            parameters, traceable; None: the gradient itself.
    """

    def __init__(
        self,
        loss_and_report: Callable[..., tuple[Any, Any]],
        judge: Callable[[Any], RuntimeFailure | None] = lambda report: None,
        *,
        rest: Tree = None,
        following: Callable[[Any], Tree] = lambda report: None,
        parts: Callable[[Any], tuple[Any, Any]] | None = None,
        steer: Callable[[Mapping[str, Tree], Any, Tree], Tree] | None = None,
    ) -> None:
        def split(varied: Mapping[str, Tree], fixed: Mapping[str, Tree], inputs: Any, start: Tree) -> tuple[Any, Any]:
            return loss_and_report({**fixed, **varied}, inputs, *(() if start is None else (start,)))

        def whole(varied: Tree, fixed: Mapping[str, Tree], inputs: Any, start: Tree) -> Any:
            (loss, report), gradient = jax.value_and_grad(split, has_aux=True)(varied, fixed, inputs, start)
            return loss, report, gradient, None

        def apart(varied: Tree, fixed: Mapping[str, Tree], inputs: Any, start: Tree) -> Any:
            def pieces(varied: Tree) -> Any:
                loss, report = split(varied, fixed, inputs, start)
                assert parts is not None
                return parts(report), (loss, report)

            (objective, constraints), pull_back, (loss, report) = jax.vjp(pieces, varied, has_aux=True)
            none, rows = jnp.zeros_like(constraints), jnp.eye(len(constraints), dtype=constraints.dtype)
            (gradient,) = pull_back((jnp.ones_like(objective), none))
            each = [pull_back((jnp.zeros_like(objective), row))[0] for row in rows]
            jacobian = jax.tree.map(lambda leaf, *leaves: jnp.stack(leaves) if leaves else leaf[None][:0], varied, *each)
            return loss, report, gradient, Parts(objective, constraints, jacobian)

        def sampled(varied: Tree, fixed: Mapping[str, Tree], inputs: Any, start: Tree) -> Any:
            loss, report, gradient, found = (whole if parts is None else apart)(varied, fixed, inputs, start)
            if steer is not None:
                gradient = steer({**fixed, **varied}, inputs, gradient)
            return loss, report, gradient, found

        self._sampled = jax.jit(sampled)
        self._judge, self._rest, self._following = judge, rest, following

    def at(self, fixed: Mapping[str, Tree], inputs: Any) -> Evaluate:
        """The objective as a function of the varied parameters alone."""

        def evaluate(varied: Tree, start: Start | None = None, /) -> Sample:
            begin = self._rest if start is None else restore("start", start, self._rest)
            loss, report, gradient, parts = jax.block_until_ready(self._sampled(varied, fixed, inputs, begin))
            failure = self._judge(report)
            if failure is None and not is_finite((loss, gradient, parts)):
                failure = NotFinite("the loss or its gradient is not a finite number", increment=0)
            left = None if failure is not None or self._rest is None else named("start", self._following(report))
            return Sample(varied, float(loss), gradient, report, failure, left, parts)

        return evaluate


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
