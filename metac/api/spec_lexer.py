"""Specs in colour wherever Pygments is used: documentation, notebooks, terminals. Registered as `meta`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from pygments.lexer import Lexer
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Text, Whitespace, _TokenType

from metac.dsl.keywords import CLAUSE_WORDS, OPERATORS, RESERVED_WORDS, STATEMENT_WORDS
from metac.dsl.lexer import lex
from metac.dsl.source import Source
from metac.dsl.tokens import Token

_PUNCTUATION = frozenset("(){}[],:.")
_SIGNS = {name: Punctuation if sign in _PUNCTUATION else Operator for sign, name in OPERATORS.items()}
_LITERALS = frozenset({"true", "false", "none"})


class SpecLexer(Lexer):
    """The lexer of the language itself, with Pygments' names of tokens."""

    name = "metac spec"
    aliases: ClassVar[Sequence[str]] = ("meta", "metac")
    filenames: ClassVar[Sequence[str]] = ("*.meta",)

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, _TokenType, str]]:
        """Offset, token and text of each piece; together they are the text."""
        tokens = [each for each in lex(Source("<text>", text)).tokens if each.span.end > each.span.start]
        position = 0
        for index, token in enumerate(tokens):
            yield from _between(text, position, token.span.start)
            if token.type == "QUANTITY":
                yield from _quantity(token)
            else:
                before = tokens[index - 1].type if index else "NEWLINE"
                after = tokens[index + 1].type if index + 1 < len(tokens) else ""
                yield token.span.start, _kind(token, before, after), token.text
            position = token.span.end
        yield from _between(text, position, len(text))


def _between(text: str, start: int, end: int) -> Iterator[tuple[int, _TokenType, str]]:
    """Blanks and comments."""
    while start < end:
        if text[start] == "#":
            stop = min((at for sign in "\r\n" if (at := text.find(sign, start, end)) >= 0), default=end)
            doc = text.startswith("##", start) and not text.startswith("###", start)
            yield start, Comment.Special if doc else Comment.Single, text[start:stop]
        else:
            stop = text.find("#", start, end)
            stop = end if stop < 0 else stop
            yield start, Whitespace if text[start:stop].isspace() else Text, text[start:stop]
        start = stop


def _quantity(token: Token) -> Iterator[tuple[int, _TokenType, str]]:
    """Number, blank and unit."""
    _, _, unit = token.value  # pyright: ignore[reportGeneralTypeIssues]
    number = token.text[: unit.start - token.span.start]
    yield token.span.start, Number, number.rstrip()
    if number != number.rstrip():
        yield token.span.start + len(number.rstrip()), Whitespace, number[len(number.rstrip()) :]
    yield unit.start, Keyword.Type, token.text[unit.start - token.span.start :]


def _kind(token: Token, before: str, after: str) -> _TokenType:
    word = token.text
    if token.type == "NAME":
        if after == "OPEN_ROUND":
            return Name.Function
        if after == "OPEN_BRACE":
            return Name.Class
        if before in ("NEWLINE", "DEFINE") and after == "NAME":
            return Keyword.Declaration
        return Name.Attribute if after == "EQUALS" and before != "NAME" else Name
    if token.type in ("NUMBER", "TEXT", "NEWLINE"):
        return {"NUMBER": Number, "TEXT": String, "NEWLINE": Whitespace}[token.type]
    if word in RESERVED_WORDS:
        return Keyword.Constant if word in _LITERALS else Operator.Word
    if word in STATEMENT_WORDS or word in CLAUSE_WORDS:
        return Keyword
    return _SIGNS.get(token.type, Text)
