"""By how much the drawing of a frame differs from the beams that are simulated."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DrawingDifference:
    """Of a drawing and its model."""

    crossings: tuple[tuple[float, float], ...]
    """Places, mm, where beams cross without a common node: one piece in the drawing, unconnected in the model."""
    overlap: float
    """Share of the beams' area that lies in other beams, in joints and crossings: the model counts it more than once."""
