"""Checks on a typed graph, one file a check. Each is a function of the elaboration and the findings."""

from __future__ import annotations

from dataclasses import replace

from metac.compiler.checks.answered import check_answered
from metac.compiler.checks.attainable import check_attainable, check_contradictions
from metac.compiler.checks.combinations import check_combinations
from metac.compiler.checks.components import check_components
from metac.compiler.checks.construction import check_construction
from metac.compiler.checks.curve_starts import check_curve_starts
from metac.compiler.checks.domains import check_domains
from metac.compiler.checks.doubted import check_doubted
from metac.compiler.checks.goals import check_goals
from metac.compiler.checks.goals_together import check_goals_together
from metac.compiler.checks.implementations import check_implementations
from metac.compiler.checks.imports import check_imports
from metac.compiler.checks.judged import check_judged
from metac.compiler.checks.kept import check_kept
from metac.compiler.checks.ranges import check_ranges
from metac.compiler.checks.reordered import check_reordered
from metac.compiler.checks.stated_fields import check_stated_fields
from metac.compiler.checks.study_order import check_study_order
from metac.compiler.checks.trivial_goals import check_trivial_goals
from metac.compiler.checks.usage import check_usage
from metac.compiler.checks.usual import check_usual
from metac.compiler.checks.varied import check_varied
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.elaborate import Elaboration

CHECKS = (
    check_ranges,
    check_varied,
    check_stated_fields,
    check_domains,
    check_goals,
    check_study_order,
    check_components,
    check_combinations,
    check_implementations,
    check_answered,
    check_construction,
    check_doubted,
    check_judged,
    check_attainable,
    check_contradictions,
    check_kept,
    check_goals_together,
    check_trivial_goals,
    check_usual,
    check_curve_starts,
    check_reordered,
    check_imports,
    check_usage,
)
OF_WHAT_COUNTS = (
    check_goals,
    check_study_order,
    check_varied,
    check_components,
    check_attainable,
    check_contradictions,
    check_kept,
    check_goals_together,
    check_trivial_goals,
    check_usual,
    check_curve_starts,
    check_imports,
    check_usage,
)
"""These ask what a design aims at, lacks or does not use; the others look at each object and parameter, used or not."""


def run_checks(elaboration: Elaboration, findings: DiagnosticsSink) -> None:
    """Every check, in order; none stops the others."""
    everything = replace(elaboration, design=elaboration.everything)
    for check in CHECKS:
        check(elaboration if check in OF_WHAT_COUNTS else everything, findings)
