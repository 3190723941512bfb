"""The two-parameter pore family of Overvelde and Bertoldi, J. Mech. Phys. Solids 64 (2014) 351–366, equations 1–3."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.geometry.outline import Outline
from metac.stdlib.shapes.motif import SinglePore, require_positive
from metac.stdlib.shapes.outlines import polar, sample_angles

if TYPE_CHECKING:
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.compiler.interfaces.shape import Pore


@dataclass(frozen=True, kw_only=True)
class Overvelde(SinglePore):
    """`r(θ) = r0 (1 + c1 cos 4θ + c2 cos 8θ)`, `r0 = L0 sqrt(2φ / (π (2 + c1² + c2²)))`.

    `pitch` L0: distance of the pores on a square array, mm; `porosity` φ: pore area per L0². Raises `FieldError`: M0543 for
    values out of range, M0544 where the outline runs through its centre (c1, c2 too large), M0545 where neighbours at the
    pitch leave less than `ligament` (mm) between them.
    """

    pitch: float
    porosity: float
    c1: float
    c2: float
    ligament: float

    def __post_init__(self) -> None:
        super().__post_init__()
        require_positive("pitch", self.pitch)
        if not 0 < self.porosity < 1:
            raise FieldError("porosity", f"a porosity lies between 0 and 1, found {self.porosity:g}", code="M0543")
        relative = 1 + self.c1 * np.cos(4 * sample_angles()) + self.c2 * np.cos(8 * sample_angles())
        if relative.min() <= 0:
            raise FieldError(
                "c1" if abs(self.c1) >= abs(self.c2) else "c2",
                f"the outline crosses itself: r(θ) falls to {relative.min():.3g} r0 at c1 = {self.c1:g}, c2 = {self.c2:g}",
                code="M0544",
                help="|c1| + |c2| < 1 is always safe",
            )
        if self.smallest_ligament <= max(self.ligament, 0.0):
            raise FieldError(
                "porosity",
                f"neighbouring pores leave {self.smallest_ligament:.4g} mm between them, "
                f"more than {self.ligament:g} mm is needed",
                code="M0545",
                help=f"pores of this form can take up to {self._largest_porosity:.3g} of the area",
            )

    @property
    def mean_radius(self) -> float:
        """r0, mm."""
        return self.pitch * math.sqrt(2 * self.porosity / (math.pi * (2 + self.c1**2 + self.c2**2)))

    @property
    def smallest_ligament(self) -> float:
        """Width of solid between two neighbours on the square array, mm: the pitch less the pore's extent along x."""
        return self.pitch - float(np.ptp(self.outline.points[:, 0]))

    @property
    def _largest_porosity(self) -> float:
        extent = float(np.ptp(self.outline.points[:, 0]))
        return self.porosity * max((self.pitch - max(self.ligament, 0.0)) / extent, 0.0) ** 2

    @cached_property
    def outline(self) -> Outline:
        """The pore's edge around the origin, mm."""
        angles = sample_angles()
        radii = self.mean_radius * (1 + self.c1 * np.cos(4 * angles) + self.c2 * np.cos(8 * angles))
        return Outline(polar(angles, radii))


if TYPE_CHECKING:
    Satisfies[Pore](Overvelde)
