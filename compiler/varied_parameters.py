"""Parameters that a study varies: what may not use them, and where they are asked to vary."""

from __future__ import annotations

from collections.abc import Iterator

from metac.compiler import graph
from metac.compiler.graph_walk import free_names
from metac.dsl.diagnostics.diagnostic import Diagnostic, Label


def made_once(design: graph.DesignGraph, node: graph.Node, field: str) -> Iterator[Diagnostic]:
    """M0518 for each parameter that varies and is used in a field whose value is taken once."""
    for name in free_names(node.fields[field]).parameters:
        if name in design.varied:
            labels = (Label(node.field_spans[field], f"here `{name}` would stay at its start"), *asked_at(design, name))
            made = f"the {node.kind} `{node.definition.name}`"
            message = f"`{name}` varies, but `{field}` of {made} is taken once, before anything varies"
            help = f"take `{name}` out of `vary`; `sweep {name} in [ … ]` runs the design for each value"
            yield Diagnostic("M0518", message, labels, help=help)


def asked_at(design: graph.DesignGraph, name: str) -> Iterator[Label]:
    """Where a study varies a parameter."""
    for study in design.studies:
        for value in design.nodes[study].fields.values():
            for reference, place in free_names(value).references.items():
                if reference == name:
                    yield Label(place.span, "varied here")
