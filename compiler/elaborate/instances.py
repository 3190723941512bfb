"""From a definition and what is given for its fields to a node of the graph, or to what the definition stands for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from metac.compiler import graph
from metac.compiler.constant_values import substitute
from metac.compiler.diagnostics_sink import listing
from metac.compiler.elaborate.expressions import Expressions
from metac.compiler.elaborate.given_fields import GivenFields, present_name
from metac.compiler.elaborate.nodes import Nodes, kind_of
from metac.compiler.elaborate.override_values import is_given
from metac.compiler.elaborate.scope import Bound, Scope
from metac.compiler.elaborate.successors import in_new_words
from metac.compiler.library.definition_body import DefinitionBody, add_own_names, definition_body_of
from metac.compiler.library.definitions import Definition, FieldDefinition
from metac.compiler.library.lookup import Library
from metac.compiler.library.unknown_names import missing_fields, unknown_fields
from metac.compiler.types import types
from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Fix, Label
from metac.dsl.diagnostics.suggest import suggest
from metac.dsl.source import Span


@dataclass(frozen=True)
class Use:
    """A place where a definition is used."""

    scope: Scope
    span: Span
    """Of the whole constructor or call."""
    name: Span
    """Of the definition's name in it."""
    statement: ast.Declaration | None
    """The declaration whose object is made; None where it is made in place."""

    @property
    def declares(self) -> str:
        """The object's name in the graph; nothing where it has none."""
        if self.statement is None or self.scope.declares is None:
            return ""
        return self.scope.declares + self.statement.name.text


@dataclass(frozen=True)
class Fields:
    """The typed fields of one use of a definition."""

    values: Mapping[str, graph.Expression]
    """Those that are given, and the defaults of the others."""
    spans: Mapping[str, Span]
    """Where each was given; the definition's name where it was not."""
    sound: bool
    """Whether all that are needed are there, without errors."""

    def node(self, definition: Definition, span: Span, name: str = "", members: DefinitionBody | None = None) -> graph.Node:
        """The node of the graph that has them."""
        return graph.Node(
            name,
            definition.kind.name,
            definition,
            MappingProxyType(dict(self.values)),
            MappingProxyType({}) if members is None else members.members,
            span,
            MappingProxyType(dict(self.spans)),
        )


