"""Goals that no study can move: what they measure is kept, by a definition (`keeps = volume_fraction`), or fixed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from metac.compiler import graph
from metac.compiler.diagnostics_sink import DiagnosticsSink, listing
from metac.compiler.elaborate.elaborate import Elaboration
from metac.compiler.graph_walk import free_names

_WAY_OUT_OF_KEPT = (
    "change what the body is made of, such as the size of its pores, or vary a `param` there; "
    "to see the value write `report` instead of this goal"
)


def check_kept(elaboration: Elaboration, findings: DiagnosticsSink) -> None:
    """M0642, a warning: a study pursues a goal on what nothing that has free parameters can change.

    Requirements may be kept on purpose: they guard what the mesh makes of it.
    """
    design = elaboration.design
    if findings.failed or not design.studies:
        return
    for goal in design.goals:
        moving = [each for each in (goal.measure, goal.target) if each is not None]
        if reached_of(design, moving) & free_objects(design):
            continue
        keeping = sorted({name for node in measured_in(design, goal.measure) for name in keepers(design, node)})
        why = f"which {listing(keeping)} cannot change" if keeping else "which nothing that varies enters"
        findings.error(
            "M0642",
            f"no design changes `{' '.join(goal.measure.span.text.split())}`, {why}",
            goal.measure.span,
            "as it is before anything is varied",
            notes=tuple(_said(design.nodes[name]) for name in keeping),
            help=_WAY_OUT_OF_KEPT if keeping else "measure a body that varies; to see the value write `report` instead",
            severity="warning",
        )


def _said(node: graph.Node) -> str:
    return f"`{node.definition.name}` keeps {listing(node.definition.keeps)} whatever its free parameters are"


def free_objects(design: graph.DesignGraph) -> set[str]:
    """Names of the objects with free parameters."""
    return {name for name, node in design.nodes.items() if node.definition.kind.free}


def measured_in(design: graph.DesignGraph, expression: graph.Expression) -> list[graph.Node]:
    """The measures in an expression."""
    nodes = (design.nodes.get(name) for name in free_names(expression).references)
    return [node for node in nodes if node is not None and node.definition.kind.called]


def keepers(design: graph.DesignGraph, measure: graph.Node) -> set[str]:
    """Names of the generators that a measure reads something made by, and that keep its value."""
    reached = reached_from(design, [measure.name]) & free_objects(design)
    return {name for name in reached if measure.definition.name in design.nodes[name].definition.keeps}


def reached_of(design: graph.DesignGraph, expressions: Iterable[graph.Expression]) -> set[str]:
    """All objects that the values of expressions depend on: not generators that keep what is measured."""
    found: set[str] = set()
    for expression in expressions:
        names = free_names(expression)
        found |= reached_from(design, names.parameters)
        for name in names.references:
            reached = reached_from(design, [name])
            node = design.nodes.get(name)
            found |= reached - (keepers(design, node) if node is not None and node.definition.kind.called else set())
    return found


def reached_from(design: graph.DesignGraph, start: Iterable[str]) -> set[str]:
    """All objects that these depend on, themselves and parameters that vary included."""
    reached: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in reached and name in design.nodes:
            reached.add(name)
            waiting.extend(_used(design.nodes[name]))
    return reached


def _used(node: graph.Node) -> Iterator[str]:
    for value in node.fields.values():
        names = free_names(value)
        yield from names.references
        yield from names.parameters
