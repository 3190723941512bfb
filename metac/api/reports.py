"""What a spec reports, computed at a run's end on each mesh that its goals are judged on; the failure of one is its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from metac.api.failures import failure_of
from metac.api.single_runs import compiled_once
from metac.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError, Label
from metac.runtime.errors import first_failure, instabilities
from metac.runtime.report.reported import OnMesh, Reported
from metac.runtime.report.verdicts import UNREAD

if TYPE_CHECKING:
    from metac.api.study import StudyResult
    from metac.compiler.graph import DesignGraph, Goal, Report


def reported(
    found: StudyResult, graph: DesignGraph, remade: tuple[Mapping[str, Any], Mapping[str, Any]], applied: Mapping[str, str]
) -> list[Reported]:
    """Every report of the spec, in its order.

    Args:
        found: what the study ended with.
        graph: of the design.
        remade: by name, the bodies of the check on fresh meshes, and those with second-order elements.
        applied: by load, what its abscissa is, in words.
    """
    from metac.compiler.types.wording import unit_of

    if not graph.reports:
        return []
    names = [each.name for each in graph.reports]
    own = _on_mesh(found, {}, names)
    fresh, second_order = (_on_mesh(found, bodies, names) if bodies else {} for bodies in remade)
    return [
        Reported(
            each.name,
            unit_of(each.measure.type),
            own[each.name],
            fresh.get(each.name),
            second_order.get(each.name),
            abscissa_of(graph, each, applied) if own[each.name].abscissa is not None else None,
        )
        for each in graph.reports
    ]


def abscissa_of(graph: DesignGraph, each: Goal | Report, applied: Mapping[str, str]) -> str | None:
    """What the curve of a goal or report runs over, in words.

    As the definition of its measure says; else a distance, or what the one load that it reads applies.
    """
    from metac.compiler.plan import direct_references, reached
    from metac.compiler.types.types import CurveType
    from metac.compiler.types.units import internal_unit

    named = {graph.nodes[name].definition.over for name in direct_references(each)} - {None}
    if len(named) == 1:
        return named.pop()
    kind = each.measure.type
    if isinstance(kind, CurveType) and not kind.abscissa.dimensionless:
        return f"distance ({internal_unit(kind.abscissa)})"
    loads = [name for name in reached(graph, direct_references(each)) if graph.nodes[name].definition.kind.responds]
    return applied.get(loads[0]) if len(loads) == 1 else None


def _on_mesh(found: StudyResult, bodies: Mapping[str, Any], names: Sequence[str]) -> dict[str, OnMesh]:
    """All reports at once; where that fails, each by itself, so that one takes no other with it."""
    try:
        return _evaluated(found, bodies, names)
    except Exception as error:
        message = _message(error)
        if message is None:
            raise
        if len(names) == 1:
            return {names[0]: OnMesh(None, failure=message)}
    alone: dict[str, OnMesh] = {}
    for name in names:
        alone |= _on_mesh(found, bodies, [name])
    return alone


def _evaluated(found: StudyResult, bodies: Mapping[str, Any], names: Collection[str]) -> dict[str, OnMesh]:
    import jax

    own = {} if found.states is None else found.states.objects
    made = {**own, **bodies}.values()
    read = compiled_once(lambda theta, inputs: found.program.reports(theta, inputs, bodies, names), made)
    values = jax.block_until_ready(read(found.theta, found.inputs))
    made = {}
    for name, each in values.items():
        failure = first_failure(each.status)
        abscissa = None if each.abscissa is None else _plain(each.abscissa)
        problem = UNREAD if failure is None and not bool(each.read) else None
        unstable = instabilities(each.status) if failure is None else {}
        made[name] = OnMesh(_plain(each.value), abscissa, problem if failure is None else failure.message, unstable)
    return made


def _message(error: Exception) -> str | None:
    if isinstance(error, DiagnosticError):
        return "; ".join(each.message for each in error.diagnostics)
    failure = failure_of(error)
    return None if failure is None else failure.message


def _plain(value: Any) -> Any:
    numbers = np.asarray(value, dtype=float)
    plain = numbers.astype(object)
    plain[np.isnan(numbers)] = None
    return plain.tolist()


def report_warnings(graph: DesignGraph, reports: Sequence[Reported]) -> list[Diagnostic]:
    """A warning for each report without a value, or with gaps in it, on one of the meshes."""
    spans = {each.name: each.measure.span for each in graph.reports}
    return [
        Diagnostic(
            "M0634",
            f"no value, or not all of it, for the report `{each.name}`: {each.failures[0]}",
            (Label(spans[each.name], "reported here"),),
            notes=tuple(each.failures[1:]),
            help="goals are judged without it; read it where its load has values, `report curve(2 %)`",
            severity="warning",
        )
        for each in reports
        if each.failures
    ]


def failed_reports(graph: DesignGraph, reports: Sequence[Reported]) -> Diagnostic | None:
    """The failure of a run that was asked for nothing but reports, where one of them has no complete value."""
    missing = [each for each in reports if not each.own.known]
    if graph.goals or graph.requirements or not missing:
        return None
    spans = {each.name: each.measure.span for each in graph.reports}
    labels = tuple(Label(spans[each.name], "has no complete value") for each in missing)
    names = ", ".join(f"`{each.name}`" for each in missing)
    return Diagnostic("M0634", f"no value, or not all of it, for {names}: {missing[0].failures[0]}", labels)
