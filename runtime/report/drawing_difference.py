"""By how much the drawing of a frame differs from the beams that are simulated."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SolidComparison:
    """A drawing, solved as a solid, and its beams, pulled along one axis between the same grips; small strains."""

    beams_modulus: float
    """Young's modulus along the axis, MPa, of the beams."""
    solid_modulus: float
    """The same of the solid."""
    beams_ratio: float
    """Poisson's ratio of the beams."""
    solid_ratio: float
    """The same of the solid, by the displacements of the same nodes."""

    @property
    def stiffer(self) -> float | None:
        """By which share the solid is stiffer, −0.1 for 10 % softer; None where the beams do not carry."""
        return self.solid_modulus / self.beams_modulus - 1 if self.beams_modulus > 0 else None


@dataclass(frozen=True)
class DrawingDifference:
    """Of a drawing and its model."""

    crossings: tuple[tuple[float, float], ...]
    """Places, mm, where beams cross without a common node: one piece in the drawing, unconnected in the model."""
    overlap: float
    """Share of the beams' area that lies in other beams, in joints and crossings: the model counts it more than once."""
    solids: tuple[SolidComparison, ...] = ()
    """Along x and along y; empty where the drawing was not solved as a solid."""
    unsolved: str | None = None
    """Why not."""
