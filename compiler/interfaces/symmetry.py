"""Symmetries: plane groups on their lattices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@runtime_checkable
class Symmetry(Protocol):
    """Finitely many operations, one for each class modulo translations, on a lattice; mm."""

    @property
    def order(self) -> int:
        """Number of operations in the conventional cell."""
        ...

    @property
    def area(self) -> float:
        """Of the conventional cell, mm²."""
        ...

    @property
    def basis(self) -> NDArray[np.float64]:
        """`[vector, component]`, mm: rows are the lattice vectors."""
        ...

    @property
    def rotations(self) -> NDArray[np.int64]:
        """`[operation, 2, 2]`: integer matrices on fractional coordinates."""
        ...

    @property
    def translations(self) -> NDArray[np.float64]:
        """`[operation, 2]`: in fractional coordinates, in [0, 1)."""
        ...

    @property
    def determinants(self) -> NDArray[np.int64]:
        """`[operation]`: +1 for rotations, −1 for reflections and glides."""
        ...
