"""What every part of typing shares: findings, the way down, the names that are being worked out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Protocol

from metac.compiler import graph
from metac.compiler.diagnostics_sink import DiagnosticsSink, listing
from metac.compiler.elaborate.scope import Declared, Entry, FileScope, FunctionBinding, InputStatement, Scope
from metac.compiler.operators.result_type import operator_for, result_type
from metac.compiler.operators.rules import OperandError
from metac.compiler.types import types
from metac.compiler.types.coercion import fit
from metac.compiler.types.fits import fits
from metac.compiler.types.types import Type
from metac.compiler.types.wording import describe
from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Label
from metac.dsl.source import Span

DEEPEST = 300
"""Levels of nesting, inlined functions included."""


class TooLarge(Exception):
    """The spec is beyond what can be typed; the finding is already made."""


class ObjectElaborator(Protocol):
    """What expressions ask of objects (`objects.py`)."""

    def declared(self, statement: ast.Declaration, home: FileScope, span: Span) -> graph.Expression:
        """A reference to an object that a file declares."""
        ...

    def constructed(self, node: ast.Constructor, scope: Scope, expected: Type | None) -> graph.Expression:
        """The object that a constructor makes."""
        ...

    def constructed_by_name(self, node: ast.Name | ast.Attribute, scope: Scope, expected: Type | None) -> graph.Expression:
        """The object of a definition that is named without braces."""
        ...

    def called(self, node: ast.Call, scope: Scope) -> graph.Expression:
        """A measure."""
        ...

    def field_of(self, reference: graph.Reference, name: ast.Identifier, span: Span) -> graph.Expression:
        """The value of an object's field."""
        ...


class InputElaborator(Protocol):
    """What expressions ask of `param`, `stage` and `sweep` (`input_variables.py`)."""

    def reference(self, statement: InputStatement, home: FileScope, span: Span) -> graph.Expression:
        """A reference to a `param`, `stage` or `sweep` variable of a file."""
        ...

    def source_of(self, parameter: str) -> tuple[InputStatement, FileScope]:
        """What declares a parameter of the graph, and the file that it stands in."""
        ...

    def varied(self, statement: InputStatement, home: FileScope, span: Span, kind: str) -> graph.Expression | None:
        """A reference to what makes a `param` vary, where a kind has such a thing; None where it has none."""
        ...


