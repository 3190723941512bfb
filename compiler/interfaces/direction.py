"""Directions in a latent space, along which a property of the decoded cells changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from metac.compiler.interfaces.model import LatentModel

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Float


@runtime_checkable
class Direction(Protocol):
    """Which way leads to more of a property; known once the latent space is trained."""

    @property
    def model(self) -> LatentModel:
        """The latent space that it is one of."""
        ...

    @property
    def of(self) -> str:
        """The property that it is judged by: C11, C12, C22, C66, or anisotropy, which is C22/C11."""
        ...

    def at(self, latents: Float[np.ndarray, "*place latent"]) -> Float[np.ndarray, "*place latent"]:
        """The vectors of length 1, float64, of these places: one and the same, or one for each."""
        ...
