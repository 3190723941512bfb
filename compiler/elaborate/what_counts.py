"""What of a graph counts: what the spec's own file declares or aims at, and all that this needs.

Left out are anonymous objects that were typed but not taken (defaults, say), and what imported files declare and nobody
uses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from types import MappingProxyType

from metac.compiler import graph
from metac.compiler.graph_walk import free_names


def what_counts(design: graph.DesignGraph, objects: Sequence[str], parameters: Iterable[str]) -> graph.DesignGraph:
    """The design with these objects and parameters, those that goals and reports use, and all that they need."""
    nodes = _nodes(design, objects)
    used = list(_aims(design))
    used += [value for node in nodes.values() for value in node.fields.values()]
    used += [value for each in (*design.stages, *design.sweeps) for value in each.values]
    kept = _parameters(design, [*parameters, *(name for value in used for name in free_names(value).parameters)])
    # In the order of the text: each starts from what the one before left.
    studies = tuple(dict.fromkeys(name for name in objects if name in nodes and nodes[name].definition.kind.pursues))
    return replace(design, nodes=MappingProxyType(nodes), parameters=MappingProxyType(kept), studies=studies)


def _aims(design: graph.DesignGraph) -> Iterator[graph.Expression]:
    """The expressions of goals, requirements and reports."""
    for each in (*design.goals, *design.requirements, *design.reports):
        yield from (part for part in vars(each).values() if isinstance(part, graph.Expression))


def _nodes(design: graph.DesignGraph, objects: Iterable[str]) -> dict[str, graph.Node]:
    waiting = [name for value in _aims(design) for name in free_names(value).references] + list(objects)
    needed: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in needed and name in design.nodes:
            needed.add(name)
            for value in design.nodes[name].fields.values():
                waiting.extend(free_names(value).references)
    return {name: node for name, node in design.nodes.items() if name in needed}


def _parameters(design: graph.DesignGraph, waiting: list[str]) -> dict[str, graph.ParameterDeclaration]:
    needed: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in needed and name in design.parameters:
            needed.add(name)
            for value in (design.parameters[name].default, design.parameters[name].range):
                waiting.extend(() if value is None else free_names(value).parameters)
    return {name: each for name, each in design.parameters.items() if name in needed}
