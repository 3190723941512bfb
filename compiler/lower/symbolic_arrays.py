"""The array namespace of SymPy: numpy's names, over SymPy scalars and object arrays of them.

With it the formulas in the table of operators (`compiler/operators/table.py`) give SymPy trees.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import reduce

import numpy as np
import sympy

from metac.compiler.lower.cases import Magnitude, Maximum, Minimum, Rounded, choice, compared
from metac.compiler.operators import tensors
from metac.compiler.operators.entry import Elementary, NoValue, Value
from metac.compiler.operators.table import OPERATORS

LARGEST_EXACT_EXPONENT = 64
"""Powers of numbers with larger exponents are taken in floating point: exact ones can fill the memory."""


def exact(value: int | float) -> sympy.Expr:
    """A number as the rational of its decimal form."""
    if isinstance(value, int):
        return sympy.Integer(value)
    if math.isinf(value):
        return sympy.oo if value > 0 else -sympy.oo
    if math.isnan(value):
        return sympy.nan
    fraction = Fraction(repr(value))
    return sympy.Rational(fraction.numerator, fraction.denominator)


def elementwise(function: Callable[..., Value]) -> Callable[..., Value]:
    """A scalar function on scalars and on object arrays, entry by entry."""

    def apply(*arguments: Value) -> Value:
        if not any(isinstance(argument, np.ndarray) for argument in arguments):
            return function(*arguments)
        broadcast = np.broadcast_arrays(*(np.asarray(argument, dtype=object) for argument in arguments))
        result = np.empty(broadcast[0].shape, dtype=object)
        for index in np.ndindex(result.shape):
            result[index] = function(*(argument[index] for argument in broadcast))
        return result

    return apply


def _number_power(base: sympy.Expr, exponent: sympy.Expr) -> sympy.Expr:
    try:
        value = math.pow(float(base), float(exponent))
    except (OverflowError, ValueError, TypeError, ZeroDivisionError):
        raise NoValue("this power is not a finite real number") from None
    return exact(value)


def _comparison(relation: type) -> Callable[[Value, Value], Value]:
    return lambda left, right: compared(relation, left, right)


def _logic(connective: Callable[..., Value]) -> Callable[..., Value]:
    def connect(*arguments: Value) -> Value:
        known = all(argument in (sympy.true, sympy.false) for argument in arguments)
        return connective(*arguments, evaluate=known)

    return connect


def _larger(a: Value, b: Value) -> Value:
    return max(a, b) if a.is_number and b.is_number else Maximum(a, b)


def _smaller(a: Value, b: Value) -> Value:
    return min(a, b) if a.is_number and b.is_number else Minimum(a, b)


class SymbolicArrays:
    """Functions of SymPy scalars and object arrays of them. Raise NoValue where there is no symbolic form."""

    @staticmethod
    def asarray(rows: Value) -> np.ndarray:
        """Nested lists as an object array."""
        return np.array(rows, dtype=object)

    @staticmethod
    def eye(size: int) -> np.ndarray:
        """The identity matrix."""
        return np.array(sympy.eye(size).tolist(), dtype=object)

    @staticmethod
    def divide(left: Value, right: Value) -> Value:
        """A quotient by a scalar; by zero as SymPy has it."""
        if isinstance(right, np.ndarray):
            raise NoValue("a tensor cannot be divided by; multiply by its `inv`")
        if isinstance(left, np.ndarray):
            return elementwise(lambda entry: SymbolicArrays.divide(entry, right))(left)
        if right == 0:
            return sympy.nan if left == 0 else left * sympy.zoo
        return left / right

    @staticmethod
    def power(base: Value, exponent: Value) -> Value:
        """A power of a scalar, or a small whole one of a matrix."""
        if isinstance(base, np.ndarray):
            if getattr(exponent, "is_Integer", False) and 0 < exponent <= LARGEST_EXACT_EXPONENT:
                return reduce(tensors.product, [base] * int(exponent))
            raise NoValue("a tensor can only be raised to a small positive whole number")
        if base.is_number and exponent.is_number and not (exponent.is_Integer and abs(exponent) <= LARGEST_EXACT_EXPONENT):
            return _number_power(base, exponent)
        return base**exponent

    less = staticmethod(_comparison(sympy.Lt))
    less_equal = staticmethod(_comparison(sympy.Le))
    greater = staticmethod(_comparison(sympy.Gt))
    greater_equal = staticmethod(_comparison(sympy.Ge))
    equal = staticmethod(_comparison(sympy.Eq))
    not_equal = staticmethod(_comparison(sympy.Ne))
    logical_and = staticmethod(_logic(sympy.And))
    logical_or = staticmethod(_logic(sympy.Or))
    logical_not = staticmethod(_logic(sympy.Not))

    @staticmethod
    def within(value: Value, interval: Value) -> Value:
        """Whether a value lies in a range."""
        here = SymbolicArrays
        return here.logical_and(here.greater_equal(value, interval.start), here.less_equal(value, interval.stop))

    @staticmethod
    def where(condition: Value, then: Value, otherwise: Value) -> Value:
        """One of two values."""
        return elementwise(lambda a, b: choice(condition, a, b))(then, otherwise)

    maximum = staticmethod(elementwise(_larger))
    minimum = staticmethod(elementwise(_smaller))

    @staticmethod
    def max(values: Value) -> Value:
        """The largest entry."""
        return reduce(_larger, np.ravel(values))

    @staticmethod
    def min(values: Value) -> Value:
        """The smallest entry."""
        return reduce(_smaller, np.ravel(values))

    @staticmethod
    def sum(values: Value) -> Value:
        """The sum of all entries."""
        return sum(np.ravel(values))

    @staticmethod
    def mean(values: Value) -> Value:
        """The mean of all entries."""
        return sum(np.ravel(values)) / sympy.Integer(np.size(values))

    abs = staticmethod(elementwise(lambda a: abs(a) if a.is_number else Magnitude(a)))
    sign = staticmethod(elementwise(sympy.sign))
    floor = staticmethod(elementwise(sympy.floor))
    ceil = staticmethod(elementwise(sympy.ceiling))
    round = staticmethod(elementwise(Rounded))

    def __getattr__(self, name: str) -> Callable[..., Value]:
        """An elementary function by numpy's name."""
        for function, array in elementary_functions().items():
            if array == name:
                return elementwise(function)
        raise AttributeError(name)


SYMBOLIC_ARRAYS = SymbolicArrays()


def elementary_functions() -> dict[type, str]:
    """SymPy's functions for the elementary ones in the table of operators, with numpy's names."""
    elementary = [each.array for each in OPERATORS.values() if isinstance(each.array, Elementary)]
    return {getattr(sympy, each.exact): each.array for each in elementary}
