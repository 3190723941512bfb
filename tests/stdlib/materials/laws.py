"""Laws as specs state them, and what they give without JAX."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from metac.compiler.checks.known_values import known_fields
from metac.compiler.graph import Node
from metac.compiler.lower.members import member_value
from metac.compiler.pipeline import check
from metac.dsl.source import Source
from metac.stdlib.materials.law import Hyperelastic


def node_of(text: str) -> Node:
    """The object that a constructor makes."""
    checked = check(Source("<text>", f"material m = {text}\n"), folder=Path("/"))
    return checked.design_or_raise().nodes["m"]


def material(text: str) -> Hyperelastic:
    """The material of a law that is stated as an energy."""
    node = node_of(text)
    fields = known_fields(node, {})
    return Hyperelastic(**fields, **{name: member_value(node, name, fields, np) for name in node.members})


def derivative(solid: Hyperelastic, order: int, F: Any) -> np.ndarray:
    """Energy (0), P (1) or A (2) at `F[d, d, *points]`, d = 2 or 3, MPa; the compiled functions are the same ones."""
    F = np.asarray(F, dtype=float)
    derivation = solid.functions.plane if len(F) == 2 else solid.functions.space
    return np.asarray(derivation.evaluate(np, order, F, solid.parameters))


def cauchy(solid: Hyperelastic, F: Any) -> np.ndarray:
    """True stress P Fᵀ/det F `[3, 3]`, MPa."""
    return derivative(solid, 1, F) @ np.transpose(F) / np.linalg.det(F)
