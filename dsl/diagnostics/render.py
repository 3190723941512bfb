"""Diagnostics for people: the place in the text, what is wrong there, and a way out.

The layout is made of styled pieces. `render` joins them to plain text; `styled` makes a `rich` text of them, for a terminal.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from metac.dsl.diagnostics.diagnostic import Diagnostic, Label
from metac.dsl.diagnostics.excerpt import Excerpt, clean
from metac.dsl.source import Source

if TYPE_CHECKING:
    from rich.text import Text

WIDTH = 100
"""Columns to write in where nobody says otherwise."""

Piece = tuple[str, str]
"""A text and its style: a key of STYLES, or "" for none."""

STYLES = {
    "error": "bold red",
    "warning": "bold yellow",
    "message": "bold",
    "frame": "blue",
    "context": "cyan",
    "help": "green",
}


def render(diagnostics: Iterable[Diagnostic], *, width: int = WIDTH) -> str:
    """All diagnostics as plain text, `width` columns wide, an empty line between two; ends in a newline unless empty."""
    blocks = [
        "\n".join("".join(text for text, _ in line).rstrip() for line in _lines(found, width)) for found in diagnostics
    ]
    return "\n\n".join(blocks) + "\n" if blocks else ""


def styled(diagnostics: Iterable[Diagnostic], *, width: int = WIDTH) -> Text:
    """The same in colours, to print with a `rich.console.Console`."""
    from rich.text import Text

    result = Text()
    for index, found in enumerate(diagnostics):
        if index:
            result.append("\n")
        for line in _lines(found, width):
            for text, style in line:
                result.append(text, STYLES.get(style))
            result.append("\n")
    return result


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """`2 errors, 1 warning`; empty where there are none."""
    parts: list[str] = []
    for severity in ("error", "warning"):
        count = sum(found.severity == severity for found in diagnostics)
        if count:
            parts.append(f"{count} {severity}{'s' if count > 1 else ''}")
    return ", ".join(parts)


def _lines(found: Diagnostic, width: int) -> Iterator[list[Piece]]:
    yield from _wrapped([(f"{found.severity}[{found.code}]: ", found.severity)], found.message, width, "message")
    sources = list(dict.fromkeys(label.span.source for label in found.labels))
    gutter = max((_gutter(found.labels, source) for source in sources), default=1)
    for source in sources:
        yield from _frame(found, source, gutter, width)
    mark = f" {' ' * gutter} = "
    for note in found.notes:
        yield from _wrapped([(mark, "frame")], note, width, "")
    if found.help is not None:
        yield from _wrapped([(mark, "frame"), ("help: ", "help")], found.help, width, "")


def _wrapped(start: list[Piece], text: str, width: int, style: str) -> Iterator[list[Piece]]:
    """A text after some pieces, its further lines indented to stand below the first."""
    indent = sum(len(piece) for piece, _ in start)
    room = max(width - indent, 20)
    lines = [
        line
        for paragraph in clean(text, keep="\n").split("\n")
        for line in textwrap.wrap(paragraph, room, break_long_words=False, break_on_hyphens=False) or [""]
    ]
    hanging = min(indent, 8) if start[0][1] != "frame" else indent
    for index, line in enumerate(lines):
        yield [*start, (line, style)] if index == 0 else [(" " * hanging, ""), (line, style)]


def _gutter(labels: Sequence[Label], source: Source) -> int:
    return max(len(str(source.position(label.span.start)[0])) for label in labels if label.span.source is source)


def _frame(found: Diagnostic, source: Source, gutter: int, width: int) -> Iterator[list[Piece]]:
    """The lines of one source that have labels, each with its marks below."""
    labels = [label for label in found.labels if label.span.source is source]
    line, column = source.position(labels[0].span.start)
    where = f":{line}:{column}" if source.text else ""
    yield [(f" {' ' * gutter} ┌─ ", "frame"), (f"{clean(source.name)}{where}", "")]
    if not source.text:
        return
    by_line: dict[int, list[Label]] = {}
    for label in labels:
        by_line.setdefault(source.position(label.span.start)[0], []).append(label)
    previous = None
    for number in sorted(by_line):
        if previous is not None and number > previous + 1:
            yield [(f" {'·' * gutter} │", "frame")]
        previous = number
        excerpt = Excerpt(source, number, by_line[number], width - gutter - 4)
        yield [(f" {number:>{gutter}} │ ", "frame"), (excerpt.text, "")]
        for label in sorted(by_line[number], key=lambda label: label.span.start, reverse=True):
            primary = label is found.labels[0]
            style = found.severity if primary else "context"
            start, marks, note = excerpt.mark(label, "^" if primary else "-")
            margin = (f" {' ' * gutter} │ ", "frame")
            if start + len(marks) + len(note) <= excerpt.width:
                yield [margin, (" " * start, ""), (marks, style), (note, style)]
                continue
            yield [margin, (" " * start, ""), (marks, style)]
            yield [margin, (" " * min(start, max(0, excerpt.width - len(note))), ""), (note.lstrip(), style)]
