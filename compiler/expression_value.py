"""One expression by itself, without a spec: its value in words, as `metac eval` prints it."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import Any

from metac.compiler import graph
from metac.compiler.checks.ranges import reason_of
from metac.compiler.constant_values import Unknown, evaluate
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.elaborate import deep_recursion
from metac.compiler.elaborate.expressions import Expressions
from metac.compiler.elaborate.objects import Objects
from metac.compiler.elaborate.scope import Scope
from metac.compiler.elaborate.typer import TooLarge
from metac.compiler.interfaces.values import Range
from metac.compiler.library.imports import open_library
from metac.compiler.operators.implementations import NoComponent
from metac.compiler.types import types
from metac.compiler.types.literals import quantity
from metac.compiler.types.types import Type
from metac.compiler.types.units import internal_unit, parse_unit
from metac.compiler.types.wording import describe
from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from metac.dsl.parser import parse_expression
from metac.dsl.source import Source, Span

_DIGITS = 10
"""Significant digits that are shown."""


def shown_value(source: Source, unit: Source | None = None) -> str:
    """The value of an expression as a text: `3.006894757 MPa`, `true`, `[1, 2] mm`.

    Numbers are in the internal unit of their dimension, or in `unit`.

    Raises DiagnosticError with all that is wrong: the expression cannot be read or typed, has no value by itself (an object,
    a measure) or none at all (`1/0`), or it has another dimension than the unit.
    """
    parsed = parse_expression(source)
    if parsed.expression is None or parsed.diagnostics:
        raise DiagnosticError(parsed.diagnostics)
    findings = DiagnosticsSink()
    typed = _typed(parsed.expression, findings)
    findings.raise_errors()
    value = _value(typed, findings)
    findings.raise_errors()
    if unit is None:
        numbers = _numbers(typed.type)
        return _with_unit(_text(value), "" if numbers is None else internal_unit(numbers.dimension))
    scale = _scale(unit, typed, findings)
    findings.raise_errors()
    return _with_unit(_text(_divided(value, scale)), unit.text.strip())


def _typed(expression: ast.Expression, findings: DiagnosticsSink) -> graph.Expression:
    library = open_library(ast.Module((), expression.span), findings, Path())
    scope = Scope(library=library)
    expressions = Expressions(findings)
    Objects(expressions)
    try:
        with deep_recursion():
            return expressions.typed(expression, scope)
    except TooLarge:
        return Expressions.error(expression.span)


def _value(typed: graph.Expression, findings: DiagnosticsSink) -> Any:
    try:
        if isinstance(typed.type, types.CurveType):
            raise Unknown
        return evaluate(typed)
    except Unknown:
        findings.error(
            "M0403",
            f"{describe(typed.type)} has no value by itself",
            typed.span,
            help="numbers, truth values, texts, lists and ranges have; measures are worked out by `metac run`",
        )
    except NoComponent as problem:
        findings.error("M0408", str(problem), typed.span)
    except (ArithmeticError, ValueError) as problem:
        findings.error("M0414", "this value does not exist", typed.span, reason_of(problem))


def _numbers(kind: Type) -> types.NumberType | types.TensorType | types.GridType | None:
    """The type of the numbers in a value; None where there are none."""
    while isinstance(kind, types.ListType | types.RangeType):
        kind = kind.item
    return kind if isinstance(kind, types.NumberType | types.TensorType | types.GridType) else None


def _scale(unit: Source, typed: graph.Expression, findings: DiagnosticsSink) -> Fraction | float:
    text = unit.text.strip()
    span = Span(unit, 0, len(unit.text))
    numbers = _numbers(typed.type)
    asked = quantity(ast.Quantity(1.0, text, span, span), findings, None if numbers is None else numbers.dimension)
    if findings.failed:
        return 1
    dimension = parse_unit(text).dimension
    zero = isinstance(numbers, types.NumberType) and numbers.any_dimension
    if numbers is None:
        findings.error("M0402", f"{describe(typed.type)} has no unit", asked.span)
    elif numbers.dimension != dimension and not zero:
        findings.error(
            "M0402", f"the value is {numbers.dimension.words}, `{text}` is a unit of {dimension.words}", asked.span
        )
    return parse_unit(text).scale


def _divided(value: Any, scale: Fraction | float) -> Any:
    match value:
        case Range(start=start, stop=stop, step=step):
            return Range(_divided(start, scale), _divided(stop, scale), None if step is None else _divided(step, scale))
        case tuple():
            return tuple(_divided(item, scale) for item in value)
    if isinstance(scale, Fraction) and math.isfinite(value):
        return float(Fraction(value) / scale)
    return value / float(scale)


def _with_unit(text: str, unit: str) -> str:
    """A range in parentheses, so that its unit is seen to hold for both ends."""
    return f"({text}) {unit}" if unit and " .. " in text else f"{text} {unit}".strip()


def _text(value: object) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case Range(start=start, stop=stop, step=step):
            return f"{_text(start)} .. {_text(stop)}" + (f" by {_text(step)}" if step is not None else "")
        case tuple():
            return f"[{', '.join(map(_text, value))}]"
        case int():
            return str(value)
        case float():
            return f"{value:.{_DIGITS}g}"
    return str(value)
