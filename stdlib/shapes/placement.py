"""Where the images of pores under a plane group lie, and whether they keep apart."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.geometry.outline import Outline
from metac.stdlib.shapes.motif import Motif
from metac.stdlib.symmetries.plane_group import PlaneGroup

if TYPE_CHECKING:
    from shapely.geometry import Polygon

    from metac.compiler.interfaces.geometry import Domain

SAME_PLACE = 1e-6
"""Images whose centres are this close, in cell edges, stand on a special position: they are one pore, or they overlap."""
DRAWN_PLACE = 1e-3
"""The same for the pores of a motif of several, over the size of a pore: as near as drawings are symmetric."""


class Placement:
    """The images of a motif's pores over the plane; those that coincide count once."""

    def __init__(self, motif: Motif, group: PlaneGroup) -> None:
        self._motif, self._group = motif, group

    @cached_property
    def pores(self) -> tuple[Outline, ...]:
        """The different pores of one cell, centres with fractional coordinates in [0, 1), mm."""
        return tuple(outline for _, outline in self.placed)

    def outlines(self, domain: Domain) -> tuple[Outline, ...]:
        """The whole outline of every pore that meets the rectangle, mm."""
        group = self._group
        corners = np.array([[x, y] for x in (domain.x0, domain.x1) for y in (domain.y0, domain.y1)])
        reach = np.array([_radius(outline, centre @ group.basis) for centre, outline in self.placed]).max()
        # A column of the inverse basis is the normal of a family of lattice lines over their spacing.
        margin = 1 + reach * np.linalg.norm(np.linalg.inv(group.basis), axis=0)
        lowest = np.floor(group.fractional(corners).min(axis=0) - margin).astype(int)
        highest = np.ceil(group.fractional(corners).max(axis=0) + margin).astype(int)
        found = []
        for row, column in itertools.product(range(lowest[1], highest[1] + 1), range(lowest[0], highest[0] + 1)):
            shift = np.array([column, row]) @ group.basis
            for outline in self.pores:
                x0, y0, x1, y1 = np.array(outline.bounds) + np.tile(shift, 2)
                if x1 > domain.x0 and x0 < domain.x1 and y1 > domain.y0 and y0 < domain.y1:
                    found.append(Outline(outline.points + shift, outline.corners))
        return tuple(found)

    @cached_property
    def placed(self) -> tuple[tuple[NDArray[np.float64], Outline], ...]:
        """Fractional centre and outline of every different pore of the cell."""
        group = self._group
        placed: list[tuple[NDArray[np.float64], Outline]] = []
        for rotation, translation, matrix in zip(group.rotations, group.translations, group.matrices, strict=True):
            for base, part, near in self._parts:
                centre = rotation @ base + translation
                centre = centre - np.floor(centre + SAME_PLACE)
                outline = Outline(part.points @ matrix.T + centre @ group.basis, part.corners)
                if not any(_same(centre - other, outline, known, group, near) for other, known in placed):
                    placed.append((centre, outline))
        return tuple(placed)

    @cached_property
    def _parts(self) -> tuple[tuple[NDArray[np.float64], Outline, float], ...]:
        """Fractional centre of each pore of the motif, its outline around that centre, and how near images of it are one."""
        at, inverse = np.asarray(self._motif.at, dtype=np.float64), np.linalg.inv(self._group.basis)
        if len(self._motif.parts) == 1:
            return ((at, self._motif.parts[0], SAME_PLACE),)
        found = []
        for part in self._motif.parts:
            centre = np.array(part.polygon.centroid.coords[0])
            near = DRAWN_PLACE * math.sqrt(part.area) * float(np.linalg.norm(inverse, axis=0).max())
            found.append((at + centre @ inverse, Outline(part.points - centre, part.corners), near))
        return tuple(found)

    def require_smaller_than_cell(self) -> None:
        """FieldError M0541 where a pore meets its own copies."""
        for _, part, _ in self._parts:
            self._require_smaller_than_cell(part)

    def _require_smaller_than_cell(self, outline: Outline) -> None:
        basis = self._group.basis
        across = np.linalg.norm(basis, axis=1)
        too_large = outline.area >= self._group.area
        if not too_large:
            # A pore whose copy by any lattice vector meets it also meets one of these nearest copies.
            shifts = [basis[0], basis[1], basis[0] + basis[1], basis[0] - basis[1]]
            too_large = any(_clash(outline.polygon, outline.polygon, shift) for shift in shifts)
        if too_large:
            width, height = np.ptp(outline.points, axis=0)
            raise FieldError(
                "motif",
                f"a pore of {width:.4g} mm × {height:.4g} mm is larger than its cell, which repeats after "
                f"{across[0]:.4g} mm and {across[1]:.4g} mm",
                code="M0541",
                help="shrink the pore, or enlarge the cell of the symmetry",
            )

    def require_apart(self) -> None:
        """FieldError M0542 where different pores meet."""
        pairs = [(first, second, shift) for first, second, shift in self._neighbours() if _clash(first, second, shift)]
        if not pairs:
            return
        first, second, shift = min(pairs, key=lambda pair: math.dist(*_centres(*pair)))
        a, b = _centres(first, second, shift)
        factor = self._largest_factor(pairs)
        raise FieldError(
            "motif",
            f"pores overlap or touch: those at ({a[0]:.4g}, {a[1]:.4g}) mm and ({b[0]:.4g}, {b[1]:.4g}) mm, "
            f"{math.dist(a, b):.4g} mm apart",
            code="M0542",
            help=(
                f"they come apart below {100 * factor:.3g} % of this size, or farther from the symmetry's elements"
                if factor > 1e-3
                else "they share their centre but not their form: move the motif, or give it the symmetry of that place"
            ),
        )

    def _neighbours(self) -> Iterator[tuple[Polygon, Polygon, NDArray[np.float64]]]:
        """Pores of the cell with other pores near enough to meet them: `(first, second, shift of the second)`."""
        basis = self._group.basis
        radii = [_radius(outline, centre @ basis) for centre, outline in self.placed]
        reach = np.ceil(2 * max(radii) * np.linalg.norm(np.linalg.inv(basis), axis=0)).astype(int) + 1
        shifts = [
            np.array(steps) @ basis
            for steps in itertools.product(range(-reach[0], reach[0] + 1), range(-reach[1], reach[1] + 1))
        ]
        for (i, (here, first)), (j, (there, second)) in itertools.combinations(enumerate(self.placed), 2):
            for shift in shifts:
                if np.linalg.norm((there - here) @ basis + shift) <= (radii[i] + radii[j]) * (1 + 1e-9):
                    yield first.polygon, second.polygon, shift

    @staticmethod
    def _largest_factor(pairs: list[tuple[Polygon, Polygon, NDArray[np.float64]]]) -> float:
        """Scale of the pores about their centres at which the last of these pairs comes apart."""
        from shapely.affinity import scale

        low, high = 0.0, 1.0
        for _ in range(12):
            factor = (low + high) / 2
            clash = any(
                _clash(scale(first, factor, factor), scale(second, factor, factor), shift) for first, second, shift in pairs
            )
            low, high = (low, factor) if clash else (factor, high)
        return low


def _same(apart: NDArray[np.float64], first: Outline, second: Outline, group: PlaneGroup, near: float) -> bool:
    """Whether two images are one pore: the same centre modulo lattice vectors, up to `near`, and the same region."""
    whole = np.round(apart)
    if np.abs(apart - whole).max() > near:
        return False
    from shapely.affinity import translate

    shift = whole @ group.basis
    moved = translate(second.polygon, *shift)
    return bool(first.polygon.symmetric_difference(moved).area < 1e-3 * first.area)


def _clash(first: Polygon, second: Polygon, shift: NDArray[np.float64]) -> bool:
    from shapely.affinity import translate

    return bool(first.distance(translate(second, *shift)) <= 1e-6 * math.sqrt(first.area))


def _centres(first: Polygon, second: Polygon, shift: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    there = np.array(second.centroid.coords[0]) + shift
    # Rounding to 1e-9 mm and adding zero keeps 1e-16 and -0 out of messages.
    return np.array(first.centroid.coords[0]).round(9) + 0.0, there.round(9) + 0.0


def _radius(outline: Outline, centre: NDArray[np.float64]) -> float:
    """Largest distance of the outline from a centre, mm."""
    return float(np.linalg.norm(outline.points - centre, axis=1).max())
