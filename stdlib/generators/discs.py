"""Discs that are to be jammed: what their sizes and number must be."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from metac.compiler.interfaces.attainability import Facts
from metac.compiler.interfaces.field_error import FieldError

DENSEST = 1.5
"""Areas of discs over that of the box, more than at the highest pressure."""


def packing(generator: Facts, made: Mapping[str, Any]) -> None:
    """As `checked_discs` raises, while a spec is checked, as far as number and sizes are known."""
    del made
    nodes, sizes = generator.fields.get("nodes"), generator.fields.get("sizes")
    if isinstance(nodes, int | float) and isinstance(sizes, tuple) and all(isinstance(each, int | float) for each in sizes):
        checked_discs(int(nodes), sizes)


def checked_discs(nodes: int, sizes: Sequence[float]) -> tuple[list[float], float]:
    """Diameters, and an edge that the box is longer than. Raises `FieldError` M0560 where the discs make no packing."""
    diameters = [float(size) for size in sizes]
    if not diameters or min(diameters) <= 0 or max(diameters) > 10 * min(diameters):
        raise FieldError("sizes", "diameters are positive, the largest at most ten times the smallest", code="M0560")
    squares = sum(diameters[number % len(diameters)] ** 2 for number in range(nodes))
    edge = math.sqrt(math.pi / 4 * squares / DENSEST)
    if edge < 2 * max(diameters):
        raise FieldError(
            "nodes",
            f"{nodes} discs of these sizes make a box of about {edge:.3g}, less than two of the largest discs",
            code="M0560",
            help="take more discs, or sizes that differ less",
        )
    return diameters, edge