class Instances(ABC):
    """Makes the nodes; `object_of` reads the object that a definition says it is."""

    def __init__(self, expressions: Expressions) -> None:
        self._expressions = expressions
        self.findings = expressions.findings
        self.nodes = Nodes()
        self.expressed: list[graph.Node] = []
        """What was given to definitions that say what they are in terms of others: no nodes of the graph."""
        self._given_to: dict[str, Mapping[str, graph.Expression]] = {}
        """The same by the name of the object that came of it."""
        self.definition_bodies: dict[int, DefinitionBody] = {}
        """By the identity of the definition."""

    @abstractmethod
    def object_of(
        self, node: ast.Expression, kind: str, scope: Scope, statement: ast.Declaration | None
    ) -> graph.Expression:
        """The object that a definition of a kind says it is, with the name of `statement`."""

    def definition_body(self, definition: Definition) -> DefinitionBody:
        """The definition's typed inside; its names are looked up where the definition stands, not where it is used."""
        if id(definition) not in self.definition_bodies:
            with self._expressions.opened(definition.name, definition, definition.span) as fresh:
                empty = DefinitionBody(MappingProxyType({}), MappingProxyType({}), MappingProxyType({}), broken=True)
                self.definition_bodies[id(definition)] = (
                    definition_body_of(definition, self._expressions) if fresh else empty
                )
        return self.definition_bodies[id(definition)]

    def instance(self, definition: Definition, given: GivenFields, use: Use) -> graph.Expression:
        """A reference to the object of a definition, or the value of one that says what it is in terms of others."""
        body = self.definition_body(definition)
        if definition.deprecated is not None:
            self._report_deprecated(definition, given, use)
        fields = self._fields(definition, body, given, use)
        if definition.expression is not None:
            if not fields.sound:
                return graph.Constant(None, types.ERROR, use.span)
            self.expressed.append(fields.node(definition, use.span))
            return self._expressed(definition, definition.expression, fields.values, use)
        if not fields.sound and use.statement is None:
            # What an anonymous object would be is known, so whoever uses it is still checked; the node is not made.
            return graph.Constant(None, types.ERROR, use.span)
        span = use.statement.span if use.statement else use.span
        name = self.nodes.add(fields.node(definition, span, use.declares, body))
        called = definition.gives if definition.kind.called else None
        return graph.Reference(name, called or kind_of(definition, fields.values), use.span)

    def _report_deprecated(self, definition: Definition, given: GivenFields, use: Use) -> None:
        # What is put in from outside is no text of the spec: nothing in it can be rewritten.
        outside = any(is_given(part.span) for _, part in given.values())
        fix = None if outside else in_new_words(definition, given, use.span, use.name)
        self.findings.error(
            "M0225",
            f"`{definition.name}` is deprecated",
            use.name,
            help=f"{f'write `{fix.replacement}`' if fix else definition.deprecated}; the former name will stop working",
            fix=fix,
            severity="warning",
        )

    def _fields(self, definition: Definition, body: DefinitionBody, given: GivenFields, use: Use) -> Fields:
        """What is given, typed, and defaults in terms of it; M0301 and M0302 for unknown and for missing fields."""
        values: dict[str, graph.Expression] = {}
        spans: dict[str, Span] = {}
        missing: list[FieldDefinition] = []
        for name, field in definition.fields.items():
            spans[name] = use.name
            if name in given:
                values[name] = self._value(field, given[name][1], use.scope)
                spans[name] = given[name][1].span
            elif name in body.defaults:
                values[name] = substitute(body.defaults[name], values)
            elif field.default is None:
                missing.append(field)
        written = [identifier for identifier, _ in given.values() if identifier is not None]
        missing_fields(definition, unknown_fields(definition, written, missing, self.findings), use.name, self.findings)
        return Fields(values, spans, not missing and not any(types.is_error(value.type) for value in values.values()))

    def _value(self, field: FieldDefinition, value: ast.Expression, scope: Scope) -> graph.Expression:
        if field.optional and isinstance(value, ast.Nothing):
            return graph.Constant(None, types.NOTHING, value.span)
        return self._expressions.require(value, scope, field.type, f"`{field.name}`")

    def _expressed(
        self, definition: Definition, value: ast.Expression, fields: Mapping[str, graph.Expression], use: Use
    ) -> graph.Expression:
        """The object, or value, of a definition that says what it is in terms of others."""
        inner = _inside(definition, fields, use.scope)
        kind = definition.kind
        with self._expressions.opened(definition.name, definition, use.span) as fresh:
            if not fresh:
                return graph.Constant(None, types.ERROR, use.span)
            self.findings.context.append(Label(use.span, f"`{definition.name}` is used here"))
            try:
                if kind.called:
                    found = self._expressions.typed(value, inner)
                else:
                    found = self.object_of(value, kind.name, inner, use.statement)
            finally:
                self.findings.context.pop()
        if isinstance(found, graph.Reference) and use.statement is not None:
            self._given_to[found.node] = fields
        return replace(found, span=use.span)

    def field_of(self, reference: graph.Reference, name: ast.Identifier, span: Span) -> graph.Expression:
        """`warp.steps`: the value of another object's field."""
        node = self.nodes.by_name.get(reference.node)
        if node is None:
            return Expressions.error(span)
        if name.text in (given := self._given_to.get(reference.node, {})):
            return given[name.text]
        if name.text in node.fields:
            return node.fields[name.text]
        if name.text in node.definition.renamed:
            present = present_name(node.definition, name, self.findings)
            return self.field_of(reference, ast.Identifier(present, name.span), span)
        if name.text not in node.definition.fields:
            self._report_unknown_field(node.definition, name)
        return Expressions.error(span)

    def _report_unknown_field(self, definition: Definition, name: ast.Identifier) -> None:
        meant = suggest(name.text, definition.fields)
        self.findings.error(
            "M0415",
            f"{definition.name} has no field `{name.text}`",
            name.span,
            "unknown field",
            notes=(f"its fields are {listing(definition.fields)}",) if definition.fields else (),
            help=f"did you mean `{meant}`?" if meant else None,
            fix=Fix(name.span, meant) if meant else None,
        )


def _inside(definition: Definition, fields: Mapping[str, graph.Expression], around: Scope) -> Scope:
    """The names that a definition's text sees: its fields, what else it defines, and those of its library."""
    assert isinstance(definition.home, Library)
    inner = Scope(library=definition.home)
    inner.declares = around.declares
    for name, given in fields.items():
        inner.entries[name] = Bound(given)
    add_own_names(definition, inner)
    return inner
