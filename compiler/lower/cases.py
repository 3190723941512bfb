"""Functions with cases, for SymPy: extrema, absolute value, `if`.

SymPy has its own, but tries to compare, merge and order their cases, which can take very long, and differentiates some of
them into Dirac deltas. These do nothing but differentiate case by case.
"""

from __future__ import annotations

from typing import Any

import sympy


class Choice(sympy.Function):
    """`Choice(condition, then, otherwise)`."""

    nargs = 3
    is_commutative = True  # a number, though SymPy does not know that of one with a condition in it

    def _eval_derivative(self, s: sympy.Symbol) -> sympy.Expr:
        condition, then, otherwise = self.args
        return choice(condition, derivative(then, s), derivative(otherwise, s))


class Maximum(sympy.Function):
    """The larger of two."""

    nargs = 2

    def _eval_derivative(self, s: sympy.Symbol) -> sympy.Expr:
        first, second = self.args
        return choice(compared(sympy.Ge, first, second), derivative(first, s), derivative(second, s))


class Minimum(sympy.Function):
    """The smaller of two."""

    nargs = 2

    def _eval_derivative(self, s: sympy.Symbol) -> sympy.Expr:
        first, second = self.args
        return choice(compared(sympy.Le, first, second), derivative(first, s), derivative(second, s))


class Magnitude(sympy.Function):
    """|x|."""

    nargs = 1

    def _eval_derivative(self, s: sympy.Symbol) -> sympy.Expr:
        (inner,) = self.args
        slope = derivative(inner, s)
        return choice(compared(sympy.Ge, inner, sympy.S.Zero), slope, -slope)


class Rounded(sympy.Function):
    """The nearest whole number, the even one of two; its derivative is zero."""

    nargs = 1

    @classmethod
    def eval(cls, argument: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """A number's value, where it decides a comparison; None leaves symbols alone."""
        return sympy.Integer(round(argument)) if argument.is_number and argument.is_comparable else None

    def _eval_derivative(self, s: sympy.Symbol) -> sympy.Expr:
        return sympy.S.Zero


def derivative(expression: Any, by: sympy.Symbol) -> Any:
    """The derivative of a scalar by a symbol."""
    return expression.diff(by)


def choice(condition: Any, then: Any, otherwise: Any) -> Any:
    """One of two scalars by a condition; the scalar itself where the condition is known or does not matter."""
    if condition in (sympy.true, sympy.false):
        return then if condition == sympy.true else otherwise
    return then if then == otherwise else Choice(condition, then, otherwise)


def compared(relation: Any, left: Any, right: Any) -> Any:
    """A comparison: of numbers a truth value, of anything else left alone, as SymPy's reasoning can take very long."""
    return relation(left, right, evaluate=bool(left.is_number and right.is_number))
