"""Values of fields and parameters lie in the ranges that are declared for them, and those ranges are not empty."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from metac.compiler import graph
from metac.compiler.checks.known_values import known_fields, parameter_values, shown
from metac.compiler.constant_values import Environment, Unknown, evaluate, number_or_none, value_or_none
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.elaborate import Elaboration
from metac.compiler.graph_walk import free_names
from metac.compiler.interfaces.values import Range
from metac.compiler.types import types
from metac.compiler.types.types import Type
from metac.dsl.diagnostics.diagnostic import Diagnostic, Label

MOST_PER_CENT = 100
"""Larger numbers are not meant as percentages."""


def check_ranges(elaboration: Elaboration, findings: DiagnosticsSink) -> None:
    """M0304 for fields, M0305 for parameters, M0311 for ranges that hold nothing, M0414 for values that do not exist."""
    design = elaboration.design
    parameters = parameter_values(design)
    for body in elaboration.objects.definition_bodies.values():
        for interval in body.ranges.values():
            _not_empty(interval, {}, findings)
    for declaration in design.parameters.values():
        _check_parameter(design, declaration, parameters, findings)
    for node in (*design.nodes.values(), *elaboration.objects.expressed):
        _check_node(node, elaboration, parameters, findings)


def _check_parameter(
    design: graph.DesignGraph, declaration: graph.ParameterDeclaration, parameters: Environment, findings: DiagnosticsSink
) -> None:
    _exists(declaration.default, parameters, findings)
    if declaration.range is None or not _not_empty(declaration.range, parameters, findings):
        return
    values = [] if declaration.default is None else [declaration.default]
    for continuation in (*design.stages, *design.sweeps):
        if continuation.name == declaration.name:
            values.extend(continuation.values)
    for value in values:
        for part, number in _numbers(value, parameters):
            if (problem := _outside(number, declaration.range, parameters, declaration.type)) is not None:
                findings.error(
                    "M0305",
                    f"`{declaration.name}` must lie in {problem}, found {shown(part, number, declaration.type)}",
                    part.span,
                    "outside the range",
                    others=(Label(declaration.range.span, "its range"),),
                    help="change the value or the range",
                )


def _check_node(node: graph.Node, elaboration: Elaboration, parameters: Environment, findings: DiagnosticsSink) -> None:
    for name, value in node.fields.items():
        _exists(value, parameters, findings)
        sound = True
        for diagnostic in _beyond(node, name, elaboration, parameters):
            findings.add(diagnostic)
            sound = False
        if sound:
            _check_ends(node, name, elaboration, parameters, findings)


def _check_ends(
    node: graph.Node, field: str, elaboration: Elaboration, parameters: Environment, findings: DiagnosticsSink
) -> None:
    """A field whose value follows a parameter that varies lies in its range, and exists, at both ends of its range."""
    design = elaboration.design
    for name in free_names(node.fields[field]).parameters.keys() & design.varied - {node.name}:
        if not {"lower", "upper"} <= design.nodes[name].fields.keys():
            continue  # What is wrong with its range, or an object of the same name, is reported.
        ends = {end: number_or_none(design.nodes[name].fields[end], parameters) for end in ("lower", "upper")}
        if not all(value is not None and math.isfinite(value) for value in ends.values()):
            continue
        for end, value in ends.items():
            varied = {**parameters, name: value}
            place = Label(design.nodes[name].field_spans[end], f"where `{name}` may go")
            _exists(node.fields[field], varied, findings, place)
            beyond = next(_beyond(node, field, elaboration, varied), None)
            if beyond is not None:
                findings.add(replace(beyond, labels=(*beyond.labels, place), help=f"make the range of `{name}` smaller"))
                return


def _beyond(node: graph.Node, field: str, elaboration: Elaboration, parameters: Environment) -> Iterator[Diagnostic]:
    """M0304 for each number of a field that lies outside the range which the definition declares."""
    interval = elaboration.objects.definition_body(node.definition).ranges.get(field)
    if not isinstance(interval, graph.Interval):
        return
    kind = node.definition.fields[field].type
    known = known_fields(node, parameters, only=free_names(interval).variables)
    for part, number in _numbers(node.fields[field], parameters):
        problem = _outside(number, interval, known, kind)
        if problem is not None:
            own = part.span.source is node.span.source
            place = part.span if own else node.field_spans[field]
            others = () if place == part.span else (Label(part.span, "comes from here"),)
            yield Diagnostic(
                "M0304",
                f"`{field}` must lie in {problem}, found {shown(part, number, kind)}",
                (Label(place, f"outside the range of `{field}`"), *others),
                notes=_doc(node, field),
                help=_in_per_cent(part, number, interval, known, kind),
            )


def _in_per_cent(
    part: graph.Expression, number: float, interval: graph.Interval, known: Environment, kind: Type
) -> str | None:
    """`write `10 %`` for a bare 10 that would be in the range as a percentage."""
    text = part.span.text.strip()
    bare = isinstance(part, graph.Constant) and text.replace(".", "", 1).isdigit()
    if not isinstance(kind, types.NumberType) or kind.integer or not 1 < number <= MOST_PER_CENT:
        return None
    return f"write `{text} %`" if bare and _outside(number / 100, interval, known, kind) is None else None


def _doc(node: graph.Node, field: str) -> tuple[str, ...]:
    doc = node.definition.fields[field].doc
    return (f"`{field}` of {node.definition.name}: {doc}",) if doc else ()


def _numbers(value: graph.Expression, parameters: Environment) -> Iterator[tuple[graph.Expression, float]]:
    """The numbers in a value, each with the expression that it comes from; of a grid its least and its largest."""
    if isinstance(value.type, types.GridType):
        yield from _extremes(value, parameters)
        return
    if isinstance(value, graph.Sequence):
        for item in value.items:
            yield from _numbers(item, parameters)
        return
    if isinstance(value, graph.Interval):
        for end in (value.start, value.stop):
            yield from _numbers(end, parameters)
        return
    number = number_or_none(value, parameters)
    if number is not None:
        yield value, number


def _extremes(value: graph.Expression, parameters: Environment) -> Iterator[tuple[graph.Expression, float]]:
    rows = value_or_none(value, parameters)
    if not isinstance(rows, tuple):
        return
    literal = isinstance(value, graph.Sequence)
    pixels = [
        (number, value.items[i].items[j] if literal and isinstance(value.items[i], graph.Sequence) else value)  # type: ignore
        for i, row in enumerate(rows)
        for j, number in enumerate(row if isinstance(row, tuple) else ())
        if isinstance(number, int | float)
    ]
    for choose in (min, max) if pixels else ():
        number, place = choose(pixels, key=lambda pixel: pixel[0])
        yield place, number


def _outside(number: float, interval: graph.Interval, known: Environment, kind: Type) -> str | None:
    """The range in words where the number is not in it."""
    start, stop = number_or_none(interval.start, known), number_or_none(interval.stop, known)
    if (start is None or number >= start - _slack(interval.start, start)) and (
        stop is None or number <= stop + _slack(interval.stop, stop)
    ):
        return None
    low = "-inf" if start is None else shown(interval.start, start, kind)
    high = "inf" if stop is None else shown(interval.stop, stop, kind)
    return f"{low} .. {high}"


def _slack(bound: graph.Expression, value: float) -> float:
    """Bounds that are computed carry rounding errors; those that stand in the text do not."""
    return 0.0 if isinstance(bound, graph.Constant) or math.isinf(value) else 1e-12 * abs(value)


def _not_empty(interval: graph.Expression, known: Environment, findings: DiagnosticsSink) -> bool:
    value = value_or_none(interval, known)
    ends = [end for end in value[:2] if isinstance(end, int | float)] if isinstance(value, Range) else []
    if len(ends) < 2 or ends[0] <= ends[1]:
        return True
    findings.error(
        "M0311",
        "this range is empty: it ends before it starts",
        interval.span,
        help="write the smaller bound first",
    )
    return False


def _exists(value: graph.Expression | None, parameters: Environment, findings: DiagnosticsSink, *others: Label) -> None:
    """Find numbers that a formula with known values does not give: `1 / (a - a)`, `log(-1)`."""
    if value is None or isinstance(value, graph.Function):
        return
    try:
        evaluate(value, parameters)
    except (ArithmeticError, ValueError) as problem:
        findings.error("M0414", "this value does not exist", value.span, reason_of(problem), others=others)
    except (Unknown, TypeError, IndexError):
        return


def reason_of(problem: ArithmeticError | ValueError) -> str:
    """Why a value does not exist, in a few words."""
    if isinstance(problem, ZeroDivisionError):
        return "division by zero"
    if isinstance(problem, OverflowError):
        return "too large"
    return "a function is asked for where it has no value"
