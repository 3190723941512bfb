"""What names stand for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from metac.compiler import graph
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.types.types import Type
from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Label
from metac.dsl.source import Span


@dataclass(frozen=True, eq=False)
class Bound:
    """A value that is already typed: a variable, a parameter, the argument of a function that is inlined."""

    expression: graph.Expression


@dataclass(frozen=True, eq=False)
class Let:
    """`let name = expression`: typed where it is used, once for each type that is asked of it."""

    name: ast.Identifier
    value: ast.Expression
    known: dict[Type | None, graph.Expression] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Function:
    """`name(a, b) = expression`, or a `let` that is a lambda: inlined where it is called."""

    name: ast.Identifier
    parameters: tuple[ast.FunctionParameter, ...]
    body: ast.Expression
    scope: Scope
    domain: ast.Interval | None = None

    @classmethod
    def of_lambda(cls, name: ast.Identifier, node: ast.Lambda, scope: Scope) -> Function:
        """`(x, y) -> body` under a name."""
        parameters = tuple(ast.FunctionParameter(each, None, None, each.span) for each in node.parameters)
        return cls(name, parameters, node.body, scope, node.domain)

    @property
    def required(self) -> int:
        """How many arguments it takes at least."""
        return sum(each.default is None for each in self.parameters)

    @property
    def key(self) -> tuple[int, int]:
        """The same for the same text in the same scope, however often it is looked up."""
        return id(self.body), id(self.scope)


@dataclass(frozen=True, eq=False)
class Declared:
    """`KIND NAME = value`."""

    statement: ast.Declaration


@dataclass(frozen=True, eq=False)
class Input:
    """`param`, `stage` or `sweep`."""

    statement: ast.Param | ast.Stage | ast.Sweep


@dataclass(frozen=True, eq=False)
class Later:
    """An argument that has no value yet where the default of one before it, or its own, is worked out."""


Entry = Bound | Later | Let | Function | Declared | Input


class Scope:
    """Names and what they stand for; what is not here is looked up in `parent`."""

    def __init__(self, parent: Scope | None = None) -> None:
        self.parent = parent
        self.entries: dict[str, Entry] = {}
        self.spans: dict[str, Span] = {}
        self.used: set[str] = set()

    def add(self, name: ast.Identifier, entry: Entry) -> None:
        """Give a name its meaning."""
        self.entries[name.text] = entry
        self.spans[name.text] = name.span

    def find(self, name: str) -> tuple[Entry, Scope] | None:
        """The entry and the scope that has it."""
        if name in self.entries:
            self.used.add(name)
            return self.entries[name], self
        return self.parent.find(name) if self.parent else None

    def find_quietly(self, name: str) -> Entry | None:
        """The entry, without counting this as a use of the name."""
        return self.entries[name] if name in self.entries else self.parent.find_quietly(name) if self.parent else None

    def names(self) -> Iterator[str]:
        """All names that can be used here."""
        yield from self.entries
        if self.parent:
            yield from self.parent.names()


def declared_twice(name: ast.Identifier, first: Span, findings: DiagnosticsSink) -> None:
    """M0204: a name that stands for something else already."""
    findings.error(
        "M0204",
        f"`{name.text}` is declared twice",
        name.span,
        "again here",
        others=(Label(first, "first here"),),
        help="rename one of the two",
    )
