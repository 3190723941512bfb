"""Discs that are to be jammed: what their sizes and number must be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from metac.compiler.interfaces.field_error import FieldError

DENSEST = 1.5
"""Areas of discs over that of the box, more than at the highest pressure."""


def checked_discs(nodes: int, sizes: Sequence[float]) -> tuple[list[float], float]:
    """Diameters, and an edge that the box is longer than. Raises `FieldError` M0560 where the discs make no packing."""
    diameters = [float(size) for size in sizes]
    if not diameters or min(diameters) <= 0 or max(diameters) > 10 * min(diameters):
        raise FieldError("sizes", "diameters are positive, the largest at most ten times the smallest", code="M0560")
    edge = float(np.sqrt(np.pi / 4 * np.sum(np.resize(diameters, nodes) ** 2) / DENSEST))
    if edge < 2 * max(diameters):
        raise FieldError(
            "nodes",
            f"{nodes} discs of these sizes make a box of about {edge:.3g}, less than two of the largest discs",
            code="M0560",
            help="take more discs, or sizes that differ less",
        )
    return diameters, edge
