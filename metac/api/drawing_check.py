"""By how much what is drawn of a body differs from what is simulated: reported, as the drawing is what gets made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.drawing import DrawnApart
from metac.dsl.diagnostics.diagnostic import Diagnostic, Label
from metac.runtime.report.table import OPEN

if TYPE_CHECKING:
    from metac.compiler.graph import DesignGraph

DIFFERENT = 0.1
"""A share, of the beams' area in other beams or of a modulus, from which on joints are reported although nothing crosses."""
SHOWN = 5
"""Places that a warning names."""

Differences = Mapping[str, Any]
"""By body: `runtime/report/drawing_difference.py: DrawingDifference`."""


def drawing_differences(objects: Mapping[str, Any], bodies: list[str]) -> Differences:
    """Of those of these bodies whose drawing is not what is simulated (host, concrete values)."""
    return {name: objects[name].drawing_difference() for name in bodies if isinstance(objects[name], DrawnApart)}


def drawing_warnings(graph: DesignGraph, differences: Differences) -> list[Diagnostic]:
    """A warning for each body whose beams cross without a node, overlap much, or whose drawing is of another stiffness."""
    found = []
    for name, difference in differences.items():
        crossings, overlap = difference.crossings, difference.overlap
        shares = [solid.stiffer for solid in difference.solids]
        off = any(share is None or abs(share) >= DIFFERENT for share in shares)
        if not crossings and overlap < DIFFERENT and not off:
            continue
        notes = [f"{100 * overlap:.2g} % of the beams' area lies in joints or crossings, where the model counts it twice"]
        if shares:
            notes.append(f"drawn as a solid and pulled between grips: {described_shares(shares)}")
        elif difference.unsolved:
            notes.append(f"how much stiffer was not found: {difference.unsolved}")
        message = f"the drawing of `{name}` differs from the model of beams: its joints have a size"
        if crossings:
            count = len(crossings)
            places = ", ".join(f"({x:.4g}, {y:.4g})" for x, y in crossings[:SHOWN])
            more = f" and {count - SHOWN} more" if count > SHOWN else ""
            cross = f"beams of `{name}` cross at {count} place{'s' if count > 1 else ''} without a node"
            message = f"{cross}: the drawing joins them there, the model does not"
            notes.insert(0, f"at {places} mm{more}")
        help = "thinner beams have smaller joints"
        if crossings:
            refused = f"`require crossings({name}) < 1` refuses them"
            help = f"`crossings = join` in the network makes nodes of them, {refused}; {help}"
        help += "" if shares else "; simulate the drawn part as a solid before you make it"
        label = Label(graph.nodes[name].span, "drawn otherwise than simulated")
        found.append(Diagnostic("M0633", message, (label,), notes=tuple(notes), help=help, severity="warning"))
    return found


def described_difference(difference: Any) -> dict[str, Any]:
    """What `result.json` says."""
    entry = {"crossings_mm": [list(place) for place in difference.crossings], "overlap": difference.overlap}
    if difference.unsolved is not None:
        return entry | {"not_solved": difference.unsolved}
    solids = {
        axis: {
            "E_beams_MPa": solid.beams_modulus,
            "E_solid_MPa": solid.solid_modulus,
            "E_stiffer": solid.stiffer,
            "nu_beams": solid.beams_ratio,
            "nu_solid": solid.solid_ratio,
        }
        for axis, solid in zip("xy", difference.solids, strict=False)
    }
    return entry | {"as_a_solid": solids}


def drawn_rows(drawn: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Rows of the table at a run's end for what `result.json` says under `drawn`; one a body that was solved, or not."""
    rows = []
    for name, entry in drawn.items():
        solids = entry.get("as_a_solid")
        if solids:
            reached = described_shares([solid["E_stiffer"] for solid in solids.values()])
        elif entry.get("not_solved"):
            reached = f"not solved: {entry['not_solved']}"
        else:
            continue
        rows.append((f"{name}, drawn as a solid", OPEN, reached, OPEN, OPEN, OPEN))
    return rows


def described_shares(shares: list[float | None]) -> str:
    """`E along x +97 %, along y +37 %`."""
    return "E " + ", ".join(f"along {axis} {_percent(share)}" for axis, share in zip("xy", shares, strict=True))


def _percent(share: float | None) -> str:
    if share is None:
        return "not carried by the beams"
    return f"{100 * share:+,.0f} %" if abs(share) >= DIFFERENT else f"{100 * share:+.2g} %"
