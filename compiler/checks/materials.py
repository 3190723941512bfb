"""Laws that a spec defines itself are judged as laws: no energy and no stress at rest, stable, objective.

The library's own laws are judged in its tests, so that checking a spec that only uses them needs no SymPy.
"""

from __future__ import annotations

from metac.compiler import graph
from metac.compiler.checks.known_values import field_values, parameter_values
from metac.compiler.diagnostics_sink import Findings
from metac.compiler.elaborate.elaborate import Elaboration
from metac.compiler.types.types import TensorType


def check_materials(elaboration: Elaboration, findings: Findings) -> None:
    """M0550 to M0554 for every material whose law stands in the spec or in a file that it imports."""
    parameters = parameter_values(elaboration.design)
    for node in elaboration.design.nodes.values():
        if node.definition.home.path is None or elaboration.objects.interior(node.definition).broken:
            continue
        if not _is_law(node.members.get("energy")):
            continue
        from metac.compiler.lower.energy_checks import check_energy

        for diagnostic in check_energy(node, field_values(node, parameters)):
            findings.add(diagnostic)


def _is_law(energy: graph.Expression | None) -> bool:
    return (
        isinstance(energy, graph.Function)
        and len(energy.parameters) == 1
        and isinstance(energy.parameters[0].type, TensorType)
    )
