"""A trained denoising network, and the reverse process from noise to a sample (Song et al., 2020: DDIM)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from metac.runtime.learn.diffusion.noise_schedule import LinearNoiseSchedule

Network = Callable[[Any, Array, Array], Array]
"""Noise in noisy samples: weights, `[sample, …]`, time steps `[sample]` (1 … T) -> `[sample, …]`."""


@dataclass(frozen=True, eq=False)
class Denoiser:
    """A network with its weights and the schedule that it was trained for; samples have the shape `shape`."""

    network: Network
    weights: Any
    schedule: LinearNoiseSchedule
    shape: tuple[int, ...]

    def samples(self, noise: Array, steps: int, weights: Any = None) -> Array:
        """Where noise `[sample, …]` leads to: deterministic DDIM with η = 0 in `steps` steps (Xu et al., eq. 11).

        In the precision of the weights. Each step's activations are recomputed when derivatives are taken, so memory
        does not grow with their number. `weights` stand in for the denoiser's own.

        Raises ValueError where the schedule has fewer steps.
        """
        weights = self.weights if weights is None else weights
        times = self.schedule.times(steps)
        signal, noise_level = np.sqrt(self.schedule.alpha_bar[times]), np.sqrt(1.0 - self.schedule.alpha_bar[times])
        # x' = √ᾱ'/√ᾱ · (x − √(1 − ᾱ) ε) + √(1 − ᾱ') ε, gathered by x and ε.
        growth = signal[1:] / signal[:-1]
        correction = noise_level[1:] - growth * noise_level[:-1]

        @jax.checkpoint
        def reverse(here: Array, step: tuple[Array, Array, Array]) -> tuple[Array, None]:
            time, factor, weight = step
            found = self.network(weights, here, jnp.full(here.shape[:1], time))
            return (factor * here + weight * found).astype(here.dtype), None

        leaves = jax.tree.leaves(weights)
        start = jnp.asarray(noise, leaves[0].dtype if leaves else None)
        return jax.lax.scan(reverse, start, (jnp.asarray(times[:-1]), jnp.asarray(growth), jnp.asarray(correction)))[0]
