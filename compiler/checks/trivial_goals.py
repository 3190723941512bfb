"""Goals whose best design is known beforehand: all of the body material, or none of it."""

from __future__ import annotations

from metac.compiler import graph
from metac.compiler.checks.kept import free_objects, reached_of
from metac.compiler.diagnostics_sink import DiagnosticsSink, listing
from metac.compiler.elaborate.elaborate import Elaboration

_MORE = {("maximize", "larger"), ("minimize", "smaller")}
_LESS = {("minimize", "larger"), ("maximize", "smaller")}


def check_trivial_goals(elaboration: Elaboration, findings: DiagnosticsSink) -> None:
    """M0656, a warning: every goal wants more material, or less, and nothing holds the design back.

    Any requirement that is pursued, and any goal of another sort, may hold it back.
    """
    design = elaboration.design
    if findings.failed or not design.studies or any(each.pursued for each in design.requirements):
        return
    wanted = {(goal.sense, _with_material(goal, design)) for goal in design.goals}
    if not wanted or not (wanted <= _MORE or wanted <= _LESS):
        return
    reached = reached_of(design, [goal.measure for goal in design.goals]) & free_objects(design)
    if not reached or not all(design.nodes[name].definition.fills for name in reached):
        return
    more = wanted <= _MORE
    findings.error(
        "M0656",
        f"nothing holds this goal back: it is met best where {listing(reached)} {'is 1' if more else 'is 0'} everywhere",
        design.goals[0].span,
        "more material is better for any design" if more else "less material is better for any design",
        help="limit the material, `require volume_fraction(…) <= 40 %`"
        if more
        else "ask for what needs material: a goal or a requirement on stiffness",
        severity="warning",
    )


def _with_material(goal: graph.Goal, design: graph.DesignGraph) -> str | None:
    node = design.nodes.get(goal.measure.node) if isinstance(goal.measure, graph.Reference) else None
    return None if node is None else node.definition.with_material
