"""What the table of operators and built-in functions holds about one of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from metac.compiler.operators.rules import Arguments
from metac.compiler.types.types import Type

Value = Any
"""What meets in an expression: numbers, arrays, SymPy trees, curves, ranges, texts; one formula serves all of them."""
Namespace = Any
"""The functions that a formula calls by numpy's names; see `Operator`."""
Rule = Callable[[str, Arguments], Type]


class NoValue(Exception):
    """Values that an operator cannot be applied to; the message says why."""


@dataclass(frozen=True)
class Elementary:
    """A function of numbers that array libraries and SymPy have under names of their own.

    Called as an implementation, with the namespace first.
    """

    array: str
    """The function's name in numpy and `jax.numpy`."""
    exact: str
    """Its name in `math` and SymPy."""

    def __call__(self, xp: Namespace, *arguments: Value) -> Value:
        """The function's value over the namespace."""
        return getattr(xp, self.array)(*arguments)


@dataclass(frozen=True)
class Operator:
    """An operator or a built-in function: its type and its values, all in one place.

    `array` is called as `array(xp, *values)`, where the namespace `xp` is numpy, `jax.numpy`, that of plain numbers
    (`plain_numbers.py`) or that of SymPy (`lower/symbolic_arrays.py`), so that one formula serves all of them. `symbolic`,
    called in the same way, stands in for it over SymPy where that needs another one. Both may raise NoValue.
    """

    rule: Rule | None
    """The type of the result; None where the syntax alone makes it (`C[1, 2]`), which is typed where it is written."""
    array: Callable[..., Value]
    doc: str
    least: int = 1
    """Fewest arguments."""
    most: int | None = 1
    """Most arguments; None: any number."""
    symbolic: Callable[..., Value] | None = None
    pointwise: bool = True
    """Whether it holds at each point of a curve and each pixel of a grid."""
    reduces: tuple[str, ...] = ()
    """Of what, "curve" or "grid", its only argument becomes one number."""
    formula: bool = True
    """Whether a formula can hold it; functions with one that none can hold are evaluated as they stand."""
    counts_from: int | None = None
    """The first of the arguments that must be known whole numbers; None where there are none."""

    @property
    def over_symbols(self) -> Callable[..., Value]:
        """The implementation over SymPy."""
        return self.symbolic or self.array
