"""What every part of the lexer works on: the source, what was found, and how both are reported."""

from __future__ import annotations

import unicodedata

from metac.dsl.diagnostics.diagnostic import Diagnostic, Fix, Label
from metac.dsl.lexical_patterns import TURNING
from metac.dsl.source import Source, Span
from metac.dsl.tokens import Lexed, Token


class LexerState:
    """A source and what was read of it so far."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.out = Lexed()
        self.line_is_blank = True
        """Whether nothing but blanks stands before, on the line that is read."""
        self.depth = 0
        """How many brackets are open."""

    def _span(self, start: int, end: int) -> Span:
        return Span(self.source, start, end)

    def _push(self, kind: str, start: int, end: int, value: object = None) -> int:
        self.out.tokens.append(Token(kind, self._span(start, end), value))
        self.line_is_blank = False
        return end

    def _report(
        self,
        code: str,
        message: str,
        start: int,
        end: int,
        label: str,
        help: str | None = None,
        replacement: str | None = None,
        replaced_to: int | None = None,
    ) -> None:
        span = self._span(start, end)
        fix = None if replacement is None else Fix(self._span(start, replaced_to or end), replacement)
        self.out.diagnostics.append(Diagnostic(code, message, (Label(span, label),), help=help, fix=fix))

    def _refuse_turning(self, start: int, end: int) -> None:
        """Refuses characters in a comment or text that make it look other than it is read."""
        found = TURNING.search(self.source.text, start, end)
        if found is not None:
            name = unicodedata.name(found.group())
            self._report(
                "M0136",
                "this character turns the direction of reading: what is seen is not what is read",
                *found.span(),
                f"U+{ord(found.group()):04X} {name}",
                help="take it away; letters of right-to-left scripts need none",
                replacement="",
            )
