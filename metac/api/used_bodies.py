"""Which bodies of a design are simulated, measured or drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from metac.compiler.graph import DesignGraph


def used_bodies(graph: DesignGraph) -> list[str]:
    """Bodies that a load or a measure uses, or that nothing uses; not those that only stand behind another body."""
    from metac.compiler.plan import references

    users: dict[str, set[str]] = {name: set() for name, node in graph.nodes.items() if node.definition.kind.discretised}
    for user, node in graph.nodes.items():
        for name in references(node) & users.keys():
            users[name].add(user)
    return [name for name, by in users.items() if not by or by - users.keys()]
