"""Measures are asked only of what answers them: their definitions know (`answered`), and are asked before anything runs."""

from __future__ import annotations

from metac.compiler.checks.attainable import FactReader
from metac.compiler.checks.known_values import parameter_values
from metac.compiler.constant_values import value_or_none
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.elaborate import Elaboration
from metac.compiler.library.class_loading import load_target
from metac.compiler.lower.implementation import ErrorLocator
from metac.dsl.diagnostics.diagnostic import DiagnosticError


def check_answered(elaboration: Elaboration, findings: DiagnosticsSink) -> None:
    """What a measure's function `answered` refuses (`FieldError`), at the field; M0523 in the library."""
    design = elaboration.design
    facts = FactReader(design, parameter_values(design))
    for node in design.nodes.values():
        judge = value_or_none(node.members.get("answered"))
        if not isinstance(judge, str):
            continue
        try:
            with ErrorLocator({}, design.nodes).at(node):
                load_target(node.definition, judge)(facts.of(node))
        except DiagnosticError as problem:
            for diagnostic in problem.diagnostics:
                findings.add(diagnostic)
