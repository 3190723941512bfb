"""One evaluation of the loss: what the optimisers work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import jax
import numpy as np

from metac.runtime.errors import NotFinite, RuntimeFailure
from metac.runtime.optimise.flat import Tree, named, restore

Start = Mapping[str, np.ndarray | jax.Array]
"""What a neighbouring sample may start from, as flat named arrays (`flat.py`)."""


@dataclass(frozen=True)
class Sample:
    """The loss at `theta`, its gradient (a tree like `theta`) and what else the evaluation told.

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
    """

    def __init__(
        self,
        loss_and_report: Callable[..., tuple[Any, Any]],
        judge: Callable[[Any], RuntimeFailure | None] = lambda report: None,
        *,
        rest: Tree = None,
        following: Callable[[Any], Tree] = lambda report: None,
    ) -> None:
        def split(varied: Mapping[str, Tree], fixed: Mapping[str, Tree], inputs: Any, start: Tree) -> tuple[Any, Any]:
            return loss_and_report({**fixed, **varied}, inputs, *(() if start is None else (start,)))

        self._value_and_grad = jax.jit(jax.value_and_grad(split, has_aux=True))
        self._judge, self._rest, self._following = judge, rest, following

    def at(self, fixed: Mapping[str, Tree], inputs: Any) -> Evaluate:
        """The objective as a function of the varied parameters alone."""

        def evaluate(varied: Tree, start: Start | None = None, /) -> Sample:
            begin = self._rest if start is None else restore("start", start, self._rest)
            (loss, report), gradient = self._value_and_grad(varied, fixed, inputs, begin)
            loss, gradient = jax.block_until_ready((loss, gradient))
            failure = self._judge(report)
            if failure is None and not is_finite((loss, gradient)):
                failure = NotFinite("the loss or its gradient is not a finite number", increment=0)
            left = None if failure is not None or self._rest is None else named("start", self._following(report))
            return Sample(varied, float(loss), gradient, report, failure, left)

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
