"""Names and what hangs on them."""

from __future__ import annotations

import math

from metac.compiler import graph
from metac.compiler.diagnostics_sink import listing
from metac.compiler.elaborate.calls import Calls, name_of_broken_import
from metac.compiler.elaborate.scope import (
    Bound,
    Declared,
    Entry,
    FileScope,
    FunctionBinding,
    Input,
    Later,
    LetBinding,
    Scope,
)
from metac.compiler.elaborate.typer import objects_of
from metac.compiler.library.lookup import aliases
from metac.compiler.operators.table import CONSTANTS, FUNCTIONS
from metac.compiler.types import types
from metac.compiler.types.types import Type
from metac.compiler.types.units import UnknownUnit, parse_unit
from metac.compiler.types.wording import describe
from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Fix, Label
from metac.dsl.diagnostics.suggest import suggest


class Names(Calls):
    """Types names and attributes."""

    def name(self, node: ast.Name, scope: Scope, expected: Type | None) -> graph.Expression:
        """What a name stands for: a choice, something declared, a definition, a constant."""
        if isinstance(expected, types.ConditionType):
            return self.condition(node, scope, expected)
        if isinstance(expected, types.ChoiceType) and node.text in expected.names:
            return graph.Constant(node.text, types.ChoiceType((node.text,)), node.span)
        found = scope.find(node.text)
        if found is not None:
            return self._entry(node, found[0], found[1], scope, expected)
        if isinstance(expected, types.KindType):
            return self.objects.constructed_by_name(node, scope, expected)
        if node.text in CONSTANTS:
            any_dimension = math.isinf(CONSTANTS[node.text])
            return graph.Constant(CONSTANTS[node.text], types.NumberType(any_dimension=any_dimension), node.span)
        return self._unknown_name(node, scope, expected)

    def _entry(self, node: ast.Name, entry: Entry, home: Scope, scope: Scope, expected: Type | None) -> graph.Expression:
        match entry:
            case Bound(expression=expression):
                return expression
            case Later():
                self.findings.error(
                    "M0421",
                    f"a default cannot use `{node.text}`",
                    node.span,
                    "has no value yet",
                    others=(Label(home.spans[node.text], "this argument"),),
                    help="the default of an argument may use those before it",
                )
                return self.error(node.span)
            case LetBinding():
                function = self.function_of(node, scope)
                if function is not None:
                    return self.function(function, node.span, expected)
                if expected not in entry.known:
                    with self.opened(entry.name.text, entry, node.span) as fresh:
                        value = self.typed(entry.value, home, expected) if fresh else self.error(node.span)
                    if types.is_error(value.type):
                        value = self.error(node.span)
                    entry.known[expected] = value
                return entry.known[expected]
            case FunctionBinding():
                return self.function(entry, node.span, expected)
            case Declared():
                assert isinstance(home, FileScope)
                return self.objects.declared(entry.statement, home, node.span)
            case Input():
                assert isinstance(home, FileScope)
                kind = expected.item if isinstance(expected, types.ListType) else expected
                if isinstance(kind, types.KindType):
                    varied = self.inputs.varied(entry.statement, home, node.span, kind.kind)
                    if varied is not None:
                        return varied
                function = self.function_of(node, scope)
                if function is not None:
                    return self.function(function, node.span, expected)
                return self.inputs.reference(entry.statement, home, node.span)

    def _unknown_name(self, node: ast.Name, scope: Scope, expected: Type | None) -> graph.Expression:
        if scope.library.may_lack_names:
            return self.error(node.span)
        if isinstance(expected, types.ChoiceType):
            meant = suggest(node.text, expected.names)
            self.findings.error(
                "M0309",
                f"`{node.text}` is not one of the choices",
                node.span,
                notes=(f"the choices are {listing(expected.names)}",),
                help=f"did you mean `{meant}`?" if meant else None,
                fix=Fix(node.span, meant) if meant else None,
            )
            return self.error(node.span)
        meant = suggest(node.text, [*scope.names(), *CONSTANTS])
        help = f"did you mean `{meant}`?" if meant else None
        library = scope.library
        if node.text in FUNCTIONS or any(node.text in library.names(kind) for kind in library.called_kinds()):
            help = f"`{node.text}` is a function: call it, `{node.text}(…)`"
        elif node.text in ("I", "eye") and scope.find_quietly(node.text) is None:
            help = "the identity matrix is `identity(3)`, or `identity(2)`"
        elif not meant and (ways := [f"{alias}.{node.text}" for alias in _aliases_with(node.text, scope)]):
            help = f"did you mean `{ways[0]}`?"
        elif not meant and (kinds := library.kinds_with(node.text)):
            help = f"`{node.text}` makes a {kinds[0]}: write `{node.text} {{ … }}`, or declare one"
        elif not meant and _is_unit(node.text):
            help = f"a unit needs a number before it: `1 {node.text}`"
        self.findings.error(
            "M0201",
            f"there is nothing called `{node.text}`",
            node.span,
            "unknown name",
            notes=self._values_of(scope, expected) if help is None else (),
            help=help,
            fix=Fix(node.span, meant) if meant and help and meant in help else None,
        )
        return self.error(node.span)

    @staticmethod
    def _values_of(scope: Scope, expected: Type | None) -> tuple[str, ...]:
        """The names that stand for values, where a value is expected."""
        if expected is None:
            return ()
        objects = objects_of(scope, expected, set())
        if objects is not None:
            return (objects,)
        names = [name for name in scope.names() if isinstance(scope.find_quietly(name), Input | LetBinding)]
        return (f"names of values: {listing(names)}",) if names else ()

    def attribute(self, node: ast.Attribute, scope: Scope, expected: Type | None) -> graph.Expression:
        """`base.stiffness`, `lab.tanh`, `F.T` or `warp.hidden`."""
        file = self.file_of(node.value, scope)
        if file is not None:
            found = file.find(node.name.text)
            if found is not None:
                return self._entry(ast.Name(node.name.text, node.span), found[0], found[1], file, expected)
            return self._definition_or_unknown(node, file, scope, expected)
        if name_of_broken_import(node, scope):
            return self.error(node.span)
        if self.names_definition(node, scope):
            return self.objects.constructed_by_name(node, scope, expected)
        value = self.typed(node.value, scope)
        if types.is_error(value.type):
            return self.error(node.span)
        if node.name.text == "T" and types.as_tensor(value.type) is not None:
            return self.apply("transpose", (value,), node.span)
        if isinstance(value, graph.Reference):
            return self.objects.field_of(value, node.name, node.span)
        self.findings.error(
            "M0415",
            f"{describe(value.type)} has no part `{node.name.text}`",
            node.name.span,
            help="`.T` transposes a matrix; `object.field` gives a field of an object",
        )
        return self.error(node.span)

    def _definition_or_unknown(
        self, node: ast.Attribute, file: FileScope, scope: Scope, expected: Type | None
    ) -> graph.Expression:
        """What `lab.tanh` stands for where the file `lab` declares no such value or object."""
        name, library = node.name, file.library
        defined = any(library.find_brought(kind, name.text) for kind in library.kind_names() if kind != "kind")
        if defined or (isinstance(expected, types.KindType) and not list(file.names())):
            return self.objects.constructed_by_name(node, scope, expected)
        if library.may_lack_names or library.lacks_statements or name.text in library.broken_aliases:
            return self.error(node.span)
        of_import = node.value.span.text
        known = [*file.names(), *(each for kind in library.kind_names() for each in library.names_brought(kind))]
        meant = suggest(name.text, known)
        self.findings.error(
            "M0201",
            f"`{of_import}` has nothing called `{name.text}`",
            name.span,
            "unknown name",
            notes=(f"in {library.shown} there are {listing(known)}",) if known else (f"{library.shown} declares nothing",),
            help=f"did you mean `{of_import}.{meant}`?" if meant else None,
            fix=Fix(name.span, meant) if meant else None,
        )
        return self.error(node.span)


def _aliases_with(name: str, scope: Scope) -> list[str]:
    """The names of imports that bring a name."""
    return [alias for alias in aliases(scope.library) if (file := scope.imported(alias)) and file.find_quietly(name)]


def _is_unit(text: str) -> bool:
    try:
        parse_unit(text)
    except UnknownUnit:
        return False
    return True
