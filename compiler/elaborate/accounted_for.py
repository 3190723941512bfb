"""No statement is left out of a design without a word."""

from __future__ import annotations

from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.dsl.source import Span


def accounted_for(span: Span, sound: bool, findings: DiagnosticsSink) -> bool:
    """Whether a statement is sound; M0515 for one that is not although nothing was found wrong."""
    if not sound and not findings.failed:
        findings.error(
            "M0515",
            "this cannot be worked out",
            span,
            help="this is an internal error of the compiler: please send us the spec",
        )
    return sound
