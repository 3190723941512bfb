"""What loads have to say of what they were given, as warnings of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.load import Remark, Remarked
from metac.dsl.diagnostics.diagnostic import Diagnostic, Label

if TYPE_CHECKING:
    from metac.compiler.graph import DesignGraph


def remarks(graph: DesignGraph, objects: Mapping[str, Any]) -> list[Diagnostic]:
    """M0625 at the field that each remark is about, or at its load where an object in one of its fields has that field."""
    found = []
    for name, node in graph.nodes.items():
        made = objects.get(name)
        if isinstance(made, Remarked):
            said = made.remarks
            if not isinstance(said, Sequence) or not all(isinstance(each, Remark) for each in said):
                message = f"`remarks` of `{name}` gives no `Remark`s (metac.compiler.interfaces.load)"
                found.append(Diagnostic("M0579", message, (Label(node.span),), severity="warning"))
                continue
            for each in said:
                label = Label(node.field_spans.get(each.field, node.span))
                found.append(Diagnostic("M0625", each.message, (label,), help=each.help, severity="warning"))
    return found
