"""Texts in quotes, with their escapes."""

from __future__ import annotations

import re

from metac.dsl.lexers.characters import shown
from metac.dsl.lexers.state import LexerState
from metac.dsl.lexical_patterns import ESCAPES
from metac.dsl.limits import MAXIMAL_TEXT


class TextLexer(LexerState):
    """Reads what stands in quotes; each method of a group gives the offset at which to continue."""

    def _text(self, found: re.Match[str]) -> int:
        start, end = found.span()
        raw = found.group()
        self._refuse_turning(start, end)
        if len(raw) < 2 or not raw.endswith('"') or _ends_in_escape(raw):
            # Brackets that are open close behind the quote that is missing: one mistake, not two.
            end -= self._closers_at_end(raw[1:])
            raw = self.source.text[start:end]
            self._report(
                "M0106",
                "this text has no closing quote",
                start,
                end,
                "the text starts here; `\"` is missing at the line's end",
            )
            return self._push("TEXT", start, end, raw[1:])
        if end - start > MAXIMAL_TEXT:
            self._report(
                "M0120", "this text is too long", start, end, f"{end - start} characters; {MAXIMAL_TEXT} are allowed"
            )
        return self._push("TEXT", start, end, re.sub(r"\\(.)", lambda escape: self._escape(escape, start + 1), raw[1:-1]))

    def _closers_at_end(self, text: str) -> int:
        """How many characters at the end of a text are closing brackets, and blanks between, for brackets that are open."""
        left, depth = text, self.depth
        while depth and left.rstrip(" \t").endswith((")", "]", "}")):
            left, depth = left.rstrip(" \t")[:-1], depth - 1
        return len(text) - len(left.rstrip(" \t")) if left != text else 0

    def _escape(self, found: re.Match[str], offset: int) -> str:
        letter = found.group(1)
        if letter not in ESCAPES:
            self._report(
                "M0107",
                f"`\\{shown(letter)}` means nothing in a text",
                offset + found.start(),
                offset + found.end(),
                "unknown escape",
                help='the escapes are `\\"`, `\\\\`, `\\n` and `\\t`; a backslash is written `\\\\`',
            )
        return ESCAPES.get(letter, letter)

    def _quoted(self, found: re.Match[str]) -> int:
        start, end = found.span()
        inner = found.group()[1:-1]
        replacement = '"' + inner.replace("\\", "\\\\").replace('"', '\\"') + '"'
        self._report(
            "M0105",
            "a text stands in double quotes",
            start,
            end,
            "other quotes",
            help=f"write `{replacement}`",
            replacement=replacement,
        )
        return self._push("TEXT", start, end, inner)


def _ends_in_escape(raw: str) -> bool:
    """Whether the last quote is escaped and so does not close the text."""
    backslashes = len(raw[:-1]) - len(raw[:-1].rstrip("\\"))
    return backslashes % 2 == 1
