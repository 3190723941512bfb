"""Objects of early kinds are made while the spec is checked, so that what only they can judge is found before a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from metac.compiler import graph
from metac.compiler.checks.known_values import parameter_values
from metac.compiler.constant_values import Unknown, evaluate
from metac.compiler.diagnostics_sink import Findings
from metac.compiler.elaborate.elaborate import Elaboration
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.library.class_loading import load_class
from metac.compiler.library.conformance import static_problems
from metac.compiler.types import types
from metac.dsl.diagnostics.diagnostic import DiagnosticError, Label


class _NotNow(Exception):
    """The object has fields without value, or depends on an object that cannot be made now."""


def check_construction(elaboration: Elaboration, findings: Findings) -> None:
    """What the classes of early kinds say of their fields (`FieldError`), at the field; M0540 and codes of their own."""
    maker = _Maker(elaboration, findings)
    for node in elaboration.design.nodes.values():
        if node.definition.kind.early:
            maker.made(node.name)


class _Maker:
    def __init__(self, elaboration: Elaboration, findings: Findings) -> None:
        self._elaboration, self._findings = elaboration, findings
        self._parameters = parameter_values(elaboration.design)
        self._made: dict[str, Any] = {}

    def made(self, name: str) -> Any | None:
        """The object of a node, or None where it cannot be made."""
        if name not in self._made:
            self._made[name] = None
            node = self._elaboration.design.nodes.get(name)
            if node is not None and node.definition.kind.early:
                self._made[name] = self._make(node)
        return self._made[name]

    def _make(self, node: graph.Node) -> Any | None:
        definition = node.definition
        if self._elaboration.objects.interior(definition).broken or not _sound(node) or static_problems(definition):
            return None
        try:
            fields = {name: self._value(value, self._parameters) for name, value in node.fields.items()}
            if definition.python is None:
                members = {
                    name: self._value(value, fields)
                    for name, value in node.members.items()
                    if name in definition.kind.members
                }
                fields |= members
        except _NotNow:
            return None
        try:
            return load_class(definition)(**fields)
        except FieldError as problem:
            self._report(node, problem)
        except DiagnosticError as problem:
            for diagnostic in problem.diagnostics:
                self._findings.add(diagnostic)
        except Exception as problem:  # whatever a class from outside the library does
            self._findings.error(
                "M0573",
                f"the Python class of `{definition.name}` failed: {type(problem).__name__}: {problem}",
                node.span,
                notes=(f"the class is {definition.target}",),
                help="this is a defect of the class; it should raise `FieldError` for values that it refuses",
            )
        return None

    def _report(self, node: graph.Node, problem: FieldError) -> None:
        place = node.field_spans.get(problem.field, node.span)
        value = node.fields.get(problem.field)
        others: tuple[Label, ...] = ()
        if isinstance(value, graph.Reference) and value.node in self._elaboration.design.nodes:
            target = self._elaboration.design.nodes[value.node]
            if target.span != place and not target.name.startswith("_"):
                others = (Label(target.span, f"`{target.name}` is made here"),)
        self._findings.error(problem.code, problem.message, place, others=others, help=problem.help)

    def _value(self, value: graph.Expression, names: Mapping[str, Any]) -> Any:
        """A concrete value as classes take it: numbers, texts, tuples, objects."""
        match value:
            case graph.Reference(node=node):
                made = self.made(node)
                if made is None:
                    raise _NotNow
                return made
            case graph.Sequence(items=items) if _holds_objects(value.type):
                return tuple(self._value(item, names) for item in items)
        try:
            return evaluate(value, names)
        except (Unknown, ArithmeticError, ValueError, TypeError, IndexError):
            raise _NotNow from None


def _sound(node: graph.Node) -> bool:
    """Whether every field has a value, and none is already reported."""
    return node.fields.keys() == node.definition.fields.keys() and not any(
        types.is_error(value.type) for value in node.fields.values()
    )


def _holds_objects(kind: types.Type) -> bool:
    while isinstance(kind, types.ListType):
        kind = kind.item
    return isinstance(kind, types.KindType)
