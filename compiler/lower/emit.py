"""SymPy expressions as a Python function over numpy or `jax.numpy` arrays.

The function is built as a syntax tree from SymPy objects of our own making, with common sub-expressions shared by all its
outputs, and compiled from that tree: no text takes part.
"""

from __future__ import annotations

import ast
import keyword
import math
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from graphlib import TopologicalSorter
from itertools import count
from typing import Any

import sympy
from sympy.logic.boolalg import BooleanAtom, BooleanFunction

from metac.compiler.lower.cases import Choice, Magnitude, Maximum, Minimum, Rounded
from metac.compiler.lower.generated_function import GeneratedFunction, function_of, number
from metac.compiler.lower.symbolic_arrays import elementary_functions

LARGEST_INTEGER = 2**31
"""Larger whole numbers are written as floating-point numbers, as array libraries would overflow."""

FUNCTIONS: dict[type, str] = {
    sympy.Abs: "abs",
    sympy.sign: "sign",
    sympy.floor: "floor",
    sympy.ceiling: "ceil",
    Maximum: "maximum",
    Minimum: "minimum",
    Magnitude: "abs",
    Rounded: "round",
    Choice: "where",
    sympy.And: "logical_and",
    sympy.Or: "logical_or",
    sympy.Not: "logical_not",
}
"""Numpy's names of SymPy's functions, beside the elementary ones in the table of operators."""
COMPARISONS: dict[type, type[ast.cmpop]] = {
    sympy.StrictLessThan: ast.Lt,
    sympy.LessThan: ast.LtE,
    sympy.StrictGreaterThan: ast.Gt,
    sympy.GreaterThan: ast.GtE,
    sympy.Equality: ast.Eq,
    sympy.Unequality: ast.NotEq,
}


def generate(
    name: str,
    arguments: Sequence[sympy.Symbol],
    outputs: Sequence[Any],
    doc: str = "",
    steps: Mapping[sympy.Symbol, Any] | None = None,
) -> GeneratedFunction:
    """A function of `arguments` that gives `outputs` (SymPy scalars or booleans), common sub-expressions shared.

    `steps` are what names in the outputs, and in other steps, stand for; those that the outputs do not need are left out.
    Raises ValueError where an output holds anything that has no numerical form.
    """
    writer = _ExpressionWriter(arguments)
    definition = ast.FunctionDef(name, _parameters(), [], [])
    if doc:
        definition.body.append(ast.Expr(ast.Constant(doc)))
    if arguments:
        names: list[ast.expr] = [ast.Name(writer.names[argument], ast.Store()) for argument in arguments]
        definition.body.append(ast.Assign([ast.Tuple(names, ast.Store())], _name("values")))
    assigned, reduced = _shared([sympy.sympify(output, strict=True) for output in outputs], steps or {})
    for temporary, value in assigned.items():
        written = writer.write(value)
        definition.body.append(ast.Assign([ast.Name(writer.declare(temporary), ast.Store())], written))
    definition.body.append(ast.Return(ast.Tuple([writer.write(output) for output in reduced], ast.Load())))
    if "type_params" in ast.FunctionDef._fields:  # from Python 3.12
        setattr(definition, "type_params", [])  # noqa: B010
    return function_of(definition)


def _parameters() -> ast.arguments:
    return ast.arguments(posonlyargs=[], args=[ast.arg("xp"), ast.arg("values")], kwonlyargs=[], kw_defaults=[], defaults=[])


def _shared(outputs: Sequence[Any], steps: Mapping[sympy.Symbol, Any]) -> tuple[dict[sympy.Symbol, Any], list[Any]]:
    """Steps and common sub-expressions, each in terms of earlier ones only, and the outputs in terms of them."""
    needed: dict[sympy.Symbol, Any] = {}
    waiting = list(outputs)
    while waiting:
        for symbol in waiting.pop().free_symbols & steps.keys():
            if symbol not in needed:
                needed[symbol] = steps[symbol]
                waiting.append(steps[symbol])
    kept = [symbol for symbol in steps if symbol in needed]
    fresh = (sympy.Dummy(f"x{index}", real=True) for index in count())
    found: Any = sympy.cse([*(steps[symbol] for symbol in kept), *outputs], symbols=fresh, order="canonical")
    common, reduced = found
    values = {**dict(common), **dict(zip(kept, reduced, strict=False))}
    order = {symbol: place for place, symbol in enumerate(values)}
    depends = {symbol: sorted(value.free_symbols & values.keys(), key=order.__getitem__) for symbol, value in values.items()}
    return {symbol: values[symbol] for symbol in TopologicalSorter(depends).static_order()}, reduced[len(kept) :]


