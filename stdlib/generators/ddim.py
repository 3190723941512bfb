"""Fields that a trained diffusion model makes of noise, with the noise as free parameters."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
from jax import Array

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.learn.diffusion.denoiser import Denoiser
from metac.stdlib.models.diffusion import Diffusion

if TYPE_CHECKING:
    from metac.compiler.interfaces.generator import GridGenerator
    from metac.compiler.interfaces.satisfies import Satisfies


class Ddim:
    """Generator: free parameters are noise `[row, column]`, float64; `at(theta)` is the field that the model makes of it.

    `model`: the trained model. `steps`: evaluations of its network. `seed`: of the noise that `init` gives, which then does
    not depend on the key. `shell`: noise of n pixels has the length √n, nearly always; optimisers leave that shell, and
    with it what the network was trained on (Xu et al., section 3.5). A share `shell` of the way back is gone before the
    noise is used. `precision` of the network's numbers: "single" (32 bits) or "double".

    Raises `FieldError`: M0589 where there are fewer time steps than steps.
    """

    def __init__(
        self,
        *,
        model: Diffusion,
        built: Denoiser,
        steps: int,
        seed: int | None,
        shell: float,
        precision: str,
    ) -> None:
        self.denoiser, self.steps, self.seed, self.shell = built, int(steps), seed, shell
        self._type = jnp.float64 if precision == "double" else jnp.float32

    @staticmethod
    def build(model: Diffusion, steps: int, seed: int | None) -> Denoiser:
        """The trained network; trains it where it must."""
        if steps > model.denoiser.schedule.steps:
            raise FieldError(
                "steps",
                f"{steps} steps back cannot be taken from {model.denoiser.schedule.steps}",
                code="M0589",
                help="take fewer, or train the model with more `steps`",
            )
        if seed is not None and not 0 <= seed < 2**32:
            raise FieldError("seed", f"a seed lies between 0 and {2**32 - 1}, found {seed}", code="M0589")
        return model.denoiser

    def init(self, key: Array) -> Array:
        """Gaussian noise `[row, column]`."""
        if self.seed is not None:
            key = jax.random.key(self.seed)
        return jax.random.normal(key, self.denoiser.shape, float)

    def at(self, theta: Array) -> Array:
        """The field `[row, column]`, 0 where images are black and 1 where they are white, but for overshoots; float64."""
        # The length has no derivative where it is zero; no optimiser starts there.
        length = jnp.sqrt(jnp.sum(theta**2) + 1e-300)
        wanted = math.sqrt(theta.size)
        drawn = theta * (1 - self.shell + self.shell * wanted / length)
        weights = jax.tree.map(lambda leaf: leaf.astype(self._type), self.denoiser.weights)
        image = self.denoiser.samples(drawn[None], self.steps, weights)[0]
        return (image.astype(float) + 1) / 2


if TYPE_CHECKING:
    Satisfies[GridGenerator](Ddim)
