"""Text to syntax tree, with all syntax errors of the text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Diagnostic, Label
from metac.dsl.doc_comments import Docs
from metac.dsl.keywords import BRACKETS
from metac.dsl.language_version import version_errors
from metac.dsl.lark_parser import ParseFailure, Start, parse_tokens
from metac.dsl.layout import lay_out, opens_block
from metac.dsl.lexer import lex
from metac.dsl.limits import MAXIMAL_DEPTH, MAXIMAL_ERRORS, MAXIMAL_SIZE
from metac.dsl.parse_record import ParseRecord, parse_record
from metac.dsl.source import Source, Span
from metac.dsl.syntax_errors import syntax_error
from metac.dsl.tokens import Lexed, Token
from metac.dsl.tree import children


@dataclass(frozen=True)
class ParseResult:
    """What could be read of a text, and all that is wrong with the rest; statements with an error are left out."""

    module: ast.Module
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True)
class ExpressionResult:
    """An expression read by itself, or None and what is wrong with it."""

    expression: ast.Expression | None
    diagnostics: tuple[Diagnostic, ...]


def parse(source: Source, *, most_errors: int = MAXIMAL_ERRORS) -> ParseResult:
    """The syntax tree of a text; never raises, whatever the text. Stops after so many errors."""
    whole = Span(source, 0, len(source.text))
    oversized = _size_error(source)
    if oversized:
        return ParseResult(ast.Module((), whole), (oversized,))
    lexed = lex(source, most_errors=most_errors)
    reader = _TokenRunReader(lexed, most_errors)
    statements: list[ast.Statement] = []
    runs = reader.lay_out(lexed.tokens)
    for tokens in runs:
        if len(reader.diagnostics) > most_errors:
            break
        node = reader.read("statement", tokens)
        if node is not None:
            statements.append(node)
    reader.diagnostics.extend(version_errors(statements))
    if not runs and not reader.diagnostics:
        label = Label(Span(source, 0, 0), "no statement here")
        reader.diagnostics.append(
            Diagnostic("M0131", "there is nothing in this text", (label,), help="`metac new` writes a spec to start from")
        )
    module = ast.Module(tuple(statements), whole, reader.docs.module)
    return ParseResult(module, _sorted(reader.diagnostics, most_errors))


def parse_expression(source: Source) -> ExpressionResult:
    """A text that is one expression, such as the value in `--set name=value`; newlines in it mean nothing."""
    oversized = _size_error(source)
    if oversized:
        return ExpressionResult(None, (oversized,))
    lexed = lex(source)
    reader = _TokenRunReader(lexed)
    runs = reader.lay_out(lexed.tokens, single=True)
    expression = reader.read("expression", runs[0]) if runs else None
    if not runs and not reader.diagnostics:
        reader.diagnostics.append(Diagnostic("M0115", "a value is missing", (Label(Span(source, 0, 0), "nothing here"),)))
    return ExpressionResult(expression, _sorted(reader.diagnostics))


def _size_error(source: Source) -> Diagnostic | None:
    if len(source.text) <= MAXIMAL_SIZE:
        return None
    return Diagnostic(
        "M0121",
        "this text is too large for a spec",
        (Label(Span(source, 0, 0), f"{len(source.text)} characters; {MAXIMAL_SIZE} are allowed"),),
        help="data belong in files of their own that the spec names",
    )


def _sorted(diagnostics: Sequence[Diagnostic], most_errors: int = MAXIMAL_ERRORS) -> tuple[Diagnostic, ...]:
    ordered = sorted(diagnostics, key=lambda found: found.labels[0].span.start)
    if len(ordered) <= most_errors:
        return tuple(ordered)
    last = ordered[most_errors - 1].labels[0].span
    stopped = Diagnostic(
        "M0132",
        f"more than {most_errors} errors; the rest is not shown",
        (Label(last, "stopped here"),),
        help="`metac check --all` shows every one",
    )
    return (*ordered[: most_errors - 1], stopped)


class _TokenRunReader:
    """Reads runs of tokens; where one fails, its fields one by one."""

    def __init__(self, lexed: Lexed, most_errors: int = MAXIMAL_ERRORS) -> None:
        self.lexed = lexed
        self.most_errors = most_errors
        self.diagnostics: list[Diagnostic] = list(lexed.diagnostics)
        self.docs = Docs(lexed.comments, lexed.tokens)

    def lay_out(self, tokens: Sequence[Token], *, single: bool = False) -> list[list[Token]]:
        """The runs of tokens that are worth parsing."""
        if self.lexed.stopped:
            return []
        layout = lay_out(tokens, single=single)
        unclosed = [found.labels[0].span for found in self.diagnostics if found.code == "M0106"]
        self.diagnostics.extend(found for found in layout.diagnostics if not _swallowed(found, unclosed))
        return layout.statements

    def read(self, start: Start, tokens: Sequence[Token]) -> Any | None:
        """The node, or None where anything is wrong with it; the diagnostics are then added."""
        known = self._has_error(tokens)
        here = ParseRecord(self.docs)
        token = parse_record.set(here)
        try:
            result = parse_tokens(start, tokens)
        finally:
            parse_record.reset(token)
        self.diagnostics.extend(here.diagnostics)
        if isinstance(result, ParseFailure):
            self._recover(start, tokens, result)
            return None
        if known or here.diagnostics:
            return None
        deep = _too_deep(result)
        if deep:
            self.diagnostics.append(deep)
            return None
        return result

    def _has_error(self, tokens: Sequence[Token]) -> bool:
        """Whether an error is already known in these tokens: what follows from it is no news."""
        start, end = tokens[0].span.start, tokens[-1].span.end
        return any(start <= found.labels[0].span.start <= end for found in self.diagnostics)

    def _recover(self, start: Start, tokens: Sequence[Token], failure: ParseFailure) -> None:
        """One error for each field that cannot be read, then one for what is around the braces."""
        known = len(self.diagnostics)
        already = self._has_error(tokens)
        outside: list[Token] = []
        position = 0
        for opener, closer in _bodies(tokens):
            inner: Start = "member" if tokens[0].type == "DEFINE" else "assignment"
            if opens_block(tokens, opener):
                inner = "block_part"
                outside.extend((*tokens[position:opener], tokens[opener]._replace(type="NAME")))
            else:
                outside.extend(tokens[position : opener + 1])
            for item in _items(tokens[opener + 1 : closer]):
                if len(self.diagnostics) > self.most_errors:
                    return
                self.read(inner, item)
            position = closer + 1 if inner == "block_part" else closer
        outside.extend(tokens[position:])
        if len(outside) < len(tokens):
            self._read_outside(start, outside)
        if len(self.diagnostics) == known and not already:
            self.diagnostics.append(syntax_error(failure))

    def _read_outside(self, start: Start, outside: Sequence[Token]) -> None:
        here = ParseRecord(Docs((), ()))
        token = parse_record.set(here)
        try:
            result = parse_tokens(start, outside)
        finally:
            parse_record.reset(token)
        spans = [found.labels[0].span.start for found in self.diagnostics]
        if isinstance(result, ParseFailure) and not any(piece.span.start in spans for piece in outside):
            self.diagnostics.append(syntax_error(result))


def _swallowed(found: Diagnostic, unclosed: Sequence[Span]) -> bool:
    """Whether a bracket stays open since a text without closing quote, later on its line, took the closing one in."""
    if found.code != "M0102":
        return False
    opener = found.labels[0].span
    line, _ = opener.source.position(opener.start)
    return any(opener.start < text.start and opener.source.position(text.start)[0] == line for text in unclosed)


def _bodies(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Places of the outermost `{` and their `}`."""
    depth = opener = 0
    for index, token in enumerate(tokens):
        if token.type in BRACKETS or token.type == "LAMBDA_OPEN":
            if depth == 0:
                opener = index
            depth += 1
        elif token.type in BRACKETS.values():
            depth -= 1
            if depth == 0 and token.type == "CLOSE_BRACE":
                yield opener, index


def _items(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """The fields between two braces."""
    depth = start = 0
    for index, token in enumerate(tokens):
        if token.type in BRACKETS or token.type == "LAMBDA_OPEN":
            depth += 1
        elif token.type in BRACKETS.values():
            depth -= 1
        elif token.type == "_SEPARATOR" and depth == 0:
            if index > start:
                yield tokens[start:index]
            start = index + 1
    if start < len(tokens):
        yield tokens[start:]


def _too_deep(node: Any) -> Diagnostic | None:
    """An error where the tree below a node has more levels than recursive walks can take (`1 + 1 + 1 + …`)."""
    level, depth = [node], 0
    while level:
        if depth > MAXIMAL_DEPTH:
            return Diagnostic(
                "M0119",
                "this expression is nested too deeply",
                (Label(level[0].span, f"more than {MAXIMAL_DEPTH} levels down"),),
                help="give its parts names with `let`",
            )
        level = [child for parent in level for child in children(parent)]
        depth += 1
    return None
