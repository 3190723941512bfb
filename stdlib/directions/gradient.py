"""Directions of the steepest growth of a property, as a regressor knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.model import LatentModel

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.direction import Direction
    from metac.compiler.interfaces.latent import LatentSpace
    from metac.compiler.interfaces.satisfies import Satisfies

SMALLEST = 1e-4
"""Stiffness, over the largest C11 of the data, below which the regressor's is taken for this: it may be negative."""


class PropertyGradient:
    """Direction: fields as in `gradient.meta`."""

    def __init__(self, *, model: LatentModel, of: str) -> None:
        self.model, self.of = model, str(of)

    def at(self, latents: NDArray[np.floating]) -> NDArray[np.float64]:
        """Of each place its own; zero where the property does not change."""
        import jax
        import jax.numpy as jnp

        space = self.model.space
        slope = np.asarray(jax.grad(lambda places: jnp.sum(_predicted(space, places, self.of)))(jnp.asarray(latents, float)))
        length = np.linalg.norm(slope, axis=-1, keepdims=True)
        return np.divide(slope, length, out=np.zeros(latents.shape), where=length > 0)


def _predicted(space: LatentSpace, latents: Array, of: str) -> Array:
    """`[…]`: a property, or what grows with it."""
    import jax.numpy as jnp

    from metac.runtime.learn.autoencoders.decoded_scores import NAMES
    from metac.runtime.learn.autoencoders.traversal import ANISOTROPY

    stiffness = space.predict(latents)
    if of != ANISOTROPY:
        return stiffness[..., NAMES.index(of)]
    first, _, second, _ = jnp.moveaxis(jnp.log(jnp.maximum(stiffness, SMALLEST * space.stiffness[:, 0].max())), -1, 0)
    return second - first


if TYPE_CHECKING:
    Satisfies[Direction](PropertyGradient)
