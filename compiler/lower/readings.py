"""Whether curves are read where they have values: between the first and the last increment of their loads.

Interpolation gives the nearest value beyond either end. How far a path goes that is followed by its length is known
only when it has been followed, so this is found out with each evaluation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import jax.numpy as jnp
from jax import Array

from metac.compiler import graph
from metac.compiler.graph_walk import children, free_names, readings
from metac.compiler.interfaces.values import Curve
from metac.compiler.operators.entry import Value
from metac.compiler.types.types import CurveType, FunctionType

SLACK = 1e-9
"""Points this close to the end of a curve, relative to its length, still lie on it."""

Evaluate = Callable[[graph.Expression], Value]


def read_within(measure: graph.Expression, evaluate: Evaluate) -> Array:
    """bool: whether every curve in a measure is read where it has values, at points and beside other curves."""
    found = [_holds(evaluate(curve), evaluate(point)) for curve, point, bound in _readings(measure) if not bound]
    if isinstance(measure.type, CurveType):
        whole = evaluate(measure)
        found += [_holds(evaluate(each), whole.abscissa) for each in _curves(measure)]
    return _all(found)


def target_read_within(target: graph.Expression | None, points: Array, evaluate: Evaluate) -> Array:
    """bool: the same of the curves that a target function reads, at these points of its variable."""
    if not isinstance(target, graph.Function):
        return _all([])
    found = []
    for curve, point, bound in _readings(target.body):
        if bound:
            kind = FunctionType(tuple(each.type for each in target.parameters), point.type)
            point = graph.Function(target.parameters, point, None, kind, point.span)
            found.append(_holds(evaluate(curve), jnp.asarray(evaluate(point)(points), float)))
        else:
            found.append(_holds(evaluate(curve), evaluate(point)))
    return _all(found)


def _all(found: list[Array]) -> Array:
    return jnp.stack([jnp.asarray(True), *found]).all()


def _holds(curve: Value, points: Value) -> Array:
    """bool: whether all points lie on a curve."""
    if not isinstance(curve, Curve):
        return jnp.asarray(True)  # given as a function or table: it says itself where it has values
    abscissa, points = jnp.asarray(curve.abscissa, float), jnp.asarray(points, float)
    slack = SLACK * jnp.abs(abscissa).max()
    return ((points >= abscissa.min() - slack) & (points <= abscissa.max() + slack)).all()


def _readings(expression: graph.Expression) -> Iterator[tuple[graph.Expression, graph.Expression, bool]]:
    """Every measured curve that is read at a point, the point, and whether that depends on a function's variable."""
    for curve, point in readings(expression):
        if not free_names(curve).variables:
            yield curve, point, bool(free_names(point).variables)


def _curves(expression: graph.Expression) -> list[graph.Expression]:
    """The measured curves that a curve is calculated of point by point: not those that become numbers first."""
    if not isinstance(expression.type, CurveType):
        return []
    if isinstance(expression, graph.Reference):
        return [expression]
    return [each for child in children(expression) for each in _curves(child)]
