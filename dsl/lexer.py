"""Characters to tokens.

Hand-written so that each thing that a writer may get wrong inside a token has its own message, and the parser never sees
half a token. What is wrong is reported and stands in the stream as what was most likely meant, for the parser to continue.
"""

from __future__ import annotations

import re
import unicodedata

from metac.dsl.keywords import BRACKETS, CLOSERS, FOREIGN_OPERATORS, OPERATORS, WORDS
from metac.dsl.lexers.characters import shown_with_name
from metac.dsl.lexers.comments import CommentLexer
from metac.dsl.lexers.numbers import NumberLexer
from metac.dsl.lexers.texts import TextLexer
from metac.dsl.lexical_patterns import BYTE_ORDER_MARK, DASHES, MASTER
from metac.dsl.limits import MAXIMAL_DEPTH, MAXIMAL_ERRORS, MAXIMAL_NAME, MAXIMAL_TOKENS
from metac.dsl.source import Source
from metac.dsl.tokens import Lexed

_UNKNOWN_HELP = {
    ";": "a new line ends a statement; a new line or a comma separates fields",
    "\\": "a statement continues over the line's end in `( )` and `[ ]`, or where the next line starts with an operator",
    "@": "products of tensors are written `*`",
    "?": "a choice is written `if condition then a else b`",
    "'": "a text stands in double quotes; a transpose is written `F.T`",
    "²": "powers are written `^2`",
    "³": "powers are written `^3`",
    "√": "write `sqrt(…)`",
    "\x00": "this may not be a text file",
}


def lex(source: Source, *, most_errors: int = MAXIMAL_ERRORS) -> Lexed:
    """All tokens of a source, or those before so many errors; never raises."""
    return _Lexer(source).run(most_errors)


class _Lexer(NumberLexer, TextLexer, CommentLexer):
    """One method a group of MASTER; each gives the offset at which to continue."""

    def run(self, most_errors: int) -> Lexed:
        text = self.source.text
        position = 1 if text.startswith(BYTE_ORDER_MARK) else 0
        while position < len(text) and len(self.out.diagnostics) < most_errors and not self.out.stopped:
            found = MASTER.match(text, position)
            assert found is not None and found.lastgroup is not None, "the last alternative takes any character"
            position = getattr(self, f"_{found.lastgroup.lower()}")(found)
            if len(self.out.tokens) > MAXIMAL_TOKENS:
                self._stop_at(*found.span())
        return self.out

    def _stop_at(self, start: int, end: int) -> None:
        self.out.stopped = True
        self._report(
            "M0121",
            "this text is too long for a spec",
            start,
            end,
            f"more than {MAXIMAL_TOKENS:,} words, numbers and signs",
            help="data belong in files of their own that the spec names",
        )

    def _newline(self, found: re.Match[str]) -> int:
        end = self._push("NEWLINE", *found.span())
        self.line_is_blank = True
        return end

    def _blank(self, found: re.Match[str]) -> int:
        return found.end()

    def _name(self, found: re.Match[str]) -> int:
        start, end = found.span()
        word = found.group()
        if end - start > MAXIMAL_NAME:
            self._report(
                "M0120", "this name is too long", start, end, f"{end - start} characters; {MAXIMAL_NAME} are allowed"
            )
        if not word.isascii():
            word = unicodedata.normalize("NFC", word)
        return self._push(word.upper() if word in WORDS else "NAME", start, end, word)

    def _operator(self, found: re.Match[str]) -> int:
        start, end = found.span()
        spelling = found.group()
        if self.line_is_blank and DASHES.match(self.source.text, start):
            return self._dashes_for_comment(start)
        if spelling in OPERATORS:
            kind = OPERATORS[spelling]
            if kind in BRACKETS:
                self._open_bracket(start, end)
            elif kind in CLOSERS:
                self.depth = max(0, self.depth - 1)
            return self._push(kind, start, end)
        meant, help = FOREIGN_OPERATORS[spelling]
        self._report("M0118", f"`{spelling}` is no operator of this language", start, end, help)
        return self._push(meant, start, end)

    def _open_bracket(self, start: int, end: int) -> None:
        self.depth += 1
        if self.depth > MAXIMAL_DEPTH:
            self.out.stopped = True
            self._report("M0119", "brackets are nested too deeply", start, end, f"more than {MAXIMAL_DEPTH} are open here")

    def _unknown(self, found: re.Match[str]) -> int:
        start, end = found.span()
        text = self.source.text
        # A run of strange characters is one mistake, not many.
        while end < len(text) and not text[end].isascii() and MASTER.match(text, end).lastgroup == "UNKNOWN":  # pyright: ignore[reportOptionalMemberAccess]
            end += 1
        self.line_is_blank = False
        character = text[start]
        self._report(
            "M0105",
            f"the character {shown_with_name(character)} has no meaning here",
            start,
            end,
            "unknown character",
            help=_UNKNOWN_HELP.get(character),
        )
        return end
