"""Formats of figures that may be asked for beside PNG."""

from __future__ import annotations

from collections.abc import Iterable

FORMATS = ("svg", "pdf")


def checked_formats(asked: Iterable[str]) -> tuple[str, ...]:
    """Formats without repetition; ValueError for one that is not known."""
    found = tuple(dict.fromkeys(asked))
    for form in found:
        if form not in FORMATS:
            raise ValueError(f"figures are written as PNG, and as {' or '.join(FORMATS)} where asked for, not as {form!r}")
    return found
