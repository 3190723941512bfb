"""By how much what is drawn of a body differs from what is simulated: told, as the drawing is what gets made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.drawing import DrawnApart
from metac.dsl.diagnostics.diagnostic import Diagnostic, Label

if TYPE_CHECKING:
    from metac.compiler.graph import Design as Graph

DIFFERENT = 0.1
"""A share of the beams' area that lies in other beams, from which on joints are told although nothing crosses."""
SHOWN = 5
"""Places that a warning names."""

Differences = Mapping[str, Any]
"""By body: `runtime/report/drawing_difference.py: DrawingDifference`."""


def drawing_differences(objects: Mapping[str, Any], bodies: list[str]) -> Differences:
    """Of those of these bodies whose drawing is not what is simulated (host, concrete values)."""
    return {name: objects[name].drawing_difference() for name in bodies if isinstance(objects[name], DrawnApart)}


def drawing_warnings(graph: Graph, differences: Differences) -> list[Diagnostic]:
    """A warning for each body whose beams cross without a node, or overlap in much of their area."""
    found = []
    for name, difference in differences.items():
        crossings, overlap = difference.crossings, difference.overlap
        if not crossings and overlap < DIFFERENT:
            continue
        notes = [f"{100 * overlap:.2g} % of the beams' area lies in joints or crossings, where the model counts it twice"]
        message = f"the drawing of `{name}` is stiffer than the model of beams: its joints have a size"
        if crossings:
            count = len(crossings)
            places = ", ".join(f"({x:.4g}, {y:.4g})" for x, y in crossings[:SHOWN])
            more = f" and {count - SHOWN} more" if count > SHOWN else ""
            cross = f"beams of `{name}` cross at {count} place{'s' if count > 1 else ''} without a node"
            message = f"{cross}: the drawing joins them there, the model does not"
            notes.insert(0, f"at {places} mm{more}")
        help = f"`require crossings({name}) < 1`, and thinner beams; simulate the drawn part as a solid before you make it"
        label = Label(graph.nodes[name].span, "drawn otherwise than simulated")
        found.append(Diagnostic("M0633", message, (label,), notes=tuple(notes), help=help, severity="warning"))
    return found


def described_difference(difference: Any) -> dict[str, Any]:
    """What `result.json` says."""
    return {"crossings_mm": [list(place) for place in difference.crossings], "overlap": difference.overlap}
