"""From declarations, constructors and measure calls to the objects that they name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from metac.compiler import graph
from metac.compiler.elaborate.expressions import Expressions
from metac.compiler.elaborate.given_fields import fields_of_call, fields_of_constructor
from metac.compiler.elaborate.input_variables import InputVariables
from metac.compiler.elaborate.instances import Instances, Use
from metac.compiler.elaborate.scope import FileScope, Scope
from metac.compiler.elaborate.typer import is_declared
from metac.compiler.library.unknown_names import (
    definition_not_found,
    unknown_definition,
    unknown_function,
    unknown_import,
    unknown_kind,
)
from metac.compiler.types import types
from metac.compiler.types.types import Type
from metac.compiler.types.wording import describe
from metac.dsl import ast
from metac.dsl.source import Span


class Objects(Instances):
    """Reads which objects are meant, where they are declared, constructed in place, or called."""

    def __init__(self, expressions: Expressions, chosen: Mapping[str, int] | None = None) -> None:
        """`chosen` are places in the lists of sweeps over objects, from 0; the first where a sweep is not named."""
        super().__init__(expressions)
        self.inputs = InputVariables(expressions, self.definition_body, chosen or {})
        expressions.objects, expressions.inputs = self, self.inputs
        self._references: dict[str, graph.Expression] = {}

    # Declarations

    def declared(self, statement: ast.Declaration, home: FileScope, span: Span) -> graph.Expression:
        """A reference to a declared object, which is made when it is first asked for."""
        name = home.prefix + statement.name.text
        if name not in self._references:
            with self._expressions.opened(name, statement, span) as fresh:
                made = self._declare(statement, home) if fresh else Expressions.error(span)
            self._references.setdefault(name, made)
        made = self._references[name]
        if isinstance(made, graph.Reference):
            return graph.Reference(made.node, made.type, span)
        return Expressions.error(span)

    def _declare(self, statement: ast.Declaration, home: FileScope) -> graph.Expression:
        kind, value = statement.kind, statement.value
        if not home.library.has_kind(kind.text) or kind.text == "kind":
            unknown_kind(kind, home.library)
            self._fields_alone(value, home)
            return Expressions.error(statement.span)
        picked = self._picked(value, kind.text, home)
        if picked is None:
            return Expressions.error(statement.span)
        return self._declared_as(picked, kind.text, home, statement)

    def _declared_as(
        self, value: ast.Expression, kind: str, home: FileScope, statement: ast.Declaration
    ) -> graph.Expression:
        """The object that stands behind the `=` of a declaration."""
        if isinstance(value, ast.Constructor):
            return self._construct(value, home, kind, statement)
        named = isinstance(value, ast.Name) and home.find(value.text) is None
        if named or (isinstance(value, ast.Attribute) and self._expressions.names_definition(value, home)):
            return self._by_name(value, home, kind, statement)
        if isinstance(value, ast.Call) and kind in home.library.called_kinds():
            return self._call(value, home, statement)
        result = self._expressions.require(value, home, types.KindType(kind), f"`{statement.name.text}`")
        return result if isinstance(result, graph.Reference) else Expressions.error(statement.span)

    def object_of(
        self, node: ast.Expression, kind: str, scope: Scope, statement: ast.Declaration | None
    ) -> graph.Expression:
        """The object that a definition of a kind says it is, with the name of `statement`."""
        picked = self._picked(node, kind, scope)
        if picked is None:
            return Expressions.error(node.span)
        if isinstance(picked, ast.Constructor):
            return self._construct(picked, scope, kind, statement)
        if isinstance(picked, ast.Name) and scope.find(picked.text) is None:
            return self._by_name(picked, scope, kind, statement)
        return self._expressions.require(picked, scope, types.KindType(kind), "what it is")

    def _picked(self, value: ast.Expression, kind: str, scope: Scope) -> ast.Expression | None:
        """The text of the object that known conditions pick; None where they are not known."""
        while isinstance(value, ast.Conditional):
            picked = self._expressions.branch(value, scope, types.KindType(kind))
            if picked is None:
                return None
            value = picked
        return value

    def _fields_alone(self, value: ast.Expression, scope: Scope) -> None:
        """Find what is wrong inside a constructor that itself is not known; a name there may be anything, a choice say."""
        if not isinstance(value, ast.Constructor):
            return
        for assignment in value.fields:
            if isinstance(assignment.value, ast.Name):
                scope.find(assignment.value.text)
            else:
                self._expressions.typed(assignment.value, scope)

    # Constructors

    def constructed(self, node: ast.Constructor, scope: Scope, expected: Type | None) -> graph.Expression:
        """A nested constructor: a reference to an anonymous node."""
        if isinstance(expected, types.KindType):
            return self._construct(node, scope, expected.kind, None)
        name, qualifier = node.name[-1], _qualifier(node)
        kinds = scope.library.kinds_with(name.text, qualifier.text if qualifier else None)
        if len(kinds) == 1:
            return self._construct(node, scope, kinds[0], None)
        self._report_unknown_object(name, qualifier, kinds, scope)
        self._fields_alone(node, scope)
        return Expressions.error(node.span)

    def _report_unknown_object(
        self, name: ast.Identifier, qualifier: ast.Identifier | None, kinds: Sequence[str], scope: Scope
    ) -> None:
        """M0217 where definitions of several kinds have a name, M0203 where none has."""
        library = scope.library
        if kinds:
            self.findings.error(
                "M0217",
                f"`{name.text}` could be {' or '.join(describe(types.KindType(kind)) for kind in kinds)}",
                name.span,
                help=f"declare it with its kind: `{kinds[0]} NAME = {name.text} {{ … }}`",
            )
        elif not library.has_lost(name.text, qualifier.text if qualifier else None):
            everything = {each for kind in library.kind_names() for each in library.names(kind)}
            unknown_definition(library, name, everything, "nothing in the library is called")

    def constructed_by_name(self, node: ast.Name | ast.Attribute, scope: Scope, expected: Type | None) -> graph.Expression:
        """A definition named without braces: `activation = tanh`."""
        if isinstance(expected, types.KindType):
            return self._by_name(node, scope, expected.kind, None)
        constructor = bare_constructor(node)
        assert constructor is not None
        return self.constructed(constructor, scope, expected)

    def _by_name(self, node: ast.Expression, scope: Scope, kind: str, statement: ast.Declaration | None) -> graph.Expression:
        constructor = bare_constructor(node)
        assert constructor is not None
        objects = None
        if isinstance(node, ast.Name) and statement is None:
            objects = [name for name in scope.names() if is_declared(scope.find_quietly(name), kind)]
        return self._construct(constructor, scope, kind, statement, objects)

    def _construct(
        self,
        node: ast.Constructor,
        scope: Scope,
        kind: str,
        statement: ast.Declaration | None,
        objects: list[str] | None = None,
    ) -> graph.Expression:
        name, qualifier, library = node.name[-1], _qualifier(node), scope.library
        if qualifier is not None and library.imported(qualifier.text) is None:
            unknown_import(library, qualifier)
            self._fields_alone(node, scope)
            return Expressions.error(node.span)
        definition = library.find(kind, name.text, qualifier.text if qualifier else None)
        if definition is None:
            definition_not_found(library, name, qualifier, kind, objects)
            self._fields_alone(node, scope)
            return Expressions.error(node.span)
        given = fields_of_constructor(node, definition, self.findings)
        return self.instance(definition, given, Use(scope, node.span, name.span, statement))

    # Calls

    def called(self, node: ast.Call, scope: Scope) -> graph.Expression:
        """A measure: `stress(pull)`."""
        return self._call(node, scope, None)

    def _call(self, node: ast.Call, scope: Scope, statement: ast.Declaration | None) -> graph.Expression:
        callee = node.function
        constructor = bare_constructor(callee)
        if constructor is None:
            return self._expressions.typed(node, scope)
        name, of_import, library = constructor.name[-1], _qualifier(constructor), scope.library
        qualifier = of_import.text if of_import else None
        if of_import is not None and library.imported(of_import.text) is None:
            unknown_import(library, of_import)
            return self._arguments_alone(node, scope)
        kinds = library.called_kinds()
        definition = next((each for kind in kinds if (each := library.find(kind, name.text, qualifier))), None)
        if definition is None:
            file = self._expressions.file_of(callee.value, scope) if isinstance(callee, ast.Attribute) else scope
            unknown_function(library, name, qualifier, () if file is None else file.names())
            return self._arguments_alone(node, scope)
        given = fields_of_call(node, name.text, definition, self.findings)
        return self.instance(definition, given, Use(scope, node.span, name.span, statement))

    def _arguments_alone(self, node: ast.Call, scope: Scope) -> graph.Expression:
        for argument in node.arguments:
            self._expressions.typed(argument.value, scope)
        return Expressions.error(node.span)


def _qualifier(node: ast.Constructor) -> ast.Identifier | None:
    """What stands before the last dot of a definition's name: that of an import, or of an import's import (`base.core`)."""
    before = node.name[:-1]
    if not before:
        return None
    return ast.Identifier(".".join(each.text for each in before), before[0].span.to(before[-1].span))


def bare_constructor(node: ast.Expression) -> ast.Constructor | None:
    """`tanh` or `lab.tanh` as a constructor without fields."""
    names: list[ast.Identifier] = []
    part = node
    while isinstance(part, ast.Attribute):
        names.append(part.name)
        part = part.value
    if not isinstance(part, ast.Name):
        return None
    return ast.Constructor((ast.Identifier(part.text, part.span), *reversed(names)), (), node.span)
