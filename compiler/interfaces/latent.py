"""Latent spaces of periodic cells: the seam between what is trained and what designs in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from jax import Array
    from jaxtyping import Float, Int


class LearnedCells(NamedTuple):
    """The cells that a latent space has learned from, or was judged by."""

    latents: Float[np.ndarray, "cell latent"]
    stiffness: Float[np.ndarray, "cell 4"]
    """C11, C12, C22, C66, MPa, in Voigt form."""
    validation: Int[np.ndarray, " held"]
    """Numbers of those that it was not trained on; none where that is not known."""


@runtime_checkable
class LatentSpace(Protocol):
    """Cells as points of few variables.

    `encode`, `decode`, `predict` and `familiarity` run inside `jit` and are differentiated, in the precision of what they
    are given.
    """

    @property
    def cell(self) -> tuple[int, int]:
        """Rows and columns of a cell."""
        ...

    @property
    def latents(self) -> Float[np.ndarray, "cell latent"]:
        """Of the cells that it has learned from."""
        ...

    @property
    def stiffness(self) -> Float[np.ndarray, "cell 4"]:
        """C11, C12, C22, C66 of these, MPa, in Voigt form."""
        ...

    @property
    def validation(self) -> Int[np.ndarray, " held"]:
        """Numbers of those of these cells that it was not trained on; none where that is not known."""
        ...

    def nearest(self, stiffness: Float[np.ndarray, 4], count: int) -> Int[np.ndarray, " near"]:
        """Which of these cells, `count` at most, have C11, C12, C22, C66 nearest to the given ones, MPa; on the host."""
        ...

    def encode(self, cells: Float[Array, "*batch row column"]) -> Float[Array, "*batch latent"]:
        """The mean of the latent variables of cells, 1 for solid, row 0 at the top."""
        ...

    def decode(self, latent: Float[Array, "*batch latent"]) -> Float[Array, "*batch row column"]:
        """How likely each pixel is solid, 0 … 1."""
        ...

    def predict(self, latent: Float[Array, "*batch latent"]) -> Float[Array, "*batch 4"]:
        """C11, C12, C22, C66, MPa, as a regressor says; far from `latents` it knows nothing."""
        ...

    def familiarity(self, latent: Float[Array, "*batch latent"]) -> Float[Array, "*batch"]:
        """Distance from the cells that it has learned from: 1 is usual among these, much more is where decoded cells need
        not be sound."""
        ...
