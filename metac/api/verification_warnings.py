"""What is reported of a result that was verified: values that are missing, paths that are unstable, elements that lock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from metac.api.failures import diagnostic_of
from metac.dsl.diagnostics.diagnostic import Diagnostic, Label
from metac.runtime.errors import instabilities
from metac.runtime.report.verdicts import Verdict

if TYPE_CHECKING:
    from metac.api.fresh_mesh_check import FreshCheck
    from metac.api.study import StudyResult
    from metac.compiler.graph import DesignGraph
    from metac.runtime.report.reported import Reported

LOCKED = 0.02
"""Share of a value from which on a difference between elements of first and second order is reported."""


def missing_values(graph: DesignGraph, judged: Sequence[Verdict]) -> Diagnostic | None:
    """The failure of a run whose evaluation gave values that are infinite or not a number; None where all are finite."""
    missing = [verdict.name for verdict in judged if not verdict.complete]
    if not missing:
        return None
    labels = tuple(
        Label(each.span, "has no finite value") for each in (*graph.goals, *graph.requirements) if each.name in missing
    )
    message = f"{', '.join(f'`{name}`' for name in missing)}: the value is infinite or not a number"
    return Diagnostic(
        "M0614", message, labels, help="look for a division by zero, or a range in which the load has no values"
    )


def unstable_loads(graph: DesignGraph, evaluation: Any, reports: Sequence[Reported]) -> list[Diagnostic]:
    """A warning for each load whose path ends on an unstable branch, those included that reports alone read."""
    messages = instabilities(evaluation.status)
    for each in reports:
        messages = {**each.own.unstable, **messages}
    found = []
    for name, message in messages.items():
        node = graph.nodes.get(name)
        labels = () if node is None else (Label(node.span, "this load"),)
        remedy = "take more, smaller increments; a design that is not quite symmetric finds its branch by itself"
        found.append(Diagnostic("M0615", message, labels, help=remedy, severity="warning"))
    return found


def abandoned_restarts(found: StudyResult) -> list[Diagnostic]:
    """A warning for each restart that was given up, where others went on."""
    if found.failure is not None:
        return []
    return [
        Diagnostic(
            "M0610",
            f"restart {failed.restart + 1}{f' of `{study.name}`' if len(found.studies) > 1 else ''} was given up "
            f"{failed.message}",
            help=failed.remedy,
            severity="warning",
        )
        for study in found.studies
        for failed in study.failures
    ]


def locking_warnings(graph: DesignGraph, judged: Sequence[Verdict], second_order: FreshCheck) -> list[Diagnostic]:
    """A warning where second-order elements give another value than those of the run."""
    off = [(each, share) for each in judged if (share := _off(each)) is not None and share > LOCKED]
    if not off:
        return []
    spans = {each.name: each.span for each in (*graph.goals, *graph.requirements)}
    named = ", ".join(f"`{each.name}` by {100 * share:.2g} %" for each, share in off)
    return [
        Diagnostic(
            "M0618",
            f"second-order elements give other values: {named}",
            tuple(Label(spans[each.name], "off") for each, _ in off),
            notes=(
                f"the material hardly changes its volume, or flows without changing it: linear elements of "
                f"{listed(second_order.bodies)} lock",
            ),
            help="set `order = 2` in the body, and of an elastic one `element = mixed`",
            severity="warning",
        )
    ]


def listed(names: Sequence[str]) -> str:
    """Names for people."""
    return ", ".join(f"`{name}`" for name in names)


def _off(verdict: Verdict) -> float | None:
    """The largest difference that second-order elements make, over the largest value; None where that is not known."""
    if not verdict.second_order_checked or verdict.second_order_value is None:
        return None
    own, other = (np.array(value, dtype=float) for value in (verdict.value, verdict.second_order_value))
    if not (np.isfinite(own).all() and np.isfinite(other).all()):
        return None
    largest = np.abs(other).max()
    return float(np.abs(own - other).max() / largest) if largest else None


def failed_check(graph: DesignGraph, fresh: FreshCheck, where: str) -> list[Diagnostic]:
    """A warning where the evaluation that the result is confirmed by failed."""
    if fresh.failure is None:
        return []
    cause = diagnostic_of(fresh.failure, graph, severity="warning")
    message = f"the final check {where} failed, so no goal counts as met"
    return [Diagnostic("M0631", message, cause.labels, notes=(cause.message,), help=cause.help, severity="warning")]
