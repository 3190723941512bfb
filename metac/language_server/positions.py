"""Between offsets of characters and the lines and columns of an editor, which counts columns in units of an encoding."""

from __future__ import annotations

from metac.dsl.source import Source

_BYTES = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}
"""By the name that the protocol uses: Python's name, and the bytes of a unit."""


def position_of(source: Source, offset: int, encoding: str) -> tuple[int, int]:
    """Line and column, both from 0, of an offset."""
    line, column = source.position(offset)
    start = offset - (column - 1)
    name, size = _BYTES[encoding]
    return line - 1, len(source.text[start:offset].encode(name, "surrogatepass")) // size


def offset_of(source: Source, line: int, column: int, encoding: str) -> int:
    """The offset of a line and column, both from 0; beyond the end of a line or of the text, that end."""
    if line >= len(source.line_starts):
        return len(source.text)
    text = source.line(line + 1)
    name, size = _BYTES[encoding]
    before = text.encode(name, "surrogatepass")[: column * size].decode(name, "ignore")
    return source.line_starts[line] + len(before)
