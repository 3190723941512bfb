"""Objects that can be made but are seldom meant so: their definitions know (`doubted`)."""

from __future__ import annotations

from metac.compiler.checks.facts import facts_of, judged
from metac.compiler.checks.known_objects import known_objects
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.elaborate import Elaboration
from metac.compiler.interfaces.doubted import Doubt
from metac.compiler.library.class_loading import load_target
from metac.dsl.diagnostics.diagnostic import Label


def check_doubted(elaboration: Elaboration, findings: DiagnosticsSink) -> None:
    """A warning, M0650 or one of their own code, for what functions that definitions name as `doubted` say of objects."""
    design = elaboration.design
    facts, objects = facts_of(design), known_objects(elaboration, findings)
    for node, judge in judged(design, "doubted"):
        try:
            doubt: Doubt | None = None
            with findings.keeping():
                doubt = load_target(node.definition, judge)(facts.of(node), objects.made(node))
        except Exception as problem:  # whatever a function from outside the library does
            objects.add_defect(node, problem)
            continue
        if doubt is not None:
            place = node.field_spans.get(doubt.field, node.span)
            code = doubt.code or "M0650"
            outside = place.source != node.span.source
            others = (Label(node.span, "given to this object"),) if outside else ()
            findings.error(code, doubt.message, place, others=others, notes=doubt.notes, help=doubt.help, severity="warning")
