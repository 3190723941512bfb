"""What is done with curves: measured ones over the increments of a load, and those that are given as points."""

from __future__ import annotations

from dataclasses import replace

from metac.compiler.interfaces.given_curve import GivenCurve
from metac.compiler.interfaces.values import Curve
from metac.compiler.operators.entry import Namespace, NoValue, Value


def at(xp: Namespace, curve: Curve, point: Value) -> Value:
    """The ordinate at a point; of a measured curve the last one beyond its ends, of a given one none."""
    if isinstance(curve, GivenCurve):
        return curve(point, xp)
    return xp.interp(point, *_increasing(xp, curve))


def start(xp: Namespace, curve: Curve) -> Value:
    """The least abscissa."""
    return xp.asarray(curve.abscissa, float).min()


def end(xp: Namespace, curve: Curve) -> Value:
    """The largest abscissa."""
    return xp.asarray(curve.abscissa, float).max()


def unfolded(xp: Namespace, *arguments: Value) -> Value:
    """Raises NoValue: a given curve is a constant of the graph."""
    raise NoValue("a curve is made when a spec is checked")


def common(values: tuple[Value, ...]) -> Curve | None:
    """The curve at whose abscissae several values meet: the first measured one, else the first that is given."""
    curves = [value for value in values if isinstance(value, Curve)]
    return next((each for each in curves if not isinstance(each, GivenCurve)), curves[0] if curves else None)


def ordinate(xp: Namespace, value: Value, common: Curve) -> Value:
    """A value at the abscissae of a curve; what is no curve is the same at all of them."""
    if not isinstance(value, Curve):
        return value
    if value.abscissa is common.abscissa:
        return xp.asarray(value.ordinate)
    return at(xp, value, xp.asarray(common.abscissa, float))


def with_ordinate(curve: Curve, ordinate: Value) -> Curve:
    """A curve at the same abscissae."""
    return replace(curve, ordinate=ordinate)


def _increasing(xp: Namespace, curve: Curve) -> tuple[Value, Value]:
    """Abscissa and ordinate in increasing order of the abscissa: compression curves run downwards."""
    order = xp.argsort(curve.abscissa)
    return curve.abscissa[order], curve.ordinate[order]
