"""What the lexer gives: tokens, doc comments, and what is wrong in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from metac.dsl.diagnostics.diagnostic import Diagnostic
from metac.dsl.source import Span


class Token(NamedTuple):
    """`type` is a terminal of the grammar; `value` what it means: a float, a resolved text, or (value, unit, unit span)."""

    type: str
    span: Span
    value: object = None

    @property
    def text(self) -> str:
        """The characters as written."""
        return self.span.text

    def __str__(self) -> str:
        return self.span.text


@dataclass(frozen=True)
class Comment:
    """A doc comment: its text, and whether something stands before it on its line."""

    text: str
    span: Span
    trailing: bool


@dataclass
class Lexed:
    """All tokens of a source in order, newlines included; comments apart."""

    tokens: list[Token] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    stopped: bool = False
    """Whether it stopped at brackets nested too deeply: what was read is then not worth parsing."""
