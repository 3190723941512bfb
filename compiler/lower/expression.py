"""Values of graph expressions: on the host with numpy, in a trace with `jax.numpy`, by the same code.

Numbers stay Python numbers as long as nothing else meets them, tensors and grids are arrays, lists of other things tuples,
curves `interfaces.Curve`s on which every operation works pointwise, functions callables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from metac.compiler import graph
from metac.compiler.graph_walk import Scope, Unsupported, children, evaluate
from metac.compiler.interfaces.values import Curve, Range
from metac.compiler.lower import tensors
from metac.compiler.lower.curve import lower_function

GRID_AXES = 2
REDUCTIONS = ("min", "max", "mean", "sum")


def evaluate_expression(expression: graph.Expression, scope: Scope, xp: Any = np) -> Any:
    """The value of an expression in internal units; `xp` is numpy or `jax.numpy`.

    Raises DiagnosticError M0556 at what cannot be evaluated.
    """
    with np.errstate(all="ignore"):
        return evaluate(expression, ArrayAlgebra(xp), scope)


@dataclass(frozen=True)
class ArrayAlgebra:
    """Expressions over arrays of the namespace `xp` (see `walk.Algebra`)."""

    xp: Any

    def constant(self, value: bool | int | float | str | None) -> Any:
        """Constants are what they are."""
        return value

    def sequence(self, items: tuple[Any, ...]) -> tuple[Any, ...]:
        """Lists are tuples; arithmetic makes arrays of them."""
        return items

    def interval(self, start: Any, stop: Any, step: Any | None) -> Range:
        """A range."""
        return Range(start, stop, step)

    def function(self, function: graph.Function, scope: Scope) -> Callable[..., Any]:
        """A callable of the function's parameters, for arrays of any shape.

        One that reads a measured curve, which has no formula, is evaluated as it stands.
        """
        if _reads_curves(function.body):
            return lambda *values: evaluate(function.body, self, scope.bind(function.parameters, values))
        return lower_function(function, scope, lambda part: evaluate(part, self, scope))

    def apply(self, operator: str, arguments: tuple[Any, ...]) -> Any:
        """An operator or built-in function."""
        if any(isinstance(argument, str | None) for argument in arguments):
            return self._same_text(operator, arguments)
        if any(isinstance(argument, Curve) for argument in arguments):
            return self._on_curves(operator, arguments)
        rule = OPERATORS.get(operator)
        if rule is None:
            raise Unsupported(f"`{operator}` cannot be computed here")
        values = tuple(self._array(argument) for argument in arguments)
        _same_size(operator, values)
        try:
            result = rule(self.xp, *values)
        except ZeroDivisionError:
            raise Unsupported("division by zero") from None
        except (OverflowError, ValueError) as problem:
            raise Unsupported(f"`{operator}` has no value here: {problem}") from None
        if isinstance(result, complex):
            raise Unsupported("the result is not a real number")
        return result

    def _array(self, value: Any) -> Any:
        return self.xp.asarray(value) if isinstance(value, tuple) and not isinstance(value, Range) else value

    @staticmethod
    def _same_text(operator: str, arguments: tuple[Any, ...]) -> Any:
        if operator == "if":
            raise Unsupported("a choice between texts must be known before the program runs")
        if operator not in ("==", "!="):
            raise Unsupported(f"`{operator}` cannot take a text or `none`")
        return (arguments[0] == arguments[1]) is (operator == "==")

    def _on_curves(self, operator: str, arguments: tuple[Any, ...]) -> Any:
        first = next(argument for argument in arguments if isinstance(argument, Curve))
        if operator == "at":
            return self.xp.interp(arguments[1], *_increasing(self.xp, first))
        ordinates = tuple(self._ordinate(argument, first) for argument in arguments)
        result = self.apply(operator, ordinates)
        return result if operator in REDUCTIONS and len(arguments) == 1 else Curve(first.abscissa, result)

    def _ordinate(self, argument: Any, first: Curve) -> Any:
        if not isinstance(argument, Curve):
            return argument
        if argument.abscissa is first.abscissa:
            return argument.ordinate
        return self.xp.interp(first.abscissa, *_increasing(self.xp, argument))


def _reads_curves(expression: graph.Expression) -> bool:
    seen: set[int] = set()

    def visit(part: graph.Expression) -> bool:
        if id(part) in seen:
            return False
        seen.add(id(part))
        return (isinstance(part, graph.Apply) and part.operator == "at") or any(map(visit, children(part)))

    return visit(expression)


def _same_size(operator: str, values: tuple[Any, ...]) -> None:
    """Grids that meet must be of one size; that of tensors is known from their types."""
    if operator == "*":
        return
    sizes = {np.shape(value) for value in values if np.ndim(value) == GRID_AXES}
    if len(sizes) > 1:
        raise Unsupported("these grids differ in size: " + ", ".join("×".join(map(str, size)) for size in sorted(sizes)))


def _increasing(xp: Any, curve: Curve) -> tuple[Any, Any]:
    """Abscissa and ordinate in increasing order of the abscissa: compression curves run downwards."""
    order = xp.argsort(curve.abscissa)
    return curve.abscissa[order], curve.ordinate[order]


def _multiply(xp: Any, left: Any, right: Any) -> Any:
    if np.ndim(left) and np.ndim(right):
        return tensors.product(left, right) if np.ndim(left) > 1 or np.ndim(right) > 1 else left * right
    return left * right


def _known(*values: Any) -> bool:
    return all(isinstance(value, bool | np.bool_) for value in values)


def _and(xp: Any, left: Any, right: Any) -> Any:
    return bool(left and right) if _known(left, right) else xp.logical_and(left, right)


def _or(xp: Any, left: Any, right: Any) -> Any:
    return bool(left or right) if _known(left, right) else xp.logical_or(left, right)


def _not(xp: Any, value: Any) -> Any:
    return not value if _known(value) else xp.logical_not(value)


def _within(xp: Any, value: Any, interval: Range) -> Any:
    return _and(xp, value >= interval.start, value <= interval.stop)


def _choose(xp: Any, condition: Any, then: Any, otherwise: Any) -> Any:
    if _known(condition):
        return then if condition else otherwise
    return xp.where(condition, then, otherwise)


def _index(xp: Any, value: Any, *indices: Any) -> Any:
    position = tuple(int(index) - 1 for index in indices)
    shape = np.shape(value)
    if len(position) > len(shape) or any(not 0 <= k < extent for k, extent in zip(position, shape, strict=False)):
        raise Unsupported("the index lies outside; indices count from 1")
    return value[position]


def _inverse(xp: Any, tensor: Any) -> Any:
    size, determinant = tensor.shape[0], tensors.determinant(tensor)
    rows = [[tensors.cofactor(tensor, j, i) / determinant for j in range(size)] for i in range(size)]
    return xp.asarray(rows)


def _reduction(name: str) -> Callable[..., Any]:
    def reduce(xp: Any, value: Any, *more: Any) -> Any:
        if not more:
            return getattr(xp, name)(value)
        pair = getattr(xp, {"min": "minimum", "max": "maximum"}[name])
        for other in more:
            value = pair(value, other)
        return value

    return reduce


def _function(name: str) -> Callable[..., Any]:
    return lambda xp, *arguments: getattr(xp, name)(*arguments)


OPERATORS: Mapping[str, Callable[..., Any]] = {
    "+": lambda xp, a, b: a + b,
    "-": lambda xp, a, b: a - b,
    "*": _multiply,
    "/": lambda xp, a, b: a / b,
    "^": lambda xp, a, b: a**b,
    "times": lambda xp, a, b: a * b,
    "neg": lambda xp, a: -a,
    "<": lambda xp, a, b: a < b,
    "<=": lambda xp, a, b: a <= b,
    ">": lambda xp, a, b: a > b,
    ">=": lambda xp, a, b: a >= b,
    "==": lambda xp, a, b: a == b,
    "!=": lambda xp, a, b: a != b,
    "and": _and,
    "or": _or,
    "not": _not,
    "in": _within,
    "if": _choose,
    "index": _index,
    "tr": lambda xp, a: tensors.trace(a),
    "det": lambda xp, a: tensors.determinant(a),
    "inv": _inverse,
    "transpose": lambda xp, a: a.T,
    "sym": lambda xp, a: (a + a.T) / 2,
    "dev": lambda xp, a: a - tensors.trace(a) / a.shape[0] * xp.eye(a.shape[0]),
    "dot": lambda xp, a, b: xp.sum(a * b),
    "norm": lambda xp, a: xp.sqrt(xp.sum(a * a)),
    "identity": lambda xp, size: xp.eye(int(size)),
    "project": lambda xp, a, sharpness: (xp.tanh(sharpness * (2 * a - 1)) + 1) / 2,
    "clamp": lambda xp, a, low, high: xp.minimum(xp.maximum(a, low), high),
    **{name: _reduction(name) for name in REDUCTIONS},
    **{name: _function(name) for name in ("abs", "sign", "sqrt", "exp", "log", "floor", "ceil", "round")},
    **{name: _function(name) for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{f"a{name}": _function(f"arc{name}") for name in ("sin", "cos", "tan", "tan2")},
}
