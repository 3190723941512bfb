"""What loads have to say of what they were given, as warnings of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.load import Remarked
from metac.dsl.diagnostics.diagnostic import Diagnostic, Label

if TYPE_CHECKING:
    from metac.compiler.graph import Design as Graph


def remarks(graph: Graph, objects: Mapping[str, Any]) -> list[Diagnostic]:
    """M0625 at the field that each remark is about, or at its load where an object in one of its fields has that field."""
    found = []
    for name, node in graph.nodes.items():
        made = objects.get(name)
        if isinstance(made, Remarked):
            for each in made.remarks:
                label = Label(node.field_spans.get(each.field, node.span))
                found.append(Diagnostic("M0625", each.message, (label,), help=each.help, severity="warning"))
    return found
