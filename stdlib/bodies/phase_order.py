"""Phases of pixels in the order from stiff to soft, judged while a spec is checked: in plain numbers, without JAX."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from metac.compiler.interfaces.attainability import Facts
from metac.compiler.interfaces.doubted import Doubt

STIFFNESSES = ("E", "C10", "mu")
"""Fields of materials that scale their stiffness, all MPa; phases are of one law, and so have the same ones."""


def softening(body: Facts, made: Mapping[str, Any]) -> Doubt | None:
    """Density 1 is the last phase: where that is softer than the first, a limit on `volume_fraction` limits the soft one."""
    del made
    materials = [each for each in body.fields.get("materials") or () if isinstance(each, Facts)]
    if len(materials) < len(body.fields.get("materials") or ()) or len({each.definition for each in materials}) != 1:
        return None
    for field in STIFFNESSES:
        first, last = (each.fields.get(field) for each in (materials[0], materials[-1]))
        if isinstance(first, float | int) and isinstance(last, float | int) and last < first:
            return Doubt(
                "materials",
                f"density 1 is the softer phase: `materials` go from stiff to soft ({field} {first:g} to {last:g} MPa)",
                ("measures count density: `volume_fraction` is the share of the last phase",),
                f"from soft to stiff it reads `[{', '.join(each.name for each in reversed(materials))}]`",
            )
    return None
