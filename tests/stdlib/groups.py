"""The 17 plane groups with a cell to try them on, read from their definitions' own operations."""

import math
import re
from functools import cache
from pathlib import Path
from typing import Any

import jax.numpy as jnp

import metac.stdlib.symmetries
from metac.stdlib.activations.elementwise import Elementwise
from metac.stdlib.generators.flow import Flow
from metac.stdlib.symmetries.plane_group import PlaneGroup
from tests.library import fields

FOLDER = Path(metac.stdlib.symmetries.__file__).parent
EDGE, OTHER_EDGE, ANGLE = 20.0, 26.0, math.radians(75)

BASES = {
    "oblique": [[EDGE, 0.0], [OTHER_EDGE * math.cos(ANGLE), OTHER_EDGE * math.sin(ANGLE)]],
    "rectangular": [[EDGE, 0.0], [0.0, OTHER_EDGE]],
    "square": [[EDGE, 0.0], [0.0, EDGE]],
    "hexagonal": [[EDGE, 0.0], [-EDGE / 2, EDGE * math.sqrt(3) / 2]],
}
BASES["centred"] = BASES["rectangular"]

NAMES = [
    "p1", "p2", "pm", "pg", "cm", "p2mm", "p2mg", "p2gg", "c2mm", "p4", "p4mm", "p4gm", "p3", "p3m1", "p31m", "p6", "p6mm",
]  # fmt: skip


@cache
def members(name: str) -> tuple[str, tuple[str, ...]]:
    """Lattice and triplets as the definition states them; read by pattern so that these tests need no compiler."""
    text = (FOLDER / f"{name}.meta").read_text(encoding="utf-8")
    lattice = re.search(r"lattice\s*=\s*(\w+)", text)
    operations = re.search(r"operations\s*=\s*\[(.*?)\]", text, re.DOTALL)
    assert lattice and operations
    return lattice[1], tuple(re.findall(r'"([^"]+)"', operations[1]))


@cache
def group(name: str) -> PlaneGroup:
    lattice, operations = members(name)
    return PlaneGroup(operations=operations, basis=BASES[lattice], lattice=lattice)


def flow_of(name: str, **given: Any) -> Flow:
    """A flow with the symmetry of a group; fields that are not given as the definition has them."""
    return Flow(
        **fields("generator", "flow", **{"symmetry": group(name), "activation": Elementwise(apply=jnp.tanh), **given})
    )
