"""Loss and gradient through deterministic DDIM in ten steps, mechanics apart; and a step of training.

    python benchmarks/diffusion_gradient.py [--training]

Weights are random: times do not depend on them. Wall and processor time, medians; memory is what XLA sets aside for a call.
"""

from __future__ import annotations

import math
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from metac.runtime.learn.diffusion.denoiser import Denoiser
from metac.runtime.learn.diffusion.diffusion_trainer import DiffusionRecipe, DiffusionState, make_optimiser, make_step
from metac.runtime.learn.diffusion.network_configuration import SMALL, UNetConfiguration
from metac.runtime.learn.diffusion.noise_schedule import LinearNoiseSchedule
from metac.runtime.learn.networks.image_network import ImageNetwork
from metac.runtime.precision import enable_double_precision

STEPS_BACK = 10
REPEATS = 9


def median(call: Callable[[], Any], repeats: int) -> tuple[float, float]:
    """Wall and processor seconds of a call."""
    jax.block_until_ready(call())
    walls, processors = [], []
    for _ in range(repeats):
        wall, processor = time.perf_counter(), time.process_time()
        jax.block_until_ready(call())
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    return statistics.median(walls), statistics.median(processors)


def gradient(name: str, shape: UNetConfiguration) -> None:
    """A line for the way back from noise and its derivative."""
    network = ImageNetwork(shape)
    random = np.random.default_rng(0)
    weights = jax.tree.map(
        lambda leaf: jnp.asarray(leaf + 0.02 * random.standard_normal(leaf.shape), jnp.float32), network.initial_weights(0)
    )
    denoiser = Denoiser(network, weights, LinearNoiseSchedule(), shape.pixels)
    noise = jnp.asarray(random.standard_normal((1, *shape.pixels)))
    both = jax.jit(jax.value_and_grad(lambda noise: jnp.sum(denoiser.samples(noise, STEPS_BACK).astype(float) ** 2)))
    started = time.process_time()
    compiled = both.lower(noise).compile()
    compiling = time.process_time() - started
    wall, processor = median(lambda: compiled(noise), REPEATS)
    analysed = compiled.memory_analysis()
    memory = analysed.temp_size_in_bytes / 1e6 if analysed else math.nan
    print(
        f"{name:<8} {network.parameters:>10,} {wall:>9.3f} {processor:>14.3f} {memory:>9.0f} MB {compiling:>14.1f}",
        flush=True,
    )


def training(name: str, shape: UNetConfiguration) -> None:
    """A line for a step of 128 pictures."""
    network, recipe = ImageNetwork(shape, 0.1), DiffusionRecipe(epochs=1)
    weights = network.initial_weights(0)
    data = jnp.zeros((2 * recipe.batch, *shape.pixels), jnp.float32)
    step = make_step(network, LinearNoiseSchedule(), recipe, len(data), recipe.batch)
    optimiser = make_optimiser(recipe, 2)
    held = [DiffusionState(weights, jax.tree.map(jnp.copy, weights), optimiser.init(weights))]

    def call() -> Any:
        held[0], loss = step(held[0], data, jax.random.key(0), 0)
        return loss

    wall, processor = median(call, 3)
    print(f"{name:<8} {network.parameters:>10,} {wall:>9.2f} {processor:>14.2f}", flush=True)


def main() -> None:
    """Print the tables."""
    enable_double_precision()
    print("loss and gradient, one picture of 32 by 32")
    print("network  parameters    wall s    processor s       memory  compiling, cpu s")
    gradient("default", UNetConfiguration())
    gradient("small", SMALL)
    if "--training" in sys.argv[1:]:
        print("\na training step, 128 pictures\nnetwork  parameters    wall s    processor s")
        training("small", SMALL)
        training("default", UNetConfiguration())


if __name__ == "__main__":
    main()
