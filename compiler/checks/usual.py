"""Slips of a unit: the largest value of a dimension, of all objects of a kind, lies where the kind says such values lie."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from metac.compiler import graph
from metac.compiler.checks.known_values import parameter_values, shown
from metac.compiler.constant_values import Environment, number_or_none
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.elaborate import Elaboration
from metac.compiler.library.definitions import Kind, Usual
from metac.compiler.types import types


class _Value(NamedTuple):
    number: float
    field: str
    node: graph.Node

    @property
    def written(self) -> bool:
        """Whether it is a number of the text, not a formula."""
        return isinstance(self.node.fields[self.field], graph.Constant)


def check_usual(elaboration: Elaboration, findings: DiagnosticsSink) -> None:
    """M0655, a warning, for values beyond what is `usual`, and for the largest one where all are below.

    One value may well be tiny, of a phase that stands for a void; all of them are a slip.
    """
    design = elaboration.design
    parameters = parameter_values(design)
    by_kind: dict[Kind, list[_Value]] = {}
    for node in design.nodes.values():
        kind = node.definition.kind
        if kind.usual is not None:
            by_kind.setdefault(kind, []).extend(_values(node, kind.usual, parameters))
    for kind, values in by_kind.items():
        assert kind.usual is not None
        largest = max(values, key=lambda value: (value.number, value.written), default=None)
        if largest is not None and 0 < largest.number < kind.usual.least:
            _tell(findings, largest, kind, "smaller")
        # Once an object, where it is written: other values may follow from that one.
        beyond = [value for value in values if value.number > kind.usual.most]
        for node in dict.fromkeys(value.node.name for value in beyond):
            own = [value for value in beyond if value.node.name == node]
            _tell(findings, next((value for value in own if value.written), own[0]), kind, "larger")


def _values(node: graph.Node, usual: Usual, parameters: Environment) -> Iterator[_Value]:
    for field, value in node.fields.items():
        if isinstance(value.type, types.NumberType) and value.type.dimension == usual.dimension:
            number = number_or_none(value, parameters)
            if number is not None:
                yield _Value(number, field, node)


def _tell(findings: DiagnosticsSink, value: _Value, kind: Kind, how: str) -> None:
    assert kind.usual is not None
    expression = value.node.fields[value.field]
    findings.error(
        "M0655",
        f"`{value.field}` of this {kind.name} is far {how} than usual: {shown(expression, value.number, expression.type)}",
        value.node.field_spans.get(value.field, value.node.span),
        notes=(f"usual is {kind.usual.words}",),
        help="look at the unit",
        severity="warning",
    )
