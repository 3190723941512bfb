"""The table of operators and built-in functions: one entry each, with its type and its values.

A function that is added here can be used in every spec: checked, folded where its arguments are known, computed over arrays,
differentiated in laws and curves.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from metac.compiler.operators import curves, function_rules, implementations, rules, tensors
from metac.compiler.operators.entry import Elementary, Operator, Value

CONSTANTS: dict[str, float] = {"pi": math.pi, "inf": math.inf}


def _comparison(doc: str, array: Callable[..., Value], symbolic: Callable[..., Value]) -> Operator:
    return Operator(rules.compare, array, doc, 2, 2, symbolic, pointwise=False)


OPERATORS: dict[str, Operator] = {
    "+": Operator(rules.add, lambda xp, a, b: a + b, "sum", 2, 2),
    "-": Operator(rules.add, lambda xp, a, b: a - b, "difference", 2, 2),
    "*": Operator(rules.multiply, implementations.multiply, "product; of matrices the matrix product", 2, 2),
    "/": Operator(rules.divide, lambda xp, a, b: a / b, "quotient", 2, 2, lambda sp, a, b: sp.divide(a, b)),
    "^": Operator(rules.power, implementations.power, "power", 2, 2, lambda sp, a, b: sp.power(a, b)),
    "neg": Operator(rules.negate, lambda xp, a: -a, "opposite"),
    "<": _comparison("less", lambda xp, a, b: a < b, lambda sp, a, b: sp.less(a, b)),
    "<=": _comparison("less or equal", lambda xp, a, b: a <= b, lambda sp, a, b: sp.less_equal(a, b)),
    ">": _comparison("greater", lambda xp, a, b: a > b, lambda sp, a, b: sp.greater(a, b)),
    ">=": _comparison("greater or equal", lambda xp, a, b: a >= b, lambda sp, a, b: sp.greater_equal(a, b)),
    "==": _comparison("equal", lambda xp, a, b: a == b, lambda sp, a, b: sp.equal(a, b)),
    "!=": _comparison("not equal", lambda xp, a, b: a != b, lambda sp, a, b: sp.not_equal(a, b)),
    "in": Operator(
        rules.within,
        implementations.within,
        "whether a value lies in a range",
        2,
        2,
        lambda sp, value, interval: sp.within(value, interval),
        pointwise=False,
    ),
    "and": Operator(rules.logic, implementations.logical_and, "both", 2, 2, pointwise=False),
    "or": Operator(rules.logic, implementations.logical_or, "at least one", 2, 2, pointwise=False),
    "not": Operator(rules.logic, implementations.logical_not, "the contrary", pointwise=False),
    "if": Operator(rules.choose, implementations.choose, "choice between two values", 3, 3, pointwise=False),
    "index": Operator(None, implementations.index, "component of a list or tensor", 2, None, counts_from=1),
    "at": Operator(None, curves.at, "a curve at a point", 2, 2, pointwise=False, formula=False),
    "curve_start": Operator(None, curves.start, "where a curve begins", pointwise=False, formula=False),
    "curve_end": Operator(None, curves.end, "where a curve ends", pointwise=False, formula=False),
    "times": Operator(None, lambda xp, a, b: a * b, "product of grids, pixel by pixel", 2, 2),
}
"""Operators first; then the functions that a spec may call by name."""


def _number(array: str, exact: str, doc: str) -> Operator:
    return Operator(function_rules.dimensionless, Elementary(array, exact), doc)


def _angle(name: str) -> Operator:
    return Operator(function_rules.angle, Elementary(name, name), f"{name} of an angle")


def _arc(name: str) -> Operator:
    return Operator(function_rules.arc, Elementary(f"arc{name}", f"a{name}"), f"angle whose {name} is given")


FUNCTIONS: dict[str, Operator] = {
    "min": Operator(
        function_rules.extreme,
        implementations.extreme("min", "minimum"),
        "smallest of the arguments, or of a list's, tensor's or curve's values",
        most=None,
        reduces=("curve", "grid"),
    ),
    "max": Operator(
        function_rules.extreme,
        implementations.extreme("max", "maximum"),
        "largest of the arguments, or of a list's, tensor's or curve's values",
        most=None,
        reduces=("curve", "grid"),
    ),
    "mean": Operator(
        function_rules.over_all,
        lambda xp, a: xp.mean(a),
        "mean of a list's, tensor's or curve's values",
        reduces=("curve", "grid"),
    ),
    "sum": Operator(
        function_rules.over_all, lambda xp, a: xp.sum(a), "sum of a list's or tensor's values", reduces=("grid",)
    ),
    "abs": Operator(function_rules.same, lambda xp, a: xp.abs(a), "absolute value"),
    "sign": Operator(function_rules.sign, lambda xp, a: xp.sign(a), "-1, 0 or 1"),
    "clamp": Operator(
        function_rules.alike,
        lambda xp, a, low, high: xp.minimum(xp.maximum(a, low), high),
        "value kept between two bounds",
        3,
        3,
    ),
    "project": Operator(
        function_rules.dimensionless,
        lambda xp, a, sharpness: (xp.tanh(sharpness * (2 * a - 1)) + 1) / 2,
        "values around 1/2 pushed towards 0 and 1, ½ (tanh(γ (2 x − 1)) + 1); the sharpness γ is the second argument",
        2,
        2,
    ),
    "sqrt": Operator(function_rules.root, Elementary("sqrt", "sqrt"), "square root"),
    "exp": _number("exp", "exp", "exponential"),
    "log": _number("log", "log", "natural logarithm"),
    **{name: _angle(name) for name in ("sin", "cos", "tan")},
    **{f"a{name}": _arc(name) for name in ("sin", "cos", "tan")},
    "atan2": Operator(
        function_rules.arc_of_two, Elementary("arctan2", "atan2"), "angle of the point (x, y), given as y, x", 2, 2
    ),
    **{name: _number(name, name, f"hyperbolic {name[:-1]}") for name in ("sinh", "cosh", "tanh")},
    "floor": Operator(function_rules.whole, lambda xp, a: xp.floor(a), "next lower whole number"),
    "ceil": Operator(function_rules.whole, lambda xp, a: xp.ceil(a), "next higher whole number"),
    "round": Operator(function_rules.whole, lambda xp, a: xp.round(a), "nearest whole number"),
    "tr": Operator(function_rules.trace, lambda xp, a: tensors.trace(a), "trace"),
    "det": Operator(function_rules.determinant, lambda xp, a: tensors.determinant(a), "determinant"),
    "second_invariant": Operator(
        function_rules.second_invariant,
        lambda xp, a: (tensors.trace(a) ** 2 - tensors.trace(tensors.product(a, a))) / 2,
        "second invariant, ½ ((tr A)² − tr A²)",
    ),
    "inv": Operator(function_rules.inverse, implementations.inverse, "inverse of a matrix"),
    "transpose": Operator(function_rules.transpose, lambda xp, a: a.T, "transpose, also written `F.T`"),
    "sym": Operator(function_rules.square_matrix, lambda xp, a: (a + a.T) / 2, "symmetric part"),
    "dev": Operator(function_rules.square_matrix, implementations.deviator, "deviatoric part"),
    "dot": Operator(function_rules.dot, lambda xp, a, b: xp.sum(a * b), "sum of the products of components", 2, 2),
    "dyad": Operator(
        function_rules.dyad, lambda xp, a, b: a[:, None] * b[None, :], "dyadic product of two vectors, a ⊗ b", 2, 2
    ),
    "norm": Operator(function_rules.over_all, lambda xp, a: xp.sqrt(xp.sum(a * a)), "square root of the sum of squares"),
    "identity": Operator(
        function_rules.identity, lambda xp, size: xp.eye(int(size)), "identity matrix of a size", counts_from=0
    ),
    "curve": Operator(None, curves.unfolded, "a curve from a file or from points", 1, 6, formula=False),
    "last": Operator(
        function_rules.over_all,
        lambda xp, a: a[-1],
        "value at the end of a list or curve",
        reduces=("curve",),
        formula=False,
    ),
}
OPERATORS.update(FUNCTIONS)
ARRAY_FUNCTIONS = frozenset(
    [
        *("abs", "sign", "floor", "ceil", "round", "maximum", "minimum", "where"),
        *("logical_and", "logical_or", "logical_not"),
        *(each.array.array for each in OPERATORS.values() if isinstance(each.array, Elementary)),
    ]
)
"""What functions that the compiler writes may call, by numpy's names."""
