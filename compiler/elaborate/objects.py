"""From constructors and measure calls to nodes of the graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from metac.compiler import graph
from metac.compiler.constant_values import substitute
from metac.compiler.diagnostics_sink import listing
from metac.compiler.elaborate.expressions import Expressions
from metac.compiler.elaborate.nodes import Nodes, kind_of
from metac.compiler.elaborate.overrides import is_given
from metac.compiler.elaborate.scope import Bound, FileScope, Scope
from metac.compiler.elaborate.successors import Assigned, in_new_words
from metac.compiler.elaborate.typer import is_declared
from metac.compiler.library.definition_body import DefinitionBody, add_own_names, definition_body_of
from metac.compiler.library.definitions import Definition, FieldDefinition
from metac.compiler.library.lookup import Library
from metac.compiler.library.unknown_names import (
    definition_not_found,
    missing_fields,
    unknown_definition,
    unknown_fields,
    unknown_function,
    unknown_import,
    unknown_kind,
)
from metac.compiler.types import types
from metac.compiler.types.types import Type, describe
from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Fix, Label
from metac.dsl.diagnostics.suggest import suggest
from metac.dsl.source import Span

"""By field: its name where it was written, and the value."""


class Objects:
    """Reads what objects are made of, where they are declared, constructed in place, or called."""

    def __init__(self, expressions: Expressions, chosen: Mapping[str, int] | None = None) -> None:
        """`chosen` are places in the lists of sweeps over objects, from 0; the first where a sweep is not named."""
        self._expressions = expressions
        self._chosen = chosen or {}
        self.findings = expressions.findings
        expressions.objects = self
        self.nodes = Nodes()
        self.expressed: list[graph.Node] = []
        """What was given to definitions that say what they are in terms of others: no nodes of the graph."""
        self._given_to: dict[str, Mapping[str, graph.Expression]] = {}
        """The same by the name of the object that came of it."""
        self.definition_bodies: dict[int, DefinitionBody] = {}
        self._references: dict[str, graph.Expression] = {}
        self._inputs: dict[str, Type] = {}
        self._swept: dict[str, tuple[graph.Expression, ...]] = {}
        """By stage or sweep, what it goes through."""
        self._sources: dict[str, tuple[ast.Param | ast.Stage | ast.Sweep, FileScope]] = {}
        self.varied_params: dict[str, tuple[Definition, Span]] = {}
        """By the name of a `param` that varies: the definition that stands for it, and where it is asked to vary."""

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
        expected = types.KindType(kind.text)
        while isinstance(value, ast.Conditional):
            picked = self._expressions.branch(value, home, expected)
            if picked is None:
                return Expressions.error(statement.span)
            value = picked
        if isinstance(value, ast.Constructor):
            return self._construct(value, home, kind.text, statement)
        named = isinstance(value, ast.Name) and home.find(value.text) is None
        if named or (isinstance(value, ast.Attribute) and self._expressions.names_definition(value, home)):
            return self._by_name(value, home, kind.text, statement)
        if isinstance(value, ast.Call) and kind.text in home.library.called_kinds():
            return self._call(value, home, statement)
        result = self._expressions.require(value, home, expected, f"`{statement.name.text}`")
        return result if isinstance(result, graph.Reference) else Expressions.error(statement.span)

    def _fields_alone(self, value: ast.Expression, scope: Scope) -> None:
        """Find what is wrong inside a constructor that itself is not known; a name there may be anything, a choice say."""
        if not isinstance(value, ast.Constructor):
            return
        for assignment in value.fields:
            if isinstance(assignment.value, ast.Name):
                scope.find(assignment.value.text)
            else:
                self._expressions.typed(assignment.value, scope)

    def input(self, statement: ast.Param | ast.Stage | ast.Sweep, home: FileScope, span: Span) -> graph.Expression:
        """A reference to a `param`, `stage` or `sweep` variable; of a sweep over objects, to the one that is chosen."""
        name = home.prefix + statement.name.text
        self._sources[name] = (statement, home)
        kind = self.type_of_input(statement, home)
        if isinstance(statement, ast.Sweep) and isinstance(kind, types.KindType):
            chosen = self._swept[name][self._chosen.get(name, 0)]
            return replace(chosen, span=span)
        return graph.Parameter(name, kind, span)

    def source_of(self, parameter: str) -> tuple[ast.Param | ast.Stage | ast.Sweep, FileScope]:
        """What declares a parameter of the graph, and the file that it stands in."""
        return self._sources[parameter]

    def type_of_input(self, statement: ast.Param | ast.Stage | ast.Sweep, home: FileScope) -> Type:
        """The type of a parameter, or of the values that a stage or sweep goes through."""
        name = home.prefix + statement.name.text
        if name not in self._inputs:
            if isinstance(statement, ast.Param):
                self._inputs[name] = home.library.types.read(statement.type)
            else:
                with self._expressions.opened(name, statement, statement.name.span) as fresh:
                    values = self._expressions.typed(statement.values, home) if fresh else None
                kind = types.ERROR if values is None else values.type
                if isinstance(values, graph.Sequence):
                    self._swept[name] = values.items
                item = kind.item if isinstance(kind, types.ListType | types.RangeType) else types.ERROR
                if isinstance(item, types.NumberType) and item.any_dimension:
                    item = types.NumberType(item.dimension, item.integer)
                self._inputs[name] = item
        return self._inputs[name]

    def varied(
        self, statement: ast.Param | ast.Stage | ast.Sweep, home: FileScope, span: Span, kind: str
    ) -> graph.Expression | None:
        """A reference to what makes a `param` vary; M0517 where it cannot; None where the kind stands for no parameters."""
        known = home.library.kind(kind)
        if known is None or known.parameter is None or isinstance(self.type_of_input(statement, home), types.KindType):
            return None
        name = home.prefix + statement.name.text
        problem = self._unvaried(statement, home)
        if problem is not None:
            place = Label(statement.name.span, "declared here")
            self.findings.error("M0517", f"`{name}` cannot vary", span, problem[0], others=(place,), help=problem[1])
            return Expressions.error(span)
        definition = home.library.find(kind, known.parameter)
        if definition is None:
            return None
        self.definition_body(definition)
        self.varied_params.setdefault(name, (definition, span))
        return graph.Reference(name, kind_of(definition, {}), span)

    def _unvaried(self, statement: ast.Param | ast.Stage | ast.Sweep, home: FileScope) -> tuple[str, str] | None:
        """Why a parameter cannot vary, as far as its declaration tells, and what to do; None where it can."""
        name = statement.name.text
        if not isinstance(statement, ast.Param):
            word = "stage" if isinstance(statement, ast.Stage) else "sweep"
            return f"the {word} goes through its values", f"declare a `param` of another name, or leave out the {word}"
        kind = self.type_of_input(statement, home)
        if types.is_error(kind):
            return None
        if not isinstance(kind, types.NumberType) or kind.integer:
            several = isinstance(kind, types.ListType | types.TensorType | types.GridType)
            help = "give each number in it a `param` of its own" if several else "go through its values with `sweep`"
            return f"this is {describe(kind)}, and only a real number varies", help
        if statement.range is None:
            return "it has no range to vary in", f"declare from where to where: `param {name}: {kind} = … in a .. b`"
        return None

    # Constructors

    def constructed(self, node: ast.Constructor, scope: Scope, expected: Type | None) -> graph.Expression:
        """A nested constructor: a reference to an anonymous node."""
        if isinstance(expected, types.KindType):
            return self._construct(node, scope, expected.kind, None)
        name, qualifier = node.name[-1], _qualifier(node)
        kinds = scope.library.kinds_with(name.text, qualifier.text if qualifier else None)
        if len(kinds) == 1:
            return self._construct(node, scope, kinds[0], None)
        if kinds:
            self.findings.error(
                "M0217",
                f"`{name.text}` could be {' or '.join(describe(types.KindType(kind)) for kind in kinds)}",
                name.span,
                help=f"declare it with its kind: `{kinds[0]} NAME = {name.text} {{ … }}`",
            )
        elif not scope.library.has_lost(name.text, qualifier.text if qualifier else None):
            library = scope.library
            everything = {each for kind in library.kind_names() for each in library.names(kind)}
            unknown_definition(library, name, everything, "nothing in the library is called")
        self._fields_alone(node, scope)
        return Expressions.error(node.span)

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
        assigned: dict[str, tuple[ast.Identifier | None, ast.Expression]] = {}
        for assignment in node.fields:
            field = self._present_name(definition, assignment.name)
            first = assigned.get(field)
            if first is None or is_given(assignment.name.span):
                assigned[field] = (assignment.name, assignment.value)
            elif first[0] is not None and not is_given(first[0].span):
                self.findings.error(
                    "M0303",
                    f"`{assignment.name.text}` is given twice",
                    assignment.name.span,
                    "again here",
                    others=(Label(first[0].span, "first here"),),
                    help="keep one of the two",
                )
        return self._made(definition, assigned, scope, node.span, name.span, statement)

    def _present_name(self, definition: Definition, name: ast.Identifier) -> str:
        """The name of the field that is meant; M0225, a warning, where a former one is written."""
        present = definition.renamed.get(name.text)
        if present is None:
            return name.text
        self.findings.error(
            "M0225",
            f"the field `{name.text}` of `{definition.name}` is now called `{present}`",
            name.span,
            "former name",
            help=f"write `{present}`; the former name will stop working",
            fix=Fix(name.span, present),
            severity="warning",
        )
        return present

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
        assigned: dict[str, tuple[ast.Identifier | None, ast.Expression]] = {}
        order = list(definition.fields)
        for position, argument in enumerate(node.arguments):
            if argument.name is None and position >= len(order):
                takes = f"{len(order)} argument" + "s" * (len(order) != 1)
                self.findings.error(
                    "M0310",
                    f"`{name.text}({', '.join(order)})` takes {takes}, found {len(node.arguments)}",
                    argument.span,
                    "one too many",
                )
                continue
            field = self._present_name(definition, argument.name) if argument.name else order[position]
            if field in assigned:
                self.findings.error("M0303", f"`{field}` is given twice", argument.span, "again here")
                continue
            assigned[field] = (argument.name, argument.value)
        return self._made(definition, assigned, scope, node.span, name.span, statement)

    def _arguments_alone(self, node: ast.Call, scope: Scope) -> graph.Expression:
        for argument in node.arguments:
            self._expressions.typed(argument.value, scope)
        return Expressions.error(node.span)

    # Nodes

    def definition_body(self, definition: Definition) -> DefinitionBody:
        """The definition's typed inside; its names are looked up where the definition stands, not where it is used."""
        if id(definition) not in self.definition_bodies:
            with self._expressions.opened(definition.name, definition, definition.span) as fresh:
                empty = DefinitionBody(MappingProxyType({}), MappingProxyType({}), MappingProxyType({}), broken=True)
                self.definition_bodies[id(definition)] = (
                    definition_body_of(definition, self._expressions) if fresh else empty
                )
        return self.definition_bodies[id(definition)]

    def _made(
        self,
        definition: Definition,
        assigned: Assigned,
        scope: Scope,
        span: Span,
        name_span: Span,
        statement: ast.Declaration | None,
    ) -> graph.Expression:
        body = self.definition_body(definition)
        if definition.deprecated is not None:
            # What is put in from outside is no text of the spec: nothing in it can be rewritten.
            outside = any(is_given(part.span) for _, part in assigned.values())
            fix = None if outside else in_new_words(definition, assigned, span, name_span)
            self.findings.error(
                "M0225",
                f"`{definition.name}` is deprecated",
                name_span,
                help=f"{f'write `{fix.replacement}`' if fix else definition.deprecated}; the former name will stop working",
                fix=fix,
                severity="warning",
            )
        given = [identifier for identifier, _ in assigned.values() if identifier is not None]
        fields: dict[str, graph.Expression] = {}
        spans: dict[str, Span] = {}
        missing: list[FieldDefinition] = []
        for name, field in definition.fields.items():
            spans[name] = name_span
            if name in assigned:
                fields[name] = self._value(field, assigned[name][1], scope)
                spans[name] = assigned[name][1].span
            elif name in body.defaults:
                fields[name] = substitute(body.defaults[name], fields)
            elif field.default is None:
                missing.append(field)
        missing_fields(definition, unknown_fields(definition, given, missing, self.findings), name_span, self.findings)
        failed = missing or any(types.is_error(value.type) for value in fields.values())
        if definition.expression is not None:
            if failed:
                return graph.Constant(None, types.ERROR, span)
            self.expressed.append(_node(definition, fields, span, spans))
            return self._expressed(definition, definition.expression, fields, scope, span, statement)
        result = definition.gives if definition.kind.called and definition.gives else kind_of(definition, fields)
        if failed and statement is None:
            # What an anonymous object would be is known, so whoever uses it is still checked; the node is not made.
            return graph.Constant(None, types.ERROR, span)
        declared = scope.declares + statement.name.text if statement is not None and scope.declares is not None else ""
        name = self.nodes.add(
            graph.Node(
                declared,
                definition.kind.name,
                definition,
                MappingProxyType(fields),
                body.members,
                statement.span if statement else span,
                MappingProxyType(spans),
            )
        )
        return graph.Reference(name, result, span)

    def _expressed(
        self,
        definition: Definition,
        value: ast.Expression,
        fields: Mapping[str, graph.Expression],
        scope: Scope,
        span: Span,
        statement: ast.Declaration | None,
    ) -> graph.Expression:
        """The object, with the name of `statement`, or value of a definition that says what it is in terms of others."""
        assert isinstance(definition.home, Library)
        inner = Scope(library=definition.home)
        inner.declares = scope.declares
        for name, given in fields.items():
            inner.entries[name] = Bound(given)
        add_own_names(definition, inner)
        kind = definition.kind
        with self._expressions.opened(definition.name, definition, span) as fresh:
            if not fresh:
                return graph.Constant(None, types.ERROR, span)
            self.findings.context.append(Label(span, f"`{definition.name}` is used here"))
            try:
                if kind.called:
                    found = self._expressions.typed(value, inner)
                else:
                    found = self._object_of(value, kind.name, inner, statement)
            finally:
                self.findings.context.pop()
        if isinstance(found, graph.Reference) and statement is not None:
            self._given_to[found.node] = fields
        return replace(found, span=span)

    def _object_of(
        self, value: ast.Expression, kind: str, scope: Scope, statement: ast.Declaration | None
    ) -> graph.Expression:
        expected = types.KindType(kind)
        while isinstance(value, ast.Conditional):
            picked = self._expressions.branch(value, scope, expected)
            if picked is None:
                return Expressions.error(value.span)
            value = picked
        if isinstance(value, ast.Constructor):
            return self._construct(value, scope, kind, statement)
        if isinstance(value, ast.Name) and scope.find(value.text) is None:
            return self._by_name(value, scope, kind, statement)
        return self._expressions.require(value, scope, expected, "what it is")

    def _value(self, field: FieldDefinition, value: ast.Expression, scope: Scope) -> graph.Expression:
        if field.optional and isinstance(value, ast.Nothing):
            return graph.Constant(None, types.NOTHING, value.span)
        return self._expressions.require(value, scope, field.type, f"`{field.name}`")

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
            present = self._present_name(node.definition, name)
            return self.field_of(reference, ast.Identifier(present, name.span), span)
        if name.text in node.definition.fields:
            return Expressions.error(span)
        meant = suggest(name.text, node.definition.fields)
        self.findings.error(
            "M0415",
            f"{node.definition.name} has no field `{name.text}`",
            name.span,
            "unknown field",
            notes=(f"its fields are {listing(node.definition.fields)}",) if node.definition.fields else (),
            help=f"did you mean `{meant}`?" if meant else None,
            fix=Fix(name.span, meant) if meant else None,
        )
        return Expressions.error(span)


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


def _node(
    definition: Definition, fields: Mapping[str, graph.Expression], span: Span, spans: Mapping[str, Span]
) -> graph.Node:
    """What was given to a definition, as checks of values read it."""
    given, places = MappingProxyType(dict(fields)), MappingProxyType(dict(spans))
    return graph.Node("", definition.kind.name, definition, given, MappingProxyType({}), span, places)
