"""Measures are asked only of what answers them: their definitions know (`answered`), and are asked before anything runs."""

from __future__ import annotations

from metac.compiler.checks.facts import facts_of, judged
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.elaborate import Elaboration
from metac.compiler.library.class_loading import load_target
from metac.compiler.lower.implementation import ErrorLocator


def check_answered(elaboration: Elaboration, findings: DiagnosticsSink) -> None:
    """What a measure's function `answered` refuses (`FieldError`), at the field; M0523 in the library."""
    design = elaboration.design
    facts = facts_of(design)
    for node, judge in judged(design, "answered"):
        with findings.keeping(), ErrorLocator({}, design.nodes).at(node):
            load_target(node.definition, judge)(facts.of(node))
