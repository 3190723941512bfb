"""Graph expressions as SymPy trees, node by node: no text is ever parsed or evaluated.

Scalars are SymPy expressions over real symbols, truth values SymPy booleans or bool, tensors numpy arrays of scalars with
`dtype=object`. Numbers are exact rationals of their decimal form, so that `x^0.5` is a root and `0.1 * 10` is one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import sympy

from metac.compiler import graph
from metac.compiler.graph_walk import Scope, Unsupported, evaluate, located, written_out_size
from metac.compiler.lower import tensors
from metac.compiler.lower.cases import Magnitude, Maximum, Minimum, Rounded, choice, compared

LARGEST_SIZE = 5_000
"""Operations of one law or function; SymPy takes seconds for more."""
LARGEST_EXACT_EXPONENT = 64
"""Powers of numbers with larger exponents are taken in floating point: exact ones can fill the memory."""


def to_sympy(expression: graph.Expression, variables: Mapping[str, Any], parameters: Mapping[str, Any] | None = None) -> Any:
    """An expression as SymPy.

    `variables` and `parameters` give what its names stand for: symbols, object arrays of symbols, or plain bool, str, int,
    float for what is known. References to other nodes are looked up as variables `@node`. Raises DiagnosticError M0556 at
    what has no symbolic form.
    """

    def reference(node: str) -> Any:
        if f"@{node}" not in variables:
            raise Unsupported(f"`{node}` cannot be used here")
        return variables[f"@{node}"]

    if written_out_size(expression) > LARGEST_SIZE:
        raise located(expression, f"this grows to more than {LARGEST_SIZE} operations once its names are written out")
    return evaluate(expression, SymbolAlgebra(), Scope(variables, parameters or {}, reference))


def matrix_of_symbols(name: str, rows: int, columns: int) -> np.ndarray:
    """`name11`, `name12`, … as an object array."""
    return np.array([[symbol(f"{name}{i + 1}{j + 1}") for j in range(columns)] for i in range(rows)], dtype=object)


def symbol(name: str) -> sympy.Symbol:
    """A real symbol."""
    return sympy.Symbol(name, real=True)


class SymbolAlgebra:
    """Expressions over SymPy scalars (see `walk.Algebra`)."""

    def constant(self, value: bool | int | float | str | None) -> Any:
        """Numbers become exact; everything else stays what it is."""
        return _exact(value) if isinstance(value, int | float) and not isinstance(value, bool) else value

    def sequence(self, items: tuple[Any, ...]) -> np.ndarray:
        """Nested lists as an object array."""
        if any(isinstance(item, str | None) for item in items):
            raise Unsupported("a list of texts cannot be computed with")
        shapes = {np.shape(item) for item in items}
        if len(shapes) > 1:
            raise Unsupported("the rows of a tensor must have equal lengths")
        result = np.empty((len(items), *next(iter(shapes), ())), dtype=object)
        for index, item in enumerate(items):
            result[index] = item
        return result

    def interval(self, start: Any, stop: Any, step: Any | None) -> tuple[Any, Any, Any]:
        """Start, stop and step, for `in`."""
        return (start, stop, step)

    def function(self, function: graph.Function, scope: Scope) -> Any:
        """Functions are not values inside symbolic expressions."""
        raise Unsupported("a function cannot be used as a value here")

    def apply(self, operator: str, arguments: tuple[Any, ...]) -> Any:
        """An operator or built-in function on scalars, tensors, truth values or texts."""
        if any(isinstance(argument, str | None) for argument in arguments):
            return _compare_texts(operator, arguments)
        rule = OPERATORS.get(operator)
        if rule is None:
            raise Unsupported(f"`{operator}` has no symbolic form")
        return rule(*arguments)


def _exact(value: int | float) -> sympy.Expr:
    if isinstance(value, int):
        return sympy.Integer(value)
    if math.isinf(value):
        return sympy.oo if value > 0 else -sympy.oo
    if math.isnan(value):
        return sympy.nan
    fraction = Fraction(repr(value))
    return sympy.Rational(fraction.numerator, fraction.denominator)


def _compare_texts(operator: str, arguments: tuple[Any, ...]) -> bool:
    if operator not in ("==", "!="):
        raise Unsupported(f"`{operator}` cannot take a text or `none`")
    return (arguments[0] == arguments[1]) is (operator == "==")


def elementwise(function: Callable[..., Any]) -> Callable[..., Any]:
    """A scalar function on scalars and on object arrays, entry by entry."""

    def apply(*arguments: Any) -> Any:
        if not any(isinstance(argument, np.ndarray) for argument in arguments):
            return function(*arguments)
        broadcast = np.broadcast_arrays(*(np.asarray(argument, dtype=object) for argument in arguments))
        result = np.empty(broadcast[0].shape, dtype=object)
        for index in np.ndindex(result.shape):
            result[index] = function(*(argument[index] for argument in broadcast))
        return result

    return apply


def _multiply(left: Any, right: Any) -> Any:
    if isinstance(left, np.ndarray) and isinstance(right, np.ndarray):
        return tensors.product(left, right)
    return left * right


def _divide(left: Any, right: Any) -> Any:
    if isinstance(right, np.ndarray):
        raise Unsupported("a tensor cannot be divided by; multiply by its `inv`")
    if isinstance(left, np.ndarray):
        return elementwise(lambda entry: _divide(entry, right))(left)
    if right == 0:
        return sympy.nan if left == 0 else left * sympy.zoo
    return left / right


def _power(base: Any, exponent: Any) -> Any:
    if isinstance(base, np.ndarray):
        if getattr(exponent, "is_Integer", False) and 0 < exponent <= LARGEST_EXACT_EXPONENT:
            result = base
            for _ in range(int(exponent) - 1):
                result = tensors.product(result, base)
            return result
        raise Unsupported("a tensor can only be raised to a small positive whole number")
    if base.is_number and exponent.is_number and not (exponent.is_Integer and abs(exponent) <= LARGEST_EXACT_EXPONENT):
        return _number_power(base, exponent)
    return base**exponent


def _number_power(base: sympy.Expr, exponent: sympy.Expr) -> sympy.Expr:
    try:
        value = math.pow(float(base), float(exponent))
    except (OverflowError, ValueError, TypeError, ZeroDivisionError):
        raise Unsupported("this power is not a finite real number") from None
    return _exact(value)


def _where(condition: Any, then: Any, otherwise: Any) -> Any:
    return elementwise(lambda a, b: choice(condition, a, b))(then, otherwise)


def _comparison(relation: Any) -> Callable[[Any, Any], Any]:
    return lambda left, right: compared(relation, left, right)


def _logic(connective: Any) -> Callable[..., Any]:
    def connect(*arguments: Any) -> Any:
        known = all(argument in (sympy.true, sympy.false) for argument in arguments)
        return connective(*arguments, evaluate=known)

    return connect


def _within(value: Any, interval: tuple[Any, Any, Any]) -> Any:
    start, stop, _ = interval
    return _logic(sympy.And)(compared(sympy.Ge, value, start), compared(sympy.Le, value, stop))


def _index(value: Any, *indices: Any) -> Any:
    try:
        position = tuple(int(index) - 1 for index in indices)
    except TypeError:
        raise Unsupported("an index must be a known whole number") from None
    if not hasattr(value, "shape"):
        raise Unsupported("a law takes numbers and tensors, no lists: make a field of each constant")
    if len(position) > value.ndim or any(not 0 <= k < extent for k, extent in zip(position, value.shape, strict=False)):
        raise Unsupported("the index lies outside the tensor; indices count from 1")
    return value[position]


def _inverse(tensor: np.ndarray) -> np.ndarray:
    size, determinant = tensor.shape[0], tensors.determinant(tensor)
    result = np.empty((size, size), dtype=object)
    for i, j in np.ndindex(size, size):
        result[i, j] = tensors.cofactor(tensor, j, i) / determinant
    return result


def _deviator(tensor: np.ndarray) -> np.ndarray:
    mean = tensors.trace(tensor) / tensor.shape[0]
    return tensor - mean * np.array(sympy.eye(tensor.shape[0]).tolist(), dtype=object)


def _fold(pair: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def fold(*arguments: Any) -> Any:
        entries = arguments
        if len(arguments) == 1 and isinstance(arguments[0], np.ndarray):
            entries = tuple(arguments[0].ravel())
        result = entries[0]
        for entry in entries[1:]:
            result = elementwise(pair)(result, entry)
        return result

    return fold


def _larger(a: Any, b: Any) -> Any:
    return max(a, b) if a.is_number and b.is_number else Maximum(a, b)


def _smaller(a: Any, b: Any) -> Any:
    return min(a, b) if a.is_number and b.is_number else Minimum(a, b)


OPERATORS: Mapping[str, Callable[..., Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": _multiply,
    "/": _divide,
    "^": _power,
    "neg": lambda a: -a,
    "<": _comparison(sympy.Lt),
    "<=": _comparison(sympy.Le),
    ">": _comparison(sympy.Gt),
    ">=": _comparison(sympy.Ge),
    "==": _comparison(sympy.Eq),
    "!=": _comparison(sympy.Ne),
    "and": _logic(sympy.And),
    "or": _logic(sympy.Or),
    "not": _logic(sympy.Not),
    "in": _within,
    "if": _where,
    "index": _index,
    "tr": tensors.trace,
    "det": tensors.determinant,
    "transpose": np.transpose,
    "inv": _inverse,
    "dev": _deviator,
    "sym": lambda a: (a + a.T) / sympy.Integer(2),
    "dot": lambda a, b: sum(x * y for x, y in zip(a.ravel(), b.ravel(), strict=True)),
    "norm": lambda a: sympy.sqrt(sum(entry**2 for entry in a.ravel())),
    "sum": _fold(lambda a, b: a + b),
    "mean": lambda a: sum(a.ravel()) / sympy.Integer(a.size),
    "identity": lambda size: np.array(sympy.eye(int(size)).tolist(), dtype=object),
    "max": _fold(_larger),
    "min": _fold(_smaller),
    "project": elementwise(lambda a, sharpness: (sympy.tanh(sharpness * (2 * a - 1)) + 1) / 2),
    "clamp": elementwise(lambda a, low, high: _smaller(_larger(a, low), high)),
    "abs": elementwise(lambda a: abs(a) if a.is_number else Magnitude(a)),
    "sign": elementwise(sympy.sign),
    "sqrt": elementwise(sympy.sqrt),
    "exp": elementwise(sympy.exp),
    "log": elementwise(sympy.log),
    "sin": elementwise(sympy.sin),
    "cos": elementwise(sympy.cos),
    "tan": elementwise(sympy.tan),
    "asin": elementwise(sympy.asin),
    "acos": elementwise(sympy.acos),
    "atan": elementwise(sympy.atan),
    "atan2": elementwise(sympy.atan2),
    "sinh": elementwise(sympy.sinh),
    "cosh": elementwise(sympy.cosh),
    "tanh": elementwise(sympy.tanh),
    "floor": elementwise(sympy.floor),
    "round": elementwise(Rounded),
    "ceil": elementwise(sympy.ceiling),
}
