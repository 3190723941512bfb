"""What names stand for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from metac.compiler import graph
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.library.lookup import Library
from metac.compiler.types.types import Type
from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Label
from metac.dsl.source import Span

InputStatement = ast.Param | ast.Stage | ast.Sweep
"""What gives a design values from outside."""


@dataclass(frozen=True, eq=False)
class Bound:
    """A value that is already typed: a variable, a parameter, the argument of a function that is inlined."""

    expression: graph.Expression


@dataclass(frozen=True, eq=False)
class LetBinding:
    """`let name = expression`: typed where it is used, once for each type that is asked of it."""

    name: ast.Identifier
    value: ast.Expression
    unit: bool = False
    """Whether it may stand behind a number, as a unit."""
    known: dict[Type | None, graph.Expression] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class FunctionBinding:
    """`name(a, b) = expression`, or a `let` that is a lambda: inlined where it is called."""

    name: ast.Identifier
    parameters: tuple[ast.FunctionParameter, ...]
    body: ast.Expression
    scope: Scope
    domain: ast.IntervalSyntax | None = None

    @classmethod
    def of_lambda(cls, name: ast.Identifier, node: ast.Lambda, scope: Scope) -> FunctionBinding:
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

    statement: InputStatement


@dataclass(frozen=True, eq=False)
class Later:
    """An argument that has no value yet where the default of one before it, or its own, is worked out."""


Entry = Bound | Later | LetBinding | FunctionBinding | Declared | Input


class Scope:
    """Names and what they stand for; what is not here is looked up in `parent`."""

    def __init__(self, parent: Scope | None = None, library: Library | None = None) -> None:
        """`library` is where definitions are looked up; by default that of the scope around."""
        self.parent, self._library = parent, library
        self.entries: dict[str, Entry] = {}
        self.spans: dict[str, Span] = {}
        self.used: set[str] = set()
        self.declares: str | None = None
        """What stands before the names of objects that are declared here, in the graph; None where none are."""

    @property
    def library(self) -> Library:
        """The definitions that can be named here."""
        if self._library is None:
            assert self.parent is not None
            return self.parent.library
        return self._library

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

    def imported(self, alias: str) -> FileScope | None:
        """The names of the file that is imported under a name, where it does not stand for something else."""
        return self.parent.imported(alias) if self.parent and alias not in self.entries else None


class FileScope(Scope):
    """The names that one file declares, and those that it imports.

    A file is there once, by whatever ways it is imported.
    """

    def __init__(self, library: Library, prefix: str, statement: ast.Import | None) -> None:
        super().__init__(library=library)
        self.statement = statement
        """An import that leads to it; None for the spec's own file."""
        self.prefix = prefix
        """What stands before its names in the graph, by the shortest way from the spec: `base.`, or nothing."""
        self.declares = prefix
        self.under_name: dict[str, tuple[ast.Import, FileScope]] = {}
        """`import … as name`."""
        self.bare: list[tuple[ast.Import, FileScope]] = []
        """Imports without a name: all that these bring can be named as if it stood here."""
        assert library.module is not None
        self.module: ast.Module = library.module
        """Its text, with values from outside put in."""

    def files(self) -> list[FileScope]:
        """All files, each once, after those that it imports; this one is the last."""
        found: dict[FileScope, None] = {}
        for _, file in (*self.under_name.values(), *self.bare):
            found |= dict.fromkeys(file.files())
        return [*found, self]

    def brings(self) -> Iterator[tuple[str, Span, FileScope]]:
        """The names that an import of this file without a name brings, with place, and the file they are in or stand for."""
        yield from ((name, span, self) for name, span in self.spans.items())
        yield from ((name, statement.span, file) for name, (statement, file) in self.under_name.items())
        for _, file in self.bare:
            yield from file.brings()

    def find(self, name: str) -> tuple[Entry, Scope] | None:
        """The entry and the file that has it."""
        found = super().find(name)
        if found is None:
            for statement, file in self.bare:
                if (found := file.find(name)) is not None:
                    self.library.used_imports.add(id(statement))
                    break
        return found

    def find_quietly(self, name: str) -> Entry | None:
        """The entry, without counting this as a use of the name or of an import."""
        found = (file.find_quietly(name) for _, file in self.bare)
        return super().find_quietly(name) or next((entry for entry in found if entry is not None), None)

    def names(self) -> Iterator[str]:
        """All names that can be used here without a dot."""
        yield from self.entries
        for _, file in self.bare:
            yield from file.names()

    def imported(self, alias: str) -> FileScope | None:
        """The file that is imported under a name, here or in a file that is imported without one."""
        if alias in self.entries:
            return None
        if alias in self.under_name:
            statement, file = self.under_name[alias]
            self.library.used_imports.add(id(statement))
            return file
        for statement, file in self.bare:
            if (found := file.imported(alias)) is not None:
                self.library.used_imports.add(id(statement))
                return found
        return None


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
