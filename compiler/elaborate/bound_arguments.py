"""What names stand for inside a function or block: arguments of their types, defaults, `let`s of its own."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

from metac.compiler import graph
from metac.compiler.elaborate.repetition import Repetition
from metac.compiler.elaborate.scope import Bound, Entry, FunctionBinding, Later, LetBinding, Scope, declared_twice
from metac.compiler.operators.table import CONSTANTS, FUNCTIONS
from metac.compiler.types import types
from metac.compiler.types.fits import fits
from metac.compiler.types.types import Type
from metac.compiler.types.wording import describe
from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Label
from metac.dsl.source import Span


class Arguments(Repetition):
    """Makes the scopes of functions' bodies and of blocks."""

    @abstractmethod
    def function_of(self, node: ast.Expression, scope: Scope) -> FunctionBinding | None:
        """The function that an expression stands for, or None."""

    @abstractmethod
    def function(self, function: FunctionBinding, span: Span, expected: Type | None) -> graph.Expression:
        """A function as a value."""

    @abstractmethod
    def check(self, node: ast.Expression, scope: Scope, span: Span) -> bool:
        """Find what is wrong in the value of a name, which may be a function, without using it; whether it has a type."""

    # Functions

    def bound(
        self, function: FunctionBinding, given: Mapping[str, ast.Expression], scope: Scope, called: Span | None = None
    ) -> Scope:
        """The scope of a function's body for the arguments of a call, by name; defaults may use arguments before them."""
        inner = _with_later(function)
        for parameter in function.parameters:
            name = parameter.name.text
            if name in given:
                entry = self._argument(function, parameter, given[name], scope)
            else:
                assert parameter.default is not None
                self.findings.context.extend([] if called is None else [Label(called, "called here")])
                try:
                    entry = self._argument(function, parameter, parameter.default, inner)
                finally:
                    if called is not None:
                        self.findings.context.pop()
            inner.add(parameter.name, entry)
        return inner

    def _argument(
        self, function: FunctionBinding, parameter: ast.FunctionParameter, value: ast.Expression, scope: Scope
    ) -> Entry:
        """An argument, which may be a function itself, as what its parameter's type asks for."""
        kind = self._type_of(function, parameter)
        found = self.function_of(value, scope)
        if found is not None and (kind is None or isinstance(kind, types.FunctionType)):
            if kind is not None and types.is_error(self.function(found, value.span, kind).type):
                return Bound(self.error(value.span))
            return found
        if kind is None:
            return Bound(self.typed(value, scope))
        of_default = value is parameter.default
        subject = f"{'the default of ' if of_default else ''}`{parameter.name.text}` of `{function.name.text}`"
        declared = () if of_default else (Label(parameter.span, "declared here"),)
        return Bound(self.require(value, scope, kind, subject, declared))

    def _type_of(self, function: FunctionBinding, parameter: ast.FunctionParameter) -> Type | None:
        return None if parameter.type is None else function.scope.library.types.read(parameter.type)

    def with_variables(
        self, function: FunctionBinding, kinds: tuple[Type, ...], span: Span
    ) -> tuple[Scope, tuple[graph.Variable, ...]] | None:
        """The scope of a function's body with variables of these types, and the variables; None where they do not fit."""
        inner = _with_later(function)
        variables: list[graph.Variable] = []
        for place, parameter in enumerate(function.parameters):
            if place >= len(kinds):
                assert parameter.default is not None
                inner.add(parameter.name, self._argument(function, parameter, parameter.default, inner))
                continue
            wanted = self._type_of(function, parameter)
            if wanted is not None and not fits(kinds[place], wanted):
                self.findings.error(
                    "M0412",
                    f"`{parameter.name.text}` of `{function.name.text}` is {describe(wanted)}, "
                    f"but here it would be {describe(kinds[place])}",
                    span,
                    others=(Label(parameter.span, "declared here"),),
                )
                return None
            variables.append(graph.Variable(parameter.name.text, kinds[place], parameter.name.span))
            inner.add(parameter.name, Bound(variables[-1]))
        return inner, tuple(variables)

    def unapplied(self, function: FunctionBinding) -> Scope:
        """The scope of a function's body while nobody calls it: what is known of its arguments are dimensions at most.

        Values that must be known, such as counts, choices and exponents, are the caller's: such arguments fit everywhere.
        """
        inner = _with_later(function)
        for parameter in function.parameters:
            kind = self._type_of(function, parameter)
            if parameter.default is not None:
                with self.without_arguments():
                    self._argument(function, parameter, parameter.default, inner)
            known = kind if kind is not None and typed_by_its_dimension(kind) else types.ERROR
            inner.add(parameter.name, Bound(graph.Variable(parameter.name.text, known, parameter.name.span)))
        return inner

    # Blocks

    def block(self, node: ast.Block, scope: Scope, expected: Type | None) -> graph.Expression:
        """The value of `{ let a = …  value }`."""
        inner = self.opened_block(node, scope)
        value = self.typed(node.value, inner, expected)
        for let in node.lets:
            entry = inner.entries[let.name.text]
            if let.name.text not in inner.used:
                if isinstance(entry, LetBinding) and entry.value is let.value:
                    self.check(let.value, inner, let.name.span)
                if not self.findings.failed:
                    unused, help = "this name is never used", "use it or remove it"
                    self.findings.warning("M0216", unused, let.name.span, "unused", help=help)
        return value

    def opened_block(self, node: ast.Block, scope: Scope) -> Scope:
        """The scope of a block's value; a name that is already given, in it or among the arguments around, is an error."""
        inner = Scope(scope)
        for let in node.lets:
            name = let.name.text
            first = inner.spans.get(name) or (scope.spans.get(name) if scope.parent is not None else None)
            if first is not None:
                declared_twice(let.name, first, self.findings)
            elif name in FUNCTIONS or name in CONSTANTS:
                label = "means this in the block"
                self.findings.warning("M0215", f"`{name}` hides the built-in `{name}`", let.name.span, label)
            inner.add(let.name, LetBinding(let.name, let.value))
        return inner


def gives_function(node: ast.Block) -> bool:
    """Whether the value of a block is written as a function, or is the name of one that it has."""
    lets = {let.name.text: let.value for let in node.lets}
    value, steps = node.value, 0
    while isinstance(value, ast.Name) and value.text in lets and steps <= len(lets):
        value, steps = lets[value.text], steps + 1
    return isinstance(value, ast.Lambda) or (isinstance(value, ast.Block) and gives_function(value))


def _with_later(function: FunctionBinding) -> Scope:
    inner = Scope(function.scope)
    for parameter in function.parameters:
        inner.add(parameter.name, Later())
    return inner


def typed_by_its_dimension(kind: Type) -> bool:
    """Whether a variable can stand for an argument of a type: others, such as counts, must be known where they are used."""
    if isinstance(kind, types.NumberType):
        return not kind.dimension.dimensionless
    return isinstance(kind, types.TensorType | types.CurveType)