def _name(name: str) -> ast.expr:
    return ast.Name(name, ast.Load())


def _call(name: str, *arguments: ast.expr) -> ast.expr:
    return ast.Call(ast.Attribute(_name("xp"), name, ast.Load()), list(arguments), [])


def _binary(operator: ast.operator) -> Callable[[ast.expr, ast.expr], ast.expr]:
    return lambda left, right: ast.BinOp(left, operator, right)


class _ExpressionWriter:
    """SymPy nodes to Python nodes; `names` keeps every symbol's Python name unique."""

    def __init__(self, arguments: Sequence[sympy.Symbol]) -> None:
        self.names: dict[sympy.Symbol, str] = {}
        self.taken = {"xp", "values"}
        self.functions = {**elementary_functions(), **FUNCTIONS}
        for argument in arguments:
            self.declare(argument)

    def declare(self, symbol: sympy.Symbol) -> str:
        name = "".join(letter if letter.isalnum() else "_" for letter in symbol.name) or "_"
        if not name.isidentifier() or keyword.iskeyword(name):
            name = f"_{name}"
        while name in self.taken:
            name += "_"
        self.taken.add(name)
        self.names[symbol] = name
        return name

    def write(self, expression: Any) -> ast.expr:
        match expression:
            case sympy.Symbol():
                return _name(self.names[expression])
            case BooleanAtom():
                return ast.Constant(bool(expression))
            case sympy.Integer() if abs(int(expression)) < LARGEST_INTEGER:
                return number(int(expression))
            case sympy.Number() | sympy.NumberSymbol():
                return number(float(expression))
            case sympy.Add():
                return self._sum(expression)
            case sympy.Mul():
                return self._product(expression)
            case sympy.Pow():
                return self._power(expression)
            case sympy.core.relational.Relational():
                left, right = (self.write(side) for side in expression.args)
                return ast.Compare(left, [COMPARISONS[type(expression)]()], [right])
            case sympy.Function() | BooleanFunction():
                return self._function(expression)
        if expression in (sympy.zoo, sympy.nan):
            return number(math.nan)
        raise ValueError(f"no numerical form for {expression}")

    def _sum(self, expression: sympy.Add) -> ast.expr:
        terms: list[Any] = sorted(expression.as_ordered_terms(), key=_negative)
        result = self.write(terms[0])
        for term in terms[1:]:
            if _negative(term):
                result = ast.BinOp(result, ast.Sub(), self.write(-term))
            else:
                result = ast.BinOp(result, ast.Add(), self.write(term))
        return result

    def _product(self, expression: sympy.Mul) -> ast.expr:
        coefficient, rest = expression.as_coeff_Mul()
        if coefficient == -1:
            return ast.UnaryOp(ast.USub(), self.write(rest))
        above, below = [], []
        for factor in expression.as_ordered_factors():
            base, exponent = factor.as_base_exp()
            if exponent.is_Rational and exponent.is_negative and not base.is_Number:
                below.append(base**-exponent)
            else:
                above.append(factor)
        multiply = _binary(ast.Mult())
        numerator = reduce(multiply, map(self.write, above)) if above else number(1)
        if not below:
            return numerator
        return ast.BinOp(numerator, ast.Div(), reduce(multiply, map(self.write, below)))

    def _power(self, expression: sympy.Pow) -> ast.expr:
        base, exponent = expression.as_base_exp()
        if exponent.is_Rational and exponent.is_negative:
            return ast.BinOp(number(1), ast.Div(), self.write(base**-exponent))
        if exponent == sympy.S.Half:
            return _call("sqrt", self.write(base))
        return ast.BinOp(self.write(base), ast.Pow(), self.write(exponent))

    def _function(self, expression: Any) -> ast.expr:
        name = self.functions.get(expression.func)
        if name is None:
            raise ValueError(f"no numerical form for {expression.func}")
        arguments = [self.write(argument) for argument in expression.args]
        if isinstance(expression, sympy.And | sympy.Or):
            return reduce(lambda left, right: _call(name, left, right), arguments)
        return _call(name, *arguments)


def _negative(term: Any) -> bool:
    return term.could_extract_minus_sign()
