"""One open text: its tokens, its syntax tree, its library and what is wrong with it, each computed when it is asked for."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from metac.api.design import Design
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.library.imports import open_library
from metac.compiler.library.lookup import Library
from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Diagnostic
from metac.dsl.lexer import lex
from metac.dsl.parser import ParseResult, parse
from metac.dsl.source import Source, Span
from metac.dsl.tokens import Token

UNNAMED = "<text>"
"""How a text without a file is called."""


class Document:
    """A text as it stands in the editor, whatever the file holds. Immutable: a change makes another one."""

    def __init__(self, text: str, path: Path | None = None) -> None:
        """`path` is where its imports and data start from; None for a text that was never saved."""
        self.path = path
        self.source = Source(UNNAMED if path is None else str(path), text)

    @property
    def text(self) -> str:
        """The characters."""
        return self.source.text

    @property
    def folder(self) -> Path:
        """What imports and data are relative to."""
        return Path.cwd() if self.path is None else self.path.parent

    @cached_property
    def tokens(self) -> list[Token]:
        """All tokens, newlines included."""
        return lex(self.source).tokens

    @cached_property
    def parsed(self) -> ParseResult:
        """The syntax tree, without the statements that cannot be read."""
        return parse(self.source)

    @property
    def statements(self) -> tuple[ast.Statement, ...]:
        """What could be read."""
        return self.parsed.module.statements

    @cached_property
    def readable(self) -> bool:
        """Whether nothing is wrong with its syntax."""
        return not any(each.severity == "error" for each in self.parsed.diagnostics)

    @cached_property
    def library(self) -> Library:
        """The definitions that can be named in it: its own, imported ones, those of plug-ins and of the library."""
        return open_library(
            self.parsed.module, DiagnosticsSink(), self.folder, lacks_statements=bool(self.parsed.diagnostics)
        )

    @cached_property
    def design(self) -> Design:
        """The design that it is the spec of."""
        return Design(self.source, folder=self.folder)

    @cached_property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All that is wrong with it, as `metac check` finds it."""
        return self.design.diagnostics

    def span(self, start: int, end: int) -> Span:
        """A part of the text."""
        return Span(self.source, start, end)

    def word(self, offset: int) -> Token | None:
        """The token that is a word or number, and at which a position is: within it, or at its end."""
        touching = (each for each in self.tokens if each.span.start <= offset <= each.span.end and each.text.strip())
        found = sorted(touching, key=lambda each: (not each.text[:1].isalnum() and each.text[:1] != '"', -each.span.start))
        return found[0] if found else None

    @cached_property
    def declared(self) -> dict[str, ast.Identifier]:
        """The names that statements give, with the place of each: what goes on below could be named anywhere in the text.

        Of a name that is given twice, the first place; statements that cannot be read are not there.
        """
        found: dict[str, ast.Identifier] = {}
        for statement in self.statements:
            name = declared_name(statement)
            if name is not None:
                found.setdefault(name.text, name)
        return found

    def statement_of(self, name: str) -> ast.Statement | None:
        """The statement that gives a name."""
        wanted = self.declared.get(name)
        return next((each for each in self.statements if wanted is not None and declared_name(each) is wanted), None)


def declared_name(statement: ast.Statement) -> ast.Identifier | None:
    """The name that a statement gives to something, or goes through the values of; None where there is none, or several."""
    match statement:
        case ast.Param() | ast.Let() | ast.FunctionSyntax() | ast.Declaration() | ast.Stage() | ast.Sweep():
            return statement.name
        case ast.Import():
            return statement.alias
    return None
