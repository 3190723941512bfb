"""Graph expressions as SymPy trees, node by node: no text is ever parsed or evaluated.

Scalars are SymPy expressions over real symbols, truth values SymPy booleans or bool, tensors numpy arrays of scalars with
`dtype=object`. Numbers are exact rationals of their decimal form, so that `x^0.5` is a root and `0.1 * 10` is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import sympy

from metac.compiler import graph
from metac.compiler.graph_walk import Bindings, Unsupported, evaluate, located, written_out_size
from metac.compiler.interfaces.values import Range
from metac.compiler.lower.symbolic_arrays import SYMBOLIC_ARRAYS, exact
from metac.compiler.operators.array_algebra import compare_texts
from metac.compiler.operators.entry import NoValue, Value
from metac.compiler.operators.table import OPERATORS

if TYPE_CHECKING:
    from metac.compiler.interfaces.given_curve import GivenCurve

LARGEST_SIZE = 5_000
"""Operations of one law or function; SymPy takes seconds for more."""


def to_sympy(
    expression: graph.Expression, variables: Mapping[str, Value], parameters: Mapping[str, Value] | None = None
) -> Value:
    """An expression as SymPy.

    `variables` and `parameters` give what its names stand for: symbols, object arrays of symbols, or plain bool, str, int,
    float for what is known. References to other nodes are looked up as variables `@node`. Raises DiagnosticError M0556 at
    what has no symbolic form.
    """

    def reference(node: str) -> Value:
        if f"@{node}" not in variables:
            raise Unsupported(f"`{node}` cannot be used here")
        return variables[f"@{node}"]

    if written_out_size(expression) > LARGEST_SIZE:
        raise located(expression, f"this grows to more than {LARGEST_SIZE} operations once its names are written out")
    return evaluate(expression, SymbolAlgebra(), Bindings(variables, parameters or {}, reference))


def matrix_of_symbols(name: str, rows: int, columns: int) -> np.ndarray:
    """`name11`, `name12`, … as an object array."""
    return np.array([[symbol(f"{name}{i + 1}{j + 1}") for j in range(columns)] for i in range(rows)], dtype=object)


def symbol(name: str) -> sympy.Symbol:
    """A real symbol."""
    return sympy.Symbol(name, real=True)


class SymbolAlgebra:
    """Expressions over SymPy scalars (see `graph_walk.Algebra`)."""

    def __init__(self) -> None:
        self._sizes: dict[Value, int] = {}

    def constant(self, value: bool | int | float | str | GivenCurve | None) -> Value:
        """Numbers become exact; everything else stays what it is."""
        return exact(value) if isinstance(value, int | float) and not isinstance(value, bool) else value

    def sequence(self, items: tuple[Value, ...]) -> np.ndarray:
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

    def interval(self, start: Value, stop: Value, step: Value | None) -> Range:
        """A range, for `in`."""
        return Range(start, stop, step)

    def function(self, function: graph.Function, scope: Bindings) -> Value:
        """Functions are not values inside symbolic expressions."""
        raise Unsupported("a function cannot be used as a value here")

    def apply(self, operator: str, arguments: tuple[Value, ...]) -> Value:
        """An operator or built-in function on scalars, tensors, truth values or texts."""
        try:
            if any(isinstance(argument, str | None) for argument in arguments):
                return compare_texts(operator, arguments)
            if operator not in OPERATORS:
                raise NoValue(f"`{operator}` has no symbolic form")
            result = OPERATORS[operator].over_symbols(SYMBOLIC_ARRAYS, *arguments)
        except NoValue as problem:
            raise Unsupported(str(problem)) from None
        if any(self._size(entry) > LARGEST_SIZE for entry in np.ravel(result)):
            raise Unsupported(f"this grows to more than {LARGEST_SIZE} operations once products of tensors are written out")
        return result

    def _size(self, entry: Value) -> int:
        """The operations of a scalar, what is shared in it counted each time."""
        if entry not in self._sizes:
            self._sizes[entry] = 1 + sum(map(self._size, getattr(entry, "args", ())))
        return self._sizes[entry]
