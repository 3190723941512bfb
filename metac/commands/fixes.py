"""The fixes that diagnostics carry, put into the text: one that leaves as much wrong as before is not taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from metac.dsl.diagnostics.diagnostic import Diagnostic, Fix
from metac.dsl.source import Source

MOST_TRIED = 200
"""Fixes that are tried in one text; each is a check of its own."""

Check = Callable[[Source], Sequence[Diagnostic]]


@dataclass(frozen=True)
class Fixed:
    """A text after its fixes."""

    source: Source
    applied: tuple[Diagnostic, ...]
    """What was settled, in the order in which it was; places are those in the text at that time."""
    left: Sequence[Diagnostic]
    """What is found in the text now."""


def fixed(source: Source, check: Check) -> Fixed:
    """Apply the fixes of a text until none helps any more.

    A fix is kept where the text then has fewer diagnostics, and no more errors, than before: so it comes to an end, a text
    without diagnostics stays as it is, and doing it again changes nothing.
    """
    found, applied, tried = check(source), [], 0
    refused: set[tuple[str, Fix]] = set()
    while True:
        for diagnostic in found:
            fix = diagnostic.fix
            if fix is None or fix.span.source.name != source.name or (source.text, fix) in refused or tried >= MOST_TRIED:
                continue
            tried += 1
            better = Source(source.name, source.text[: fix.span.start] + fix.replacement + source.text[fix.span.end :])
            then = check(better)
            if len(then) < len(found) and _errors(then) <= _errors(found):
                source, found = better, then
                applied.append(diagnostic)
                break
            refused.add((source.text, fix))
        else:
            return Fixed(source, tuple(applied), found)


def _errors(found: Sequence[Diagnostic]) -> int:
    return sum(each.severity == "error" for each in found)
