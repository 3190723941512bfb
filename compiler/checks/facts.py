"""What the functions that definitions name are given of objects, and which objects have such a function."""

from __future__ import annotations

from collections.abc import Iterator

from metac.compiler import graph
from metac.compiler.checks.known_values import parameter_values
from metac.compiler.checks.once_a_design import once_a_design
from metac.compiler.constant_values import Environment, number_or_none, value_or_none
from metac.compiler.interfaces.attainability import BoundedMeasure, Facts
from metac.compiler.interfaces.values import Known
from metac.compiler.types import types


def judged(design: graph.DesignGraph, member: str) -> Iterator[tuple[graph.Node, str]]:
    """Objects whose definition names a function as this member, with the function: `"module:function"`."""
    for node in design.nodes.values():
        judge = judge_of(node, member)
        if judge is not None:
            yield node, judge


def judge_of(node: graph.Node, member: str) -> str | None:
    """The function that a node's definition names; None where it names none."""
    judge = value_or_none(node.members.get(member))
    return judge if isinstance(judge, str) else None


@once_a_design
def facts_of(design: graph.DesignGraph) -> FactReader:
    """What is known of the objects of a design; the same for all checks, which ask one after the other."""
    return FactReader(design, parameter_values(design))


class FactReader:
    """What is known of objects, as plain data; read by `facts_of`."""

    def __init__(self, design: graph.DesignGraph, parameters: Environment) -> None:
        self._design, self._parameters = design, parameters
        self._known: dict[str, Facts] = {}
        """By name: what two objects use twice each, level by level, would be looked at once for each way to it."""

    def of(self, node: graph.Node) -> Facts:
        """A node with those of its fields that are known."""
        if node.name not in self._known:
            self._known[node.name] = self._of(node)
        return self._known[node.name]

    def _of(self, node: graph.Node) -> Facts:
        fields = {name: self._value(value) for name, value in node.fields.items()}
        known = {name: value for name, value in fields.items() if value is not None}
        return Facts(node.name, node.definition.name, known, self._form(node))

    def _form(self, node: graph.Node) -> str | None:
        given = node.fields.get(node.definition.form_of or "")
        kind = None if given is None else given.type
        return kind.form if isinstance(kind, types.KindType) else node.definition.form

    def required(self) -> tuple[BoundedMeasure, ...]:
        """What is required of measures, as far as it is known."""
        found = []
        for each in self._design.requirements:
            node = self._design.nodes.get(each.measure.node) if isinstance(each.measure, graph.Reference) else None
            if node is not None:
                lower, upper = (number_or_none(bound, self._parameters) for bound in (each.lower, each.upper))
                found.append(BoundedMeasure(self.of(node), lower, upper))
        return tuple(found)

    def _value(self, value: graph.Expression) -> Known | Facts | tuple[object, ...]:
        if types.is_error(value.type):
            # What is wrong elsewhere need not be what the field may hold.
            return None
        if isinstance(value, graph.Reference):
            node = self._design.nodes.get(value.node)
            return None if node is None else self.of(node)
        if isinstance(value, graph.Sequence):
            return tuple(self._value(item) for item in value.items)
        return value_or_none(value, self._parameters)
