"""Pores repeated by a plane group over the whole plane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metac.compiler.interfaces.cached_property import cached_property
from metac.stdlib.shapes.motif import Motif
from metac.stdlib.symmetries.plane_group import PlaneGroup

if TYPE_CHECKING:
    from metac.compiler.interfaces.geometry import Domain
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.compiler.interfaces.shape import Encircled, TiledShape
    from metac.runtime.geometry.outline import Outline
    from metac.stdlib.shapes.placement import Placement

CLEARANCE = 1e-5
"""By this fraction circles around neighbouring pores must be apart to spare a look at the pores themselves."""


@dataclass(frozen=True, kw_only=True)
class Tiled:
    """The images of `motif` under every operation of `symmetry`; images that coincide count once.

    Raises `FieldError` on `motif`: M0541 where a pore is larger than its cell, M0542 where pores overlap or touch.
    """

    motif: Motif
    symmetry: PlaneGroup

    def __post_init__(self) -> None:
        # Most patterns are sound by this alone, and then neither numpy nor shapely is imported.
        if 2 * (1 + CLEARANCE) * self.motif.reach >= self.symmetry.spacing(self.motif.at):
            self._placement.require_smaller_than_cell()
            self._placement.require_apart()

    @property
    def pores(self) -> tuple[Outline, ...]:
        """The different pores of one cell, centres with fractional coordinates in [0, 1), mm."""
        return self._placement.pores

    @property
    def vectors(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The lattice vectors, mm."""
        return self.symmetry.vectors

    @property
    def circles(self) -> list[tuple[float, float, float]]:
        """`(x, y, radius)`, mm, of circles that the pores of one cell lie in."""
        return [(x, y, self.motif.reach) for x, y in self.symmetry.orbit(self.motif.at)]

    def outlines(self, domain: Domain) -> tuple[Outline, ...]:
        """The whole outline of every pore that meets the rectangle, mm."""
        return self._placement.outlines(domain)

    @cached_property
    def _placement(self) -> Placement:
        from metac.stdlib.shapes.placement import Placement

        return Placement(self.motif, self.symmetry)


if TYPE_CHECKING:
    Satisfies[TiledShape](Tiled)
    Satisfies[Encircled](Tiled)
