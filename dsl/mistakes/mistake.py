"""How a mistake is reported: one label at its place, perhaps others, help and a fix."""

from __future__ import annotations

from metac.dsl.diagnostics.diagnostic import Diagnostic, Fix, Label
from metac.dsl.source import Span


def mistake(
    code: str, message: str, span: Span, label: str, *context: Label, help: str | None = None, replacement: str | None = None
) -> Diagnostic:
    """The diagnostic of a mistake; `replacement` is what stands at its place instead."""
    fix = None if replacement is None else Fix(span, replacement)
    return Diagnostic(code, message, (Label(span, label), *context), help=help, fix=fix)
