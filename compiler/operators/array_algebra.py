"""Expressions over arrays: operators and built-in functions as the table has them (see `graph_walk.Algebra`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metac.compiler import graph
from metac.compiler.graph_walk import Bindings, Unsupported
from metac.compiler.interfaces.values import Curve, Range
from metac.compiler.operators import curves
from metac.compiler.operators.entry import Namespace, NoValue, Value
from metac.compiler.operators.implementations import LARGEST_EXACT
from metac.compiler.operators.table import OPERATORS

if TYPE_CHECKING:
    from collections.abc import Callable

    from metac.compiler.interfaces.given_curve import GivenCurve

GRID_AXES = 2


class ArrayAlgebra:
    """Values over the array namespace `xp`.

    Numbers stay Python numbers as long as nothing else meets them; tensors and grids are arrays, other lists tuples.
    """

    def __init__(self, xp: Namespace) -> None:
        self.xp = xp

    def constant(self, value: bool | int | float | str | GivenCurve | None) -> Value:
        """Constants are what they are."""
        return value

    def sequence(self, items: tuple[Value, ...]) -> tuple[Value, ...]:
        """Lists are tuples; arithmetic makes arrays of them."""
        return items

    def interval(self, start: Value, stop: Value, step: Value | None) -> Range:
        """A range."""
        return Range(start, stop, step)

    def function(self, function: graph.Function, scope: Bindings) -> Callable[..., Value]:
        """Raises Unsupported: a function is no value where only arrays are."""
        raise Unsupported("a function cannot be used as a value here")

    def apply(self, operator: str, arguments: tuple[Value, ...]) -> Value:
        """An operator or built-in function. Raises Unsupported where it has no value."""
        try:
            return self.value(operator, arguments)
        except ZeroDivisionError:
            raise Unsupported("division by zero") from None
        except NoValue as problem:
            raise Unsupported(str(problem)) from None
        except (ArithmeticError, ValueError) as problem:
            raise Unsupported(f"`{operator}` has no value here: {problem}") from None

    def value(self, operator: str, arguments: tuple[Value, ...]) -> Value:
        """As `apply`; raises NoValue, ArithmeticError or ValueError where there is no value."""
        if any(isinstance(argument, str | None) for argument in arguments):
            return compare_texts(operator, arguments)
        if operator not in OPERATORS:
            raise NoValue(f"`{operator}` cannot be computed here")
        if (common := curves.common(arguments)) is not None:
            return self._pointwise(operator, arguments, common)
        values = arguments if operator == "index" else tuple(self._array(argument) for argument in arguments)
        _same_size(operator, values)
        return self._as_number(OPERATORS[operator].array(self.xp, *values))

    def of_numbers(self, operator: str, arguments: tuple[Value, ...]) -> Value:
        """As `value`, of numbers alone."""
        if operator not in OPERATORS:
            raise NoValue(f"`{operator}` cannot be computed here")
        return self._as_number(OPERATORS[operator].array(self.xp, *arguments))

    def _pointwise(self, operator: str, arguments: tuple[Value, ...], common: Curve) -> Value:
        """What is asked of a curve itself, or a value at each of the abscissae."""
        entry = OPERATORS[operator]
        if not entry.formula and not entry.reduces:
            return entry.array(self.xp, *arguments)
        result = self.value(operator, tuple(curves.ordinate(self.xp, argument, common) for argument in arguments))
        reduced = len(arguments) == 1 and "curve" in entry.reduces
        return result if reduced else curves.with_ordinate(common, result)

    def _array(self, value: Value) -> Value:
        return self.xp.asarray(value) if isinstance(value, tuple) and not isinstance(value, Range) else value

    def _as_number(self, result: Value) -> Value:
        """Truth values as Python's, and whole numbers beyond what a double holds exactly as floats."""
        if isinstance(result, complex):
            raise ValueError("the result is not a real number")
        if type(result) is getattr(self.xp, "bool_", None):
            return bool(result)
        return float(result) if type(result) is int and abs(result) > LARGEST_EXACT else result


def compare_texts(operator: str, arguments: tuple[Value, ...]) -> bool:
    """Whether two texts, choices or `none` are the same. Raises NoValue for anything but comparisons."""
    if operator == "if":
        raise NoValue("a choice between texts must be known before the program runs")
    if operator not in ("==", "!="):
        raise NoValue(f"`{operator}` cannot take a text or `none`")
    return (arguments[0] == arguments[1]) is (operator == "==")


def _same_size(operator: str, values: tuple[Value, ...]) -> None:
    """Grids that meet must be of one size; that of tensors is known from their types."""
    if operator in ("*", "index"):
        return
    sizes = {value.shape for value in values if getattr(value, "ndim", 0) == GRID_AXES}
    if len(sizes) > 1:
        raise NoValue("these grids differ in size: " + ", ".join("×".join(map(str, size)) for size in sorted(sizes)))
