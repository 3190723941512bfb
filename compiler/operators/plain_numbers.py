"""The array namespace of plain Python numbers, for constants: the names of numpy's functions, values of `math`'s.

A spec is checked without importing numpy as long as only numbers meet.
"""

from __future__ import annotations

import builtins
import math
from typing import Any

from metac.compiler.operators.entry import Elementary


class PlainNumbers:
    """Functions of numbers. Raise ArithmeticError or ValueError where they have no value."""

    abs = staticmethod(builtins.abs)
    round = staticmethod(builtins.round)
    floor = staticmethod(math.floor)
    ceil = staticmethod(math.ceil)
    minimum = staticmethod(builtins.min)
    maximum = staticmethod(builtins.max)
    bool_ = bool

    @staticmethod
    def sign(value: float) -> int:
        """-1, 0 or 1."""
        return (value > 0) - (value < 0)

    @staticmethod
    def min(value: float) -> float:
        """The smallest of one value."""
        return value

    max = mean = sum = min

    def __getattr__(self, name: str) -> Any:
        """An elementary function by numpy's name."""
        from metac.compiler.operators.table import OPERATORS

        for operator in OPERATORS.values():
            if isinstance(operator.array, Elementary) and operator.array.array == name:
                # Kept, so that it is looked for once: a rule of a large grid calls it ten thousand times.
                found = self.__dict__[name] = getattr(math, operator.array.exact)
                return found
        raise AttributeError(name)


PLAIN_NUMBERS = PlainNumbers()
