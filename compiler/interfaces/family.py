"""Families: graded sequences of cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from metac.compiler.interfaces.dataset import CellDataset

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Bool, Float


class FamilyCells(NamedTuple):
    """Cells of a family, in its order: C11 grows from each to the next."""

    positions: Float[np.ndarray, " cell"]
    """Rising shares of the family's length in the latent space."""
    solid: Bool[np.ndarray, "cell row column"]
    """True for solid, row 0 at the top; each in one piece through all periods."""
    stiffness: Float[np.ndarray, "cell 4"]
    """C11, C12, C22, C66, MPa, positive definite: what homogenised cells have."""


@runtime_checkable
class CellFamily(Protocol):
    """Families of one gradation, of which one is for bodies to be made of."""

    @property
    def data(self) -> CellDataset:
        """What says which solid and void the cells are of, and how large; nothing of it need be made."""
        ...

    @property
    def members(self) -> tuple[FamilyCells, ...]:
        """All families; known once the latent space is trained."""
        ...

    @property
    def chosen(self) -> int:
        """Which of them bodies are made of, from 0."""
        ...
