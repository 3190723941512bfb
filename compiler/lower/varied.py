"""Parameters that vary may only enter what a program computes again each time."""

from __future__ import annotations

from collections.abc import Mapping

from metac.compiler.lower.implementation import Implementation
from metac.compiler.lower.inputs import Split, concrete_fields
from metac.compiler.plan import Plan
from metac.compiler.varied_parameters import made_once
from metac.dsl.diagnostics.diagnostic import DiagnosticError


def require_free(plan: Plan, implementations: Mapping[str, Implementation], split: Split) -> None:
    """Raises DiagnosticError M0518 where a parameter that varies enters a field whose value the program has fixed."""
    varied = plan.design.varied
    if not varied:
        return
    fields = ((node, field) for node, field in concrete_fields(plan, implementations, split) if node.name not in varied)
    found = tuple(each for node, field in fields for each in made_once(plan.design, node, field))
    if found:
        raise DiagnosticError(found)
