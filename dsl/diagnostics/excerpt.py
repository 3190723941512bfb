"""One line of a source as a terminal shows it: tabs, wide characters, control characters, lines longer than the screen."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from metac.dsl.diagnostics.diagnostic import Label
from metac.dsl.source import Source

TAB = 4
"""Columns between two tab stops."""

_ELLIPSIS = "…"
_FAR = 4
_SPOOFING = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def clean(text: str, *, keep: str = "") -> str:
    """A text without characters that would move the cursor, change colours or the direction of writing."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(character if character in keep or not _is_unsafe(character) else "\ufffd" for character in text)


def width_of(character: str) -> int:
    """Columns that a character takes: 2 for wide ones (Unicode Annex 11), 0 for combining marks."""
    if character.isascii():
        return 1
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


class Excerpt:
    """A line, cut to a number of columns around its first label."""

    def __init__(self, source: Source, number: int, labels: Sequence[Label], width: int) -> None:
        first = min(label.span.start for label in labels)
        start = source.line_starts[number - 1]
        # A file may be one endless line; what is far from the place is cut off before it is measured.
        skipped = max(0, first - start - _FAR * width)
        self.start = start + skipped
        self.width = width
        cells, self.columns = _cells(source.line(number)[skipped : first - start + _FAR * width])
        total = self.columns[-1]
        self.left = 0
        if total > width:
            focus = self._column(first)
            self.left = max(0, min(focus - width // 3, total - width))
        self.right = self.left + width
        self.text = self._cut(cells, total)

    def _cut(self, cells: list[str], total: int) -> str:
        low = self.left + 1 if self.left else 0
        high = self.right - 1 if total > self.right else self.right
        shown = "".join(
            cell
            for cell, start, end in zip(cells, self.columns, self.columns[1:], strict=False)
            if start >= low and end <= high
        )
        hidden = next((start for start in self.columns if start >= low), low) - low
        return (_ELLIPSIS + " " * hidden if self.left else "") + shown + (_ELLIPSIS if total > self.right else "")

    def _column(self, offset: int) -> int:
        """The column, from 0, of a place in the source; places beyond the line stand at its end."""
        return self.columns[max(0, min(offset - self.start, len(self.columns) - 1))]

    def mark(self, label: Label, sign: str) -> tuple[int, str, str]:
        """Where the marks below the line start, the marks, and the words behind them.

        A label that continues over the line's end is marked up to it; one without extent gets a single mark.
        """
        low, high = self._column(label.span.start) - self.left, self._column(label.span.end) - self.left
        limit = self.right - self.left
        start = min(max(low, 0), limit)
        count = max(1, min(high, limit) - start)
        return start, sign * count, f" {clean(label.text)}" if label.text else ""


def _cells(line: str) -> tuple[list[str], list[int]]:
    """What to show for each character, and the column at which each starts (one more: where the line ends)."""
    cells: list[str] = []
    columns = [0]
    for character in line:
        if character == "\t":
            cell = " " * (TAB - columns[-1] % TAB)
            size = len(cell)
        else:
            cell = clean(character)
            size = width_of(cell)
        cells.append(cell)
        columns.append(columns[-1] + size)
    return cells, columns


def _is_unsafe(character: str) -> bool:
    return unicodedata.category(character) in _SPOOFING
