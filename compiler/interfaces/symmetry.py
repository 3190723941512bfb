"""Symmetries: plane groups on their lattices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Float, Int


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
    def basis(self) -> Float[np.ndarray, "vector component"]:
        """`[vector, component]`, mm: rows are the lattice vectors."""
        ...

    @property
    def rotations(self) -> Int[np.ndarray, "operation 2 2"]:
        """`[operation, 2, 2]`: integer matrices on fractional coordinates."""
        ...

    @property
    def translations(self) -> Float[np.ndarray, "operation 2"]:
        """`[operation, 2]`: in fractional coordinates, in [0, 1)."""
        ...

    @property
    def determinants(self) -> Int[np.ndarray, " operation"]:
        """`[operation]`: +1 for rotations, −1 for reflections and glides."""
        ...
