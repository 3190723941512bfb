"""What can be done about a diagnostic, and the even layout of a text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from metac.dsl.diagnostics.diagnostic import Diagnostic, Fix
from metac.dsl.tidy import tidied
from metac.language_server.document import Document


@dataclass(frozen=True)
class QuickFix:
    """A change of the text that settles a diagnostic."""

    title: str
    diagnostic: Diagnostic
    fix: Fix


def actions(document: Document, start: int, end: int) -> Iterator[QuickFix]:
    """The fixes of what is found between two offsets."""
    for found in document.diagnostics:
        if found.fix is None or not found.labels or found.fix.span.source.name != document.source.name:
            continue
        place = found.labels[0].span
        if place.start <= end and start <= place.end:
            yield QuickFix(found.help or f"replace by `{found.fix.replacement}`", found, found.fix)


def laid_out(document: Document) -> str | None:
    """The text as `metac fmt` lays it out; None where it has errors of syntax, and stays as it is."""
    return tidied(document.source) if document.readable else None