class Typer(ABC):
    """The ground that names, calls and the other expressions stand on."""

    def __init__(self, findings: DiagnosticsSink) -> None:
        self.findings = findings
        self.objects: ObjectElaborator
        self.inputs: InputElaborator
        self._open: dict[object, tuple[str, Span]] = {}
        """By key, in the order in which they were opened."""
        self._broken: set[object] = set()
        """Functions in whose text something is wrong, whatever they are called with: reported once, not at every call."""
        self._broken_calls = 0
        self._depth = 0
        self._functions: dict[Entry, FunctionBinding | None] = {}
        """The functions that names stand for, those found so far."""
        self._given: list[ast.Call] = []
        """Calls being followed to the function that they give."""
        self._without_arguments = 0
        self.varied: frozenset[str] = frozenset()
        """Names that a stage or sweep goes through."""
        self._circles: set[frozenset[object]] = set()

    @contextmanager
    def without_arguments(self) -> Iterator[None]:
        """While a function is looked at that nobody calls: what only a call makes known is not missed."""
        self._without_arguments += 1
        try:
            yield
        finally:
            self._without_arguments -= 1

    @contextmanager
    def deeper(self, node: ast.Expression) -> Iterator[None]:
        """One level down; raises TooLarge where that is too deep."""
        self._depth += 1
        try:
            if self._depth > DEEPEST:
                raise self.too_deep(node)
            yield
        finally:
            self._depth -= 1

    def too_deep(self, node: ast.Expression, what: str = "is nested too deeply") -> TooLarge:
        """What to raise for an expression that cannot be typed; the finding is made."""
        self.findings.error("M0419", f"this expression {what}", node.span, help="split it with `let`, or simplify it")
        return TooLarge()

    @abstractmethod
    def typed(self, node: ast.Expression, scope: Scope, expected: Type | None = None) -> graph.Expression:
        """The typed expression; of ErrorType where something in it is wrong."""

    @abstractmethod
    def interval(self, node: ast.IntervalSyntax, scope: Scope) -> graph.Interval:
        """`a .. b [by s]`; an error in it shows in its type."""

    def require(
        self, node: ast.Expression, scope: Scope, expected: Type, subject: str, others: tuple[Label, ...] = ()
    ) -> graph.Expression:
        """The typed expression, fitted to the expected type; a finding where it does not fit."""
        found = self.typed(node, scope, expected)
        wrong = not fits(found.type, expected)
        help = objects_of(scope, expected, {name for name, _ in self._open.values()}) if wrong else None
        return fit(found, expected, subject, self.findings, others, help)

    @staticmethod
    def error(span: Span) -> graph.Expression:
        """What stands for an expression that is already reported."""
        return graph.Constant(None, types.ERROR, span)

    def apply(self, name: str, arguments: tuple[graph.Expression, ...], span: Span) -> graph.Expression:
        """An operator or built-in function applied to arguments."""
        if any(isinstance(argument.type, types.KindType) for argument in arguments):
            arguments = tuple(_as_value(argument) for argument in arguments)
        try:
            result = result_type(name, arguments)
            return graph.Apply(operator_for(name, result), arguments, result, span)
        except OperandError as problem:
            self.report(problem, arguments, span)
            return self.error(span)

    def report(self, problem: OperandError, arguments: tuple[graph.Expression, ...], span: Span) -> None:
        """Make a finding of a rule that does not hold."""
        others: tuple[Label, ...] = ()
        label = ""
        if problem.argument is not None:
            span, label = arguments[problem.argument].span, ""
        elif len(arguments) >= 2:
            others = tuple(Label(each.span, _brief(each.type)) for each in arguments[:3])
        self.findings.error(
            problem.code, problem.message, span, label, others=others, notes=problem.notes, help=problem.help
        )

    @contextmanager
    def opened(self, name: str, entry: object, span: Span) -> Iterator[bool]:
        """Marks a name as being worked out; gives False, and makes the finding, where it already is: a cycle.

        Entries are the same where they are one object, or equal tuples.
        """
        key = entry if isinstance(entry, tuple) else id(entry)
        if key in self._open:
            way = list(self._open.items())[list(self._open).index(key) :]
            names = [each for _, (each, _) in way]
            circle = frozenset(each for each, _ in way)
            # Functions in a circle are broken whatever they are called with: each way round would be tried otherwise.
            self._broken.update(each[0] for each in circle if isinstance(each, tuple))
            if circle in self._circles:
                yield False
                return
            self._circles.add(circle)
            self.findings.error(
                "M0205",
                f"`{name}` depends on itself" if len(names) == 1 else f"{listing(names)} depend on each other in a circle",
                span,
                f"needs `{name}`, which is being worked out",
                others=tuple(Label(place, f"needs `{each}`") for _, (each, place) in way[1:]),
                notes=(" → ".join([*names, name]),),
                help="one of them must not use the others",
            )
            yield False
            return
        self._open[key] = (name, span)
        try:
            yield True
        finally:
            del self._open[key]


def objects_of(scope: Scope, expected: Type, open_names: set[str]) -> str | None:
    """The declared objects of a kind where one is expected, but those that are just being worked out."""
    kind = expected.item if isinstance(expected, types.ListType) else expected
    if not isinstance(kind, types.KindType):
        return None
    names = [name for name in scope.names() if is_declared(scope.find_quietly(name), kind.kind) and name not in open_names]
    known = scope.library.kind(kind.kind)
    also = "; a `param` that is a real number with a range may stand here too" if known and known.parameter else ""
    return f"of kind {kind.kind} there {'is' if len(names) == 1 else 'are'} {listing(names)}{also}" if names else None


def is_declared(entry: Entry | None, kind: str) -> bool:
    """Whether a name stands for an object of a kind that the spec declares."""
    return isinstance(entry, Declared) and entry.statement.kind.text == kind


def _as_value(expression: graph.Expression) -> graph.Expression:
    """An object that can be calculated with as what it gives."""
    value = types.as_value(expression.type)
    return expression if value is expression.type else replace(expression, type=value)


def _brief(kind: Type) -> str:
    return str(kind.dimension) if isinstance(kind, types.NumberType) else describe(types.as_tensor(kind) or kind)
