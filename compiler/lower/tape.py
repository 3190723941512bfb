"""Derivatives of a formula step by step: each intermediate quantity has a name, and so has its slope.

SymPy's `diff` of a formula that is written out grows with every use of an inner quantity; by the chain rule over named steps
(forward accumulation) the derivatives stay about as long as the formula.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import sympy


class Tape:
    """A scalar over some variables as named steps; slopes that are asked for are added to them."""

    def __init__(self, formula: sympy.Expr, variables: Sequence[sympy.Symbol]) -> None:
        self.steps: dict[sympy.Symbol, sympy.Expr] = {}
        """What each name stands for, in terms of variables, other symbols and earlier names."""
        self._variables = tuple(variables)
        self._fresh: Iterator[sympy.Dummy] = (sympy.Dummy(f"s{index}", real=True) for index in count())
        self._slopes: dict[tuple[sympy.Symbol, sympy.Symbol], sympy.Expr] = {}
        self._partial: dict[tuple[sympy.Expr, sympy.Symbol], sympy.Expr] = {}
        shared, (self.value,) = sympy.cse([formula], symbols=self._fresh, order="canonical")
        for name, value in shared:
            self.steps[name] = value

    def slope(self, expression: Any, variable: sympy.Symbol) -> sympy.Expr:
        """The derivative of an expression over the names by one of the variables."""
        terms = [self._by(expression, variable)]
        for name in sorted(expression.free_symbols & self.steps.keys(), key=lambda name: name.sort_key()):
            partial = self._by(expression, name)
            if partial != 0:
                terms.append(partial * self._slope_of(name, variable))
        return sympy.Add(*terms)

    def _slope_of(self, name: sympy.Symbol, variable: sympy.Symbol) -> sympy.Expr:
        key = (name, variable)
        if key not in self._slopes:
            slope = self.slope(self.steps[name], variable)
            if not slope.is_Atom:
                named = next(self._fresh)
                self.steps[named] = slope
                slope = named
            self._slopes[key] = slope
        return self._slopes[key]

    def _by(self, expression: Any, symbol: sympy.Symbol) -> sympy.Expr:
        key = (expression, symbol)
        if key not in self._partial:
            self._partial[key] = expression.diff(symbol)
        return self._partial[key]
