"""What a plane group makes of an effective stiffness, asked of a target by `metac check`: in plain numbers, without JAX.

Voigt form, strains [ε11, ε22, 2 ε12], axes x and y. A group's rotations and mirrors, whatever its translations, leave the
stiffness as it is (Neumann's principle; Nye, Physical Properties of Crystals, 1985, table 9): with axes of three or six
folds the plane is isotropic, with one of four folds C22 = C11 and C26 = −C16, and mirrors along x or y leave no C16 and C26.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.attainability import Facts, Unreachable
from metac.stdlib.symmetries.groups import HEXAGONAL

FOUR_FOLD = ("p4", "p4mm", "p4gm")
MIRRORED = ("pm", "pg", "cm", "p2mm", "p2mg", "p2gg", "c2mm", "p4mm", "p4gm", *HEXAGONAL)
SLACK, SLACK_ON_PIXELS = 1e-9, 0.02
"""Relative; axes of three folds and mirrors askew hold on squares of pixels only nearly."""


def of_symmetry(measure: Facts, wanted: NDArray[np.float64], tolerance: float) -> Unreachable | None:
    """Why no cell of the body's group has a stiffness, `[3, 3]`, not a number where nothing is asked; None where one may."""
    group = _group(measure)
    if group is None:
        return None
    relative = SLACK_ON_PIXELS if group in HEXAGONAL else SLACK
    slack = 2 * tolerance + relative * float(np.nanmax(np.abs(wanted), initial=0.0))
    for value, rule in _rules(group, wanted):
        if np.isfinite(value) and abs(value) > slack:
            note = f"with the symmetry `{group}` every design has {rule}; the target differs by {abs(value):.4g} MPa"
            return Unreachable(
                f"no cell of the group `{group}` has this stiffness",
                (note,),
                "make the target as symmetric, say `none` for what does not matter, or take a group with fewer operations",
            )
    return None


def _rules(group: str, c: NDArray[np.float64]) -> list[tuple[float, str]]:
    """What must vanish, and how it is written."""
    rules = []
    if group in FOUR_FOLD or group in HEXAGONAL:
        rules.append((c[0, 0] - c[1, 1], "C11 = C22"))
        rules.append((c[0, 2] + c[1, 2], "C16 = −C26"))
    if group in MIRRORED:
        rules += [(c[0, 2], "C16 = 0"), (c[1, 2], "C26 = 0")]
    if group in HEXAGONAL:
        rules.append((c[2, 2] - (c[0, 0] - c[0, 1]) / 2, "C66 = (C11 − C12) / 2"))
    return [(float(value), rule) for value, rule in rules]


def _group(measure: Facts) -> str | None:
    """The group that the density of the load's pixels has, by its name; None where it is not known."""
    load = measure.fields.get("of")
    body: Any = load.fields.get("body") if isinstance(load, Facts) else None
    density: Any = body.fields.get("density") if isinstance(body, Facts) else None
    symmetry: Any = density.fields.get("symmetry") if isinstance(density, Facts) else None
    return symmetry.definition if isinstance(symmetry, Facts) else None
