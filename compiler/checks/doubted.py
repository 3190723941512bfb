"""Objects that can be made but are seldom meant so: their definitions know (`doubted`)."""

from __future__ import annotations

from metac.compiler.checks.facts import facts_of, judged
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.elaborate import Elaboration
from metac.compiler.interfaces.doubted import Doubt
from metac.compiler.library.class_loading import load_target


def check_doubted(elaboration: Elaboration, findings: DiagnosticsSink) -> None:
    """M0650, a warning, for what the function that a definition names as `doubted` says of an object."""
    design = elaboration.design
    facts = facts_of(design)
    for node, judge in judged(design, "doubted"):
        with findings.keeping():
            doubt: Doubt | None = load_target(node.definition, judge)(facts.of(node))
            if doubt is not None:
                place = node.field_spans.get(doubt.field, node.span)
                findings.error("M0650", doubt.message, place, notes=doubt.notes, help=doubt.help, severity="warning")
