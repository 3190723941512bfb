"""Values of graph expressions that are known at compile time."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace

from metac.compiler import graph
from metac.compiler.graph_walk import free_names, is_long
from metac.compiler.interfaces.values import ArrayValue, Curve, Known, Range
from metac.compiler.operators.array_algebra import ArrayAlgebra
from metac.compiler.operators.entry import NoValue, Value
from metac.compiler.operators.implementations import NoComponent
from metac.compiler.operators.plain_numbers import PLAIN_NUMBERS
from metac.compiler.types import types


class Unknown(Exception):
    """The expression depends on something that has no value yet."""


Environment = Mapping[str, Known]
"""Values of variables and parameters by name, in internal units."""


def evaluate(expression: graph.Expression, environment: Environment | None = None) -> Known:
    """The value: a number, truth value, text, None, tuple, or `Range` for an interval.

    Raises `Unknown` where it depends on another node or on a name without value, ArithmeticError or ValueError where it
    has none (`1/0`, `log(-1)`), NoComponent for an index outside.
    """
    environment = environment or {}
    if is_long(expression):
        return _of_long(expression, environment)
    return _evaluate(expression, environment)


def _evaluate(expression: graph.Expression, environment: Environment) -> Known:
    try:
        return _Evaluation(environment).value(expression)
    except NoComponent:
        raise
    except NoValue as problem:
        raise Unknown(str(problem)) from None


def _of_long(expression: graph.Expression, environment: Environment) -> Known:
    """As `evaluate`, of a long list: kept for as long as the names in it stand for the same."""
    names = free_names(expression)
    used = {name: environment[name] for name in (*names.variables, *names.parameters) if name in environment}
    for asked, of, value in _ASKED:
        if asked is expression and of.keys() == used.keys() and all(of[name] is used[name] for name in used):
            return value
    value = _evaluate(expression, environment)
    _ASKED.append((expression, used, value))
    return value


_ASKED: deque[tuple[graph.Expression, Environment, Known]] = deque(maxlen=8)
"""Long lists that were evaluated last: every check asks, and a grid by a rule takes a tenth of a second."""


class _Evaluation:
    """One evaluation; inlined `let`s are shared, so that each is worked out once."""

    def __init__(self, names: Environment) -> None:
        self._names = names
        self._known: dict[int, Known] = {}

    def value(self, expression: graph.Expression) -> Known:
        if isinstance(expression, graph.Constant):
            return expression.value
        if id(expression) not in self._known:
            self._known[id(expression)] = self._value(expression)
        return self._known[id(expression)]

    def _value(self, expression: graph.Expression) -> Known:
        match expression:
            case graph.Variable(name=name) | graph.Parameter(name=name):
                if name not in self._names:
                    raise Unknown(name)
                return self._names[name]
            case graph.Sequence(items=items):
                return tuple(self.value(item) for item in items)
            case graph.Interval(start=start, stop=stop, step=step):
                return Range(self.value(start), self.value(stop), None if step is None else self.value(step))
            case graph.Apply(operator="if", arguments=(condition, then, otherwise)):
                return self.value(then if self.value(condition) else otherwise)
            case graph.Apply(operator="and", arguments=(left, right)):
                return self.value(left) and self.value(right)
            case graph.Apply(operator="or", arguments=(left, right)):
                return self.value(left) or self.value(right)
            case graph.Apply(operator=name, arguments=arguments):
                return _CONSTANTS.value(name, tuple(self.value(argument) for argument in arguments))
        raise Unknown


class _ConstantAlgebra(ArrayAlgebra):
    """Numbers over plain Python, lists and tensors over numpy, which is imported only where some meet."""

    def __init__(self) -> None:
        super().__init__(PLAIN_NUMBERS)

    def value(self, operator: str, arguments: tuple[Known, ...]) -> Known:
        for each in arguments:
            if type(each) is not float and type(each) is not int:
                return self._of_more_than_numbers(operator, arguments)
        # The way of ten thousand items of a rule: what numbers do not need is not asked.
        return _no_overflow(self.of_numbers(operator, arguments), arguments)

    def _of_more_than_numbers(self, operator: str, arguments: tuple[Known, ...]) -> Known:
        if any(isinstance(each, Curve) for each in arguments):
            return self._of_curves(operator, arguments)
        tensors = operator != "index" and any(isinstance(each, tuple) for each in arguments if not isinstance(each, Range))
        if not tensors:
            return _no_overflow(super().value(operator, arguments), arguments)
        return self._over_numpy(operator, arguments)

    def _of_curves(self, operator: str, arguments: tuple[Known, ...]) -> Known:
        result = self._over_numpy(operator, arguments)
        if isinstance(result, float) and math.isnan(result):
            raise ValueError("beyond the points of the curve")
        return result

    @staticmethod
    def _over_numpy(operator: str, arguments: tuple[Known, ...]) -> Known:
        import numpy

        with numpy.errstate(divide="raise", over="raise", invalid="raise"):
            return _plain(ArrayAlgebra(numpy).value(operator, arguments))


def _no_overflow(result: Known, arguments: tuple[Known, ...]) -> Known:
    if isinstance(result, float) and not math.isfinite(result) and all(map(_finite, arguments)):
        raise OverflowError("beyond the largest number")
    return result


def _finite(value: Known) -> bool:
    return not isinstance(value, int | float) or math.isfinite(value)


def _plain(value: Value) -> Known:
    """Arrays as nested tuples of Python numbers."""
    return _tuples(value.tolist()) if isinstance(value, ArrayValue) else value


def _tuples(value: list[Known] | Known) -> Known:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


_CONSTANTS = _ConstantAlgebra()


def value_or_none(expression: graph.Expression | None, environment: Environment | None = None) -> Known:
    """The value where it is known and exists, otherwise None."""
    if expression is None:
        return None
    try:
        return evaluate(expression, environment)
    except (Unknown, ArithmeticError, ValueError, TypeError, IndexError):
        return None


def number_or_none(expression: graph.Expression | None, environment: Environment | None = None) -> float | None:
    """The value where it is known and a number, otherwise None."""
    value = value_or_none(expression, environment)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def folded(expression: graph.Expression) -> graph.Expression:
    """The expression with its value in place of a formula for a number or a truth value that is known, in lists as well."""
    match expression:
        case graph.Sequence(items=items):
            return replace(expression, items=tuple(map(folded, items)))
        case graph.Apply(type=types.NumberType() | types.BooleanType() as kind, span=span):
            value = value_or_none(expression)
            return graph.Constant(value, kind, span) if isinstance(value, int | float) else expression
    return expression


def settled(
    waiting: Mapping[str, graph.Expression | None],
    values: Environment,
    value_of: Callable[[graph.Expression | None, Environment], Known | type[Unknown]],
) -> dict[str, Known]:
    """Values by name of expressions that may need each other, in whatever order they stand; those without are left out.

    `values` are known beforehand; `value_of` gives `Unknown` itself where an expression has no value yet.
    """
    known, left, found = dict(values), dict(waiting), True
    while found:
        found = False
        for name, expression in list(left.items()):
            value = value_of(expression, known)
            if not isinstance(value, type):
                known[name], found = value, True
                del left[name]
    return known


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
