"""Cells that a latent space decodes, with latent variables as free parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from metac.compiler.interfaces.latent import LatentSpace

if TYPE_CHECKING:
    from metac.compiler.interfaces.generator import GridGenerator, Restarted
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.stdlib.models.vae import Vae

RESTARTS = 50
"""Further starts begin at one of so many cells that are nearest to the wanted stiffness."""


class DecoderStart(NamedTuple):
    """A latent space, and where designs in it may begin."""

    space: LatentSpace
    latents: np.ndarray
    """`[cell, latent]`: the nearest first, where a stiffness is wanted, else all of the data."""


class Decoder:
    """Generator: free parameters are latent variables `[latent]`, float64; `at(theta)` is the decoded cell.

    `model`: the trained latent space. `near`: C11, C12, C22, C66, MPa, of the cell to start from; None for a random one.
    """

    def __init__(self, *, model: Vae, near: Sequence[float] | None, built: DecoderStart) -> None:
        self.space, self._latents, self._wanted = built.space, built.latents, near is not None

    @staticmethod
    def build(model: Vae, near: Sequence[float] | None) -> DecoderStart:
        """The trained latent space, trained where it must, and the cells to start from."""
        space = model.space
        if near is None:
            return DecoderStart(space, space.latents)
        return DecoderStart(space, space.latents[space.nearest(np.asarray(near, float), RESTARTS)])

    def init(self, key: Array) -> Array:
        """Latent variables of the cell to start from."""
        return jnp.asarray(self._latents[0], float) if self._wanted else self.restart(key)

    def restart(self, key: Array) -> Array:
        """Those of a cell that is drawn."""
        return jnp.asarray(self._latents, float)[jax.random.randint(key, (), 0, len(self._latents))]

    def at(self, theta: Array) -> Array:
        """`[row, column]`, 0 … 1, row 0 at the top; float64."""
        return self.space.decode(theta)


if TYPE_CHECKING:
    Satisfies[GridGenerator](Decoder)
    Satisfies[Restarted](Decoder)
