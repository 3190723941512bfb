"""Plane groups: the symmetries that a pattern in the plane can have, as exact operations on a lattice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.stdlib.symmetries.lattice import PlaneLattice, shown
from metac.stdlib.symmetries.operation import IDENTITY, checked_operations

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.compiler.interfaces.symmetry import Symmetry

METRIC_TOLERANCE = 1e-9
"""Largest deviation of an operation's Cartesian matrix from an orthogonal one."""


class PlaneGroup:
    """A plane group on a lattice: finitely many operations, one for each class modulo translations (the paper's Ĝ).

    Lengths in mm. Called with everything that a symmetry's definition states: `basis[vector, component]`, rows are the
    lattice vectors; `operations`, coordinate triplets in that basis, centring translations included; `lattice`, its name;
    further fields (edges, angles) only serve to locate errors.

    Raises `FieldError`: M0531 where the operations are no group or no isometries of the lattice, M0532 where the cell has
    no area.
    """

    def __init__(self, *, operations: Sequence[str], basis: Any, lattice: str, **fields: Any) -> None:
        self.lattice = str(lattice)
        self._lattice = PlaneLattice.checked(basis, fields)
        self.operations = checked_operations(operations)
        deviations = [self._lattice.deviation(operation.rotation) for operation in self.operations]
        if max(deviations) > METRIC_TOLERANCE:
            worst = operations[deviations.index(max(deviations))]
            raise FieldError(
                "operations",
                f"`{worst}` is no rotation or reflection of a lattice with the vectors "
                f"{shown(self._lattice.first)} mm and {shown(self._lattice.second)} mm",
                code="M0531",
                help=f"give the cell the shape that the group asks for; this one says that it is {self.lattice}",
            )

    @property
    def order(self) -> int:
        """Number of operations in the (conventional) cell."""
        return len(self.operations)

    def spacing(self, at: Sequence[float]) -> float:
        """Distance, mm, between a point at fractional coordinates and the nearest of its images.

        Zero on a special position, where an image is the point itself.
        """
        shortest = math.hypot(*self._lattice.reduced.first)
        moved = [operation.applied(at) for operation in self.operations if operation != IDENTITY]
        return min([shortest, *(self._lattice.distance((x - at[0], y - at[1])) for x, y in moved)])

    @property
    def vectors(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The lattice vectors in plain numbers, mm."""
        return self._lattice.first, self._lattice.second

    def orbit(self, at: Sequence[float]) -> list[tuple[float, float]]:
        """Points, mm, that the operations make of one at fractional coordinates, those of one cell; plain numbers."""
        return [self._lattice.cartesian(operation.applied(at)) for operation in self.operations]

    @cached_property
    def basis(self) -> NDArray[np.float64]:
        """`[vector, component]`, mm: rows are the lattice vectors."""
        import numpy as np

        return np.array([self._lattice.first, self._lattice.second])

    @cached_property
    def rotations(self) -> NDArray[np.int64]:
        """`[operation, 2, 2]`: integer matrices on fractional coordinates."""
        import numpy as np

        return np.array([operation.rotation for operation in self.operations], dtype=np.int64)

    @cached_property
    def translations(self) -> NDArray[np.float64]:
        """`[operation, 2]`: translations in fractional coordinates, in [0, 1)."""
        import numpy as np

        return np.array([[float(part) for part in operation.translation] for operation in self.operations])

    @cached_property
    def determinants(self) -> NDArray[np.int64]:
        """`[operation]`: +1 for rotations, −1 for reflections and glides."""
        import numpy as np

        return np.array([operation.determinant for operation in self.operations], dtype=np.int64)

    @cached_property
    def matrices(self) -> NDArray[np.float64]:
        """`[operation, 2, 2]`: orthogonal Cartesian matrices A of `x -> A x + b`."""
        import numpy as np

        to_cartesian = self.basis.T
        return to_cartesian @ self.rotations @ np.linalg.inv(to_cartesian)

    @cached_property
    def offsets(self) -> NDArray[np.float64]:
        """`[operation, 2]`: Cartesian translations b of `x -> A x + b`, mm."""
        return self.translations @ self.basis

    @property
    def area(self) -> float:
        """Area of the (conventional) cell, mm²."""
        import numpy as np

        return float(abs(np.linalg.det(self.basis)))

    def fractional(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Coordinates `[..., 2]` in the lattice basis of Cartesian points `[..., 2]`, mm."""
        import numpy as np

        return points @ np.linalg.inv(self.basis)

    def cartesian(self, coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
        """Cartesian points `[..., 2]`, mm, of fractional coordinates `[..., 2]`."""
        return coordinates @ self.basis

    def images(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """`[operation, ..., 2]`: Cartesian points `[..., 2]` under every operation, mm."""
        import numpy as np

        offsets = self.offsets.reshape((self.order,) + (1,) * (points.ndim - 1) + (2,))
        return np.einsum("oij,...j->o...i", self.matrices, points) + offsets


if TYPE_CHECKING:
    Satisfies[Symmetry](PlaneGroup)
