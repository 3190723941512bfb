"""Values of graph expressions that are known at compile time."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from metac.compiler import graph


class Unknown(Exception):
    """The expression depends on something that has no value yet."""


class NoComponent(IndexError):
    """An index outside a list or tensor; both numbers count from 1."""

    def __init__(self, position: int, extent: int) -> None:
        self.position, self.extent = position, extent
        self.message = f"there is no component {position}"
        super().__init__(self.message)


Environment = Mapping[str, Any]
"""Values of variables and parameters by name, in internal units."""

_ARITHMETIC: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "times": operator.mul,
    "/": operator.truediv,
    "^": operator.pow,
    "neg": operator.neg,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "not": operator.not_,
    "min": min,
    "max": max,
    "abs": abs,
    "floor": math.floor,
    "ceil": math.ceil,
    "round": round,
    "sign": lambda x: (x > 0) - (x < 0),
    "project": lambda x, sharpness: (math.tanh(sharpness * (2 * x - 1)) + 1) / 2,
    "clamp": lambda x, low, high: min(max(x, low), high),
    **{name: getattr(math, name) for name in ("sqrt", "exp", "log", "sin", "cos", "tan", "asin", "acos", "atan", "atan2")},
    **{name: getattr(math, name) for name in ("sinh", "cosh", "tanh")},
}


def evaluate(expression: graph.Expression, environment: Environment | None = None) -> Any:
    """The value: a number, truth value, text, None, tuple, or `(start, stop, step)` for an interval.

    Raises `Unknown` where it depends on another node or on a name without value, ArithmeticError or ValueError where it
    has none (`1/0`, `log(-1)`), NoComponent for an index outside.
    """
    return _Evaluation(environment or {}).value(expression)


class _Evaluation:
    """One evaluation; inlined `let`s are shared, so that each is worked out once."""

    def __init__(self, names: Environment) -> None:
        self._names = names
        self._known: dict[int, Any] = {}

    def value(self, expression: graph.Expression) -> Any:
        if id(expression) not in self._known:
            self._known[id(expression)] = self._value(expression)
        return self._known[id(expression)]

    def _value(self, expression: graph.Expression) -> Any:
        match expression:
            case graph.Constant(value=value):
                return value
            case graph.Variable(name=name) | graph.Parameter(name=name):
                if name not in self._names:
                    raise Unknown(name)
                return self._names[name]
            case graph.Sequence(items=items):
                return tuple(self.value(item) for item in items)
            case graph.Interval(start=start, stop=stop, step=step):
                return (self.value(start), self.value(stop), None if step is None else self.value(step))
            case graph.Apply(operator="if", arguments=(condition, then, otherwise)):
                return self.value(then if self.value(condition) else otherwise)
            case graph.Apply(operator="and", arguments=(left, right)):
                return self.value(left) and self.value(right)
            case graph.Apply(operator="or", arguments=(left, right)):
                return self.value(left) or self.value(right)
            case graph.Apply(operator=name, arguments=arguments):
                return _apply(name, [self.value(argument) for argument in arguments])
        raise Unknown


def _apply(name: str, values: Sequence[Any]) -> Any:
    match name, values:
        case "in", [value, (start, stop, _)]:
            return start <= value <= stop
        case "index", [value, *indices]:
            for index in indices:
                if not 1 <= index <= len(value):
                    raise NoComponent(int(index), len(value))
                value = value[int(index) - 1]
            return value
        case (("min" | "max" | "sum" | "mean"), [tuple() as items]):
            return _reduce(name, items)
        case (("+" | "-" | "*" | "/" | "times" | "neg"), _) if any(isinstance(value, tuple) for value in values):
            return _componentwise(name, values)
    function = _ARITHMETIC.get(name)
    if function is None or any(isinstance(value, tuple) for value in values):
        raise Unknown(name)
    value = function(*values)
    if isinstance(value, complex):
        raise ValueError("not a real number")
    return value


def _reduce(name: str, items: tuple[Any, ...]) -> Any:
    if any(isinstance(item, tuple) for item in items):
        items = tuple(_reduce(name, item) for item in items)
    if name == "mean":
        return sum(items) / len(items)
    return {"min": min, "max": max, "sum": sum}[name](items)


def _componentwise(name: str, values: Sequence[Any]) -> Any:
    """Sums of tensors and their multiples; products of tensors are left to the program."""
    if not any(isinstance(value, tuple) for value in values):
        return _ARITHMETIC[name](*values)
    if len(values) == 2 and name in "*/" and all(isinstance(value, tuple) for value in values):
        raise Unknown(name)
    length = next(len(value) for value in values if isinstance(value, tuple))
    if any(isinstance(value, tuple) and len(value) != length for value in values):
        raise Unknown(name)  # grids of different sizes; the program tells
    columns = [value if isinstance(value, tuple) else (value,) * length for value in values]
    return tuple(_componentwise(name, row) for row in zip(*columns, strict=True))


def value_or_none(expression: graph.Expression | None, environment: Environment | None = None) -> Any:
    """The value where it is known and exists, otherwise None."""
    if expression is None:
        return None
    try:
        return evaluate(expression, environment)
    except (Unknown, ArithmeticError, ValueError, TypeError, IndexError):
        return None


def substitute(expression: graph.Expression, values: Mapping[str, graph.Expression]) -> graph.Expression:
    """The expression with free variables replaced; what is shared in it stays shared."""
    return _Substitution(values).made(expression) if values else expression


class _Substitution:
    def __init__(self, values: Mapping[str, graph.Expression]) -> None:
        self._values = values
        self._known: dict[int, graph.Expression] = {}

    def made(self, expression: graph.Expression) -> graph.Expression:
        if id(expression) not in self._known:
            self._known[id(expression)] = self._made(expression)
        return self._known[id(expression)]

    def _made(self, expression: graph.Expression) -> graph.Expression:
        match expression:
            case graph.Variable(name=name):
                return self._values.get(name, expression)
            case graph.Sequence(items=items):
                return replace(expression, items=tuple(self.made(item) for item in items))
            case graph.Interval(start=start, stop=stop, step=step):
                step = None if step is None else self.made(step)
                return replace(expression, start=self.made(start), stop=self.made(stop), step=step)
            case graph.Apply(arguments=arguments):
                return replace(expression, arguments=tuple(self.made(argument) for argument in arguments))
            case graph.Function(parameters=parameters, body=body, domain=domain):
                bound = {parameter.name for parameter in parameters}
                inner = {name: value for name, value in self._values.items() if name not in bound}
                domain = None if domain is None else self.made(domain)
                return replace(expression, body=substitute(body, inner), domain=domain)
        return expression
