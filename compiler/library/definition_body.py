"""What a definition computes, typed once for all its objects: defaults and ranges of its fields, its members.

In these expressions the fields stand as free variables of their names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from metac.compiler import graph
from metac.compiler.elaborate.bound_arguments import typed_by_its_dimension
from metac.compiler.elaborate.expressions import Expressions
from metac.compiler.elaborate.scope import Bound, FunctionBinding, LetBinding, Scope
from metac.compiler.library.definitions import SPOKEN_MEMBERS, Definition, FieldDefinition
from metac.compiler.library.lookup import Library
from metac.compiler.types import types
from metac.compiler.types.coercion import fit
from metac.compiler.types.types import Type
from metac.dsl import ast

LAW_DIMENSIONS = 3
"""`dim` in a definition: laws are written for three dimensions; plane bodies embed their deformation."""


@dataclass(frozen=True)
class DefinitionBody:
    """Typed expressions in terms of the fields."""

    defaults: Mapping[str, graph.Expression]
    ranges: Mapping[str, graph.Expression]
    members: Mapping[str, graph.Expression]
    broken: bool
    """Whether the definition itself has errors, so that its objects are not judged by it."""


def definition_body_of(definition: Definition, expressions: Expressions) -> DefinitionBody:
    """Type everything in a definition; what is wrong in it goes to the findings, at its place in the definition."""
    return _BodyReader(definition, expressions).read()


def add_own_names(definition: Definition, scope: Scope) -> None:
    """Add the `let`s and functions of a definition to a scope that has its fields."""
    for let in definition.lets.values():
        scope.add(let.name, LetBinding(let.name, let.value))
    for function in definition.functions.values():
        scope.add(function.name, FunctionBinding(function.name, function.parameters, function.body, scope))


def _branches(value: ast.Expression) -> Iterator[ast.Expression]:
    """An expression, or the objects between which a condition chooses."""
    if isinstance(value, ast.Conditional):
        yield from _branches(value.then)
        yield from _branches(value.otherwise)
    else:
        yield value


class _BodyReader:
    def __init__(self, definition: Definition, expressions: Expressions) -> None:
        self._definition, self._expressions = definition, expressions
        assert isinstance(definition.home, Library)
        self._scope = Scope(library=definition.home)
        for name, field in definition.fields.items():
            self._scope.entries[name] = Bound(graph.Variable(name, field.type, field.span))
        dimension = graph.Constant(LAW_DIMENSIONS, types.INTEGER, definition.span)
        self._scope.entries.setdefault("dim", Bound(dimension))
        add_own_names(definition, self._scope)

    def read(self) -> DefinitionBody:
        fields = self._definition.fields.values()
        defaults = {field.name: value for field in fields if (value := self._default(field)) is not None}
        ranges = {field.name: value for field in fields if (value := self._range(field)) is not None}
        for let in self._definition.lets.values():
            self._expressions.check(ast.Name(let.name.text, let.name.span), self._scope, let.name.span)
        self._check_expression()
        members = self._members()
        values = [*defaults.values(), *ranges.values(), *members.values()]
        broken = any(types.is_error(value.type) for value in values) or any(types.is_error(field.type) for field in fields)
        ranges = {name: value for name, value in ranges.items() if not types.is_error(value.type)}
        return DefinitionBody(MappingProxyType(defaults), MappingProxyType(ranges), MappingProxyType(members), broken)

    def _check_expression(self) -> None:
        """What is wrong in `is` whatever is given for the fields; what only a use makes known is not missed."""
        value = self._definition.expression
        if value is None:
            return
        inner = Scope(library=self._scope.library)
        for name, field in self._definition.fields.items():
            known = field.type if typed_by_its_dimension(field.type) else types.ERROR
            inner.entries[name] = Bound(graph.Variable(name, known, field.span))
        add_own_names(self._definition, inner)
        kind = self._definition.kind
        expected = None if kind.called else types.KindType(kind.name)
        with self._expressions.without_arguments():
            for branch in _branches(value):
                self._expressions.typed(branch, inner, expected)

    def _default(self, field: FieldDefinition) -> graph.Expression | None:
        if field.default is None:
            return None
        if field.optional:
            return graph.Constant(None, types.NOTHING, field.default.span)
        return self._expressions.require(field.default, self._scope, field.type, f"the default of `{field.name}`")

    def _range(self, field: FieldDefinition) -> graph.Expression | None:
        if field.range is None:
            return None
        expected = types.RangeType(types.bounded(field.type))
        return self._expressions.require(field.range, self._scope, expected, f"the range of `{field.name}`")

    def _members(self) -> dict[str, graph.Expression]:
        definition, found = self._definition, {}
        for name, member in definition.members.items():
            if name in SPOKEN_MEMBERS:
                continue
            asked = definition.kind.members.get(name)
            if name == "form" and asked is None:
                if definition.form is not None:
                    found[name] = graph.Constant(definition.form, types.ChoiceType((definition.form,)), member.span)
            elif name == "range" and isinstance(member, ast.SequenceSyntax):
                parts = tuple(self._expressions.typed(part, self._scope) for part in member.items)
                found[name] = graph.Sequence(parts, types.ListType(types.NOTHING), member.span)
            elif isinstance(member, ast.FunctionSyntax):
                found[name] = self._function(member, asked.type if asked else types.ERROR)
            elif asked is not None:
                found[name] = self._expressions.require(member, self._scope, asked.type, f"`{name}`")
            else:
                found[name] = self._expressions.typed(member, self._scope)
        for name, asked in definition.kind.members.items():
            if name not in found and asked.default is not None and definition.python is None:
                found[name] = self._expressions.require(
                    asked.default, Scope(library=self._scope.library), asked.type, f"`{name}`"
                )
        return found

    def _function(self, member: ast.FunctionSyntax, asked: Type) -> graph.Expression:
        made = FunctionBinding(member.name, member.parameters, member.body, self._scope)
        self._scope.entries.setdefault(member.name.text, made)
        value = self._expressions.function(made, member.span, asked)
        return fit(value, asked, f"`{member.name.text}`", self._expressions.findings)
