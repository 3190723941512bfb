"""Numbers and quantities: from what stands in the text to internal units."""

from __future__ import annotations

import math
from collections.abc import Callable

from metac.compiler import graph
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.override_values import GivenSource
from metac.compiler.types import types
from metac.compiler.types.dimensions import Dimension
from metac.compiler.types.units import (
    FOREIGN,
    TEMPERATURES,
    Unit,
    UnknownUnit,
    in_kelvin,
    parse_unit,
    symbols,
    to_internal,
    unit_of_text,
)
from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Fix
from metac.dsl.source import Span


def number(node: ast.Number, value: float, findings: DiagnosticsSink) -> graph.Expression:
    """A number as written; a zero, and a number given from Python, has whatever unit is asked for."""
    if value == 0:
        return graph.Constant(0 if node.is_integer else 0.0, types.NumberType(integer=True, any_dimension=True), node.span)
    if not math.isfinite(value):
        return _not_finite(node.span, findings)
    given = isinstance(node.span.source, GivenSource)
    kind = types.NumberType(integer=node.is_integer, any_dimension=given)
    return graph.Constant(int(value) if node.is_integer else value, kind, node.span)


Units = Callable[[str], Unit | None]
"""Units by their symbol."""


def quantity(
    node: ast.Quantity, findings: DiagnosticsSink, expected: Dimension | None = None, own: Units | None = None
) -> graph.Expression:
    """A quantity in internal units.

    Args:
        node: what stands there.
        findings: takes what is wrong with it.
        expected: what is asked for, for what may be meant by an unknown unit.
        own: units of a spec's own.
    """
    try:
        unit = parse_unit(node.unit) if own is None else _with_own(node.unit, own)
        value = to_internal(node.value, unit)
    except UnknownUnit as problem:
        return _unknown_unit(node, problem, findings, expected)
    except OverflowError:
        return _not_finite(node.span, findings)
    if not math.isfinite(value):
        return _not_finite(node.span, findings)
    return graph.Constant(value, types.NumberType(unit.dimension), node.span)


def _with_own(text: str, own: Units) -> Unit:
    """Of units that the spec declares as well; raises as `parse_unit`."""
    try:
        return parse_unit(text)
    except UnknownUnit:
        return unit_of_text(text, lambda symbol: symbols().get(symbol) or own(symbol))


def _unknown_unit(
    node: ast.Quantity, problem: UnknownUnit, findings: DiagnosticsSink, expected: Dimension | None
) -> graph.Expression:
    meant = problem.suggestion
    corrected = node.unit.replace(problem.symbol, meant) if meant else None
    if corrected and expected is not None and not _has_dimension(corrected, expected):
        meant = corrected = None
    if problem.wrong_case and meant:
        findings.error(
            "M0416",
            f"`{problem.symbol}` is not a unit; `{meant}` is",
            node.unit_span,
            "upper and lower case differ",
            notes=("`m` is milli or metre, `M` is mega",) if problem.symbol[:1] in "mM" else (),
            help=f"write `{corrected}`",
            fix=Fix(node.unit_span, corrected or meant),
        )
        return graph.Constant(None, types.ERROR, node.span)
    help = f"did you mean `{corrected}`?" if corrected else "units are products such as `N/mm^2`, `kg/m^3`, `%`, `°`"
    if problem.symbol in TEMPERATURES:
        help = _in_kelvin(node, problem.symbol)
    elif problem.symbol in FOREIGN:
        help = f"1 {problem.symbol} is {FOREIGN[problem.symbol]}"
    elif any(sign in node.unit for sign in "*/") and problem.symbol.isidentifier():
        start = node.unit.index(problem.symbol)
        before, sign = node.unit[: start - 1], node.unit[start - 1]
        if before and sign in "*/":
            spaced = f"{node.span.text[: node.span.text.index(node.unit)]}{before} {sign} {node.unit[start:]}"
            help = f"if `{problem.symbol}` is a name, put spaces around `{sign}`: `{spaced}`"
    findings.error("M0401", f"there is no unit `{problem.symbol}`", node.unit_span, "unknown unit", help=help)
    return graph.Constant(None, types.ERROR, node.span)


def _in_kelvin(node: ast.Quantity, scale: str) -> str:
    """How a quantity in degrees is written in kelvin, of which it may mean two."""
    if node.unit != scale:
        return "write `K`: in a product of units a degree is a difference of temperatures"
    temperature, difference = in_kelvin(node.value, scale)
    text = f"{node.value:.10g} {scale}"
    return f"write kelvin: the temperature {text} is `{temperature:.10g} K`, a difference of {text} is `{difference:.10g} K`"


def _has_dimension(unit: str, dimension: Dimension) -> bool:
    try:
        return parse_unit(unit).dimension == dimension
    except UnknownUnit:
        return False


def _not_finite(span: Span, findings: DiagnosticsSink) -> graph.Expression:
    findings.error("M0414", "this number is too large", span, help="the largest is about 1.8e308")
    return graph.Constant(None, types.ERROR, span)
