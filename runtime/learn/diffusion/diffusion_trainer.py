"""Training of denoising networks: AdamW with warm-up and cosine, a running mean of the weights, checkpoints.

The objective is the mean squared difference between the noise that was added and the noise that the network finds (Ho et
al., 2020, eq. 14; Xu et al., eq. 9). Every random number follows from the seed and the number of the step, so a training
that was interrupted and resumed gives the same bits as one that was not.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array
from numpy.typing import NDArray

from metac.runtime.learn.diffusion.noise_schedule import LinearNoiseSchedule
from metac.runtime.learn.epoch_loop import EpochPlan, run_epochs

TrainingNetwork = Callable[[Any, Array, Array, Array], Array]
"""As a denoiser's network, and a key for what it leaves out at random."""

LAST_RATE = 0.01
"""Of the cosine, over the largest learning rate."""


@dataclass(frozen=True)
class DiffusionRecipe:
    """How a denoising network is trained.

    `epochs` times all samples in batches of `batch`, the rest of each epoch left out; `rate`: largest learning rate, reached
    after `warm_up` steps (or a tenth of all, where that is less); `decay`: of the weights; `mean`: share of the running mean
    of the weights that a step keeps; `clip`: largest norm of a gradient; `seed` of all random numbers.
    """

    epochs: int = 100
    batch: int = 128
    rate: float = 2e-4
    warm_up: int = 500
    decay: float = 1e-4
    mean: float = 0.999
    clip: float = 1.0
    seed: int = 0

    def steps(self, samples: int) -> tuple[int, int, int]:
        """Steps an epoch, steps in all, and samples a step, for so many samples."""
        batch = min(self.batch, samples)
        return samples // batch, self.epochs * (samples // batch), batch

    def describe(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


class DiffusionState(NamedTuple):
    """What a step changes; a pytree."""

    weights: Any
    mean: Any
    """Running mean of the weights: what is used afterwards."""
    moments: Any


@dataclass(frozen=True)
class DiffusionResult:
    """What a training ends with: the running mean of the weights, and the loss of every step."""

    weights: Any
    losses: NDArray[np.float32]
    seconds: float


def train_diffusion(
    network: TrainingNetwork,
    weights: Any,
    samples: NDArray[np.float32],
    schedule: LinearNoiseSchedule,
    recipe: DiffusionRecipe,
    folder: Path,
    title: str,
) -> DiffusionResult:
    """Train from the start, or from the last checkpoint in `folder`.

    Args:
        network: what is trained.
        weights: to start from.
        samples: `[sample, …]`.
        schedule: of the noise.
        recipe: how.
        folder: takes checkpoints.
        title: for messages.

    Raises:
        Interrupted: if the user wants to stop; what was reached is saved.
        TrainingFailed: if the loss is no number, or a checkpoint cannot be written.
    """
    steps_per_epoch, total, batch = recipe.steps(len(samples))
    optimiser = make_optimiser(recipe, total)
    step = make_step(network, schedule, recipe, len(samples), batch)
    state = DiffusionState(weights, jax.tree.map(jnp.copy, weights), jax.jit(optimiser.init)(weights))
    data, key = jnp.asarray(samples), jax.random.key(recipe.seed)
    plan = EpochPlan(folder, title, recipe.describe(), steps_per_epoch, recipe.epochs)
    state, losses, seconds = run_epochs(plan, state, lambda state, done: step(state, data, key, done))
    return DiffusionResult(jax.tree.map(np.asarray, state.mean), losses, seconds)


def make_optimiser(recipe: DiffusionRecipe, total: int) -> optax.GradientTransformation:
    """AdamW (Loshchilov and Hutter, 2019) behind a bound on the gradient's norm, for `total` steps."""
    warm_up = min(recipe.warm_up, math.ceil(total / 10))
    rate = optax.warmup_cosine_decay_schedule(
        recipe.rate / (warm_up + 1), recipe.rate, warm_up, max(total, warm_up + 1), LAST_RATE * recipe.rate
    )
    return optax.chain(optax.clip_by_global_norm(recipe.clip), optax.adamw(rate, weight_decay=recipe.decay))


@cache
def make_step(
    network: TrainingNetwork, schedule: LinearNoiseSchedule, recipe: DiffusionRecipe, count: int, batch: int
) -> Callable[[DiffusionState, Array, Array, int], tuple[DiffusionState, Array]]:
    """The compiled step: state, `[sample, …]` (`count` of them), key, number of the step -> new state, loss."""
    optimiser = make_optimiser(recipe, recipe.steps(count)[1])
    signal = jnp.asarray(np.sqrt(schedule.alpha_bar), jnp.float32)
    noise_level = jnp.asarray(np.sqrt(1 - schedule.alpha_bar), jnp.float32)
    steps_per_epoch = count // batch

    def loss_of(weights: Any, clean: Array, key: Array) -> Array:
        for_time, for_noise, for_network = jax.random.split(key, 3)
        times = jax.random.randint(for_time, (batch,), 1, schedule.steps + 1)
        noise = jax.random.normal(for_noise, clean.shape, jnp.float32)
        each = (-1, *([1] * (clean.ndim - 1)))
        noisy = signal[times].reshape(each) * clean + noise_level[times].reshape(each) * noise
        return jnp.mean((network(weights, noisy, times, for_network) - noise) ** 2)

    @partial(jax.jit, donate_argnums=0)
    def step(state: DiffusionState, data: Array, key: Array, number: Array) -> tuple[DiffusionState, Array]:
        epoch, place = number // steps_per_epoch, number % steps_per_epoch
        order = jax.random.permutation(jax.random.fold_in(jax.random.fold_in(key, 0), epoch), count)
        clean = data[jax.lax.dynamic_slice_in_dim(order, place * batch, batch)]
        loss, change = jax.value_and_grad(loss_of)(
            state.weights, clean, jax.random.fold_in(jax.random.fold_in(key, 1), number)
        )
        updates, moments = optimiser.update(change, state.moments, state.weights)
        weights = optax.apply_updates(state.weights, updates)
        # The first steps count for less: a mean that began at random weights would hold them for long.
        decay = jnp.minimum(recipe.mean, (1.0 + number) / (10.0 + number)).astype(jnp.float32)
        mean = jax.tree.map(lambda old, new: decay * old + (1 - decay) * new, state.mean, weights)
        return DiffusionState(weights, mean, moments), loss

    return step
