"""The LALR automaton: one run of tokens in, one node or one place of failure out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

from metac.dsl.builder import Builder
from metac.dsl.lexer import Token
from metac.dsl.source import Span
from metac.dsl.words import CLAUSE_WORDS, STATEMENT_WORDS

if TYPE_CHECKING:
    from lark import Lark

Start = Literal["statement", "member", "assignment", "expression"]

END = "$END"
_SOFT = frozenset(word.upper() for word in STATEMENT_WORDS | CLAUSE_WORDS)
_VALUES = frozenset(word.upper() for word in STATEMENT_WORDS | {"scale", "weight", "python", "gives", "as"})
CLASSES = {
    "COMPARISON": ("LESS", "LESS_EQUAL", "MORE", "MORE_EQUAL", "SAME", "DIFFERENT"),
    "FACTOR": ("STAR", "SLASH"),
    "BOOLEAN": ("TRUE", "FALSE"),
    "MODIFIER": ("SCALE", "WEIGHT", "WITHIN"),
    "EXTREMUM": ("MINIMIZE", "MAXIMIZE"),
    "CONTINUATION": ("STAGE", "SWEEP"),
}
"""Terminals of the grammar that stand for several types of tokens: fewer of them make a smaller automaton."""

_CLASS_OF = {member: name for name, members in CLASSES.items() for member in members}
_STARTS_VALUE = frozenset({"NAME", "NUMBER", "QUANTITY", "TEXT", "TRUE", "FALSE", "NONE", "IF"})


@dataclass(frozen=True)
class Failure:
    """Where the automaton could not go on: `tokens[index]`, or the end, and what it would have taken there."""

    start: Start
    tokens: Sequence[Token]
    index: int
    accepted: frozenset[str]

    def at(self, offset: int = 0) -> Token:
        """The failing token, or one before or after it; past either end, a token of type `$END`."""
        place = self.index + offset
        if 0 <= place < len(self.tokens):
            return self.tokens[place]
        return end_token(self.tokens)


@cache
def automaton() -> Lark:
    """The parser, made once in a process."""
    from lark import Lark

    grammar = files("metac.dsl").joinpath("grammar.lark").read_text("utf-8")
    starts = ["statement", "member", "assignment", "expression"]
    return Lark(grammar, parser="lalr", lexer="basic", start=starts, maybe_placeholders=True, transformer=Builder())


def end_token(tokens: Sequence[Token]) -> Token:
    """The end of a run of tokens, just after the last."""
    last = tokens[-1].span
    return Token(END, Span(last.source, last.end, last.end))


def run(start: Start, tokens: Sequence[Token]) -> Any | Failure:
    """The node for a run of at least one token, or where it fails. `builder.findings` must be set."""
    from lark.exceptions import UnexpectedToken

    state = automaton().parse_interactive(start=start)
    index = 0
    try:
        for index, token in enumerate(tokens):
            kind = token.type
            if kind in _SOFT:
                kind = _kind(token, tokens[index + 1].type if index + 1 < len(tokens) else END, state.choices())
            kind = _CLASS_OF.get(kind, kind)
            token = token if kind == token.type else token._replace(type=kind)
            state.feed_token(token)  # pyright: ignore[reportArgumentType]
        index = len(tokens)
        return state.feed_token(end_token(tokens))  # pyright: ignore[reportArgumentType]
    except UnexpectedToken:
        accepted = (member for terminal in state.accepts() for member in CLASSES.get(terminal, (terminal,)))
        return Failure(start, tokens, index, frozenset(accepted))


def _kind(token: Token, following: str, choices: Any) -> str:
    """The type of a word of the language: NAME where the grammar wants a name and the word can be nothing else.

    Before `=` and `:` it always is one (a field called `by`). As a value, only words that join no two expressions are names,
    or a forgotten value would pass unnoticed.
    """
    if "NAME" not in choices:
        return token.type
    binds = following in ("EQUALS", "COLON")
    if not binds:
        if _CLASS_OF.get(token.type, token.type) in choices or following in _STARTS_VALUE:
            return token.type
        if "NUMBER" in choices and token.type not in _VALUES:
            return token.type
    return "NAME"
