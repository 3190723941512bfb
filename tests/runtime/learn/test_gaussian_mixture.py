"""The conceptual example of Xu et al., section 2.4: noise is varied until a sample moves from one mode to the other.

A mixture of two normal distributions, modes -2.5 and 2.5, deviations 0.5. The full version follows the paper (20,000
samples, 100 epochs, batch 128, three hidden layers of 64, 50 steps back, BFGS), but for a learning rate that is ten times
the paper's; the quick one trains a smaller network for less long.
"""

from __future__ import annotations

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import minimize

from metac.runtime.learn.diffusion.denoiser import Denoiser
from metac.runtime.learn.diffusion.diffusion_trainer import DiffusionRecipe, train_diffusion
from metac.runtime.learn.diffusion.noise_schedule import LinearNoiseSchedule
from metac.runtime.learn.networks.functional import Network
from metac.runtime.learn.networks.perceptron import Perceptron

MODE, DEVIATION = 2.5, 0.5


def trained(folder: Path, hidden: tuple[int, ...], count: int, recipe: DiffusionRecipe) -> Denoiser:
    perceptron = Network(lambda rngs: Perceptron(1, hidden, rngs=rngs))
    random = np.random.default_rng(0)
    samples = random.choice([-MODE, MODE], (count, 1)) + DEVIATION * random.standard_normal((count, 1))

    def network(weights, vectors, times, key=None):
        return perceptron(weights, vectors, times)

    schedule = LinearNoiseSchedule()
    found = train_diffusion(
        network, perceptron.initial_weights(0), samples.astype(np.float32), schedule, recipe, folder, "a mixture"
    )
    return Denoiser(network, found.weights, schedule, (1,))


def check(denoiser: Denoiser, tolerance: float, spread: float) -> None:
    """Half of the samples about each mode, as the mixture has them; BFGS takes a sample from one to the other."""
    to_samples = jax.jit(lambda noise: denoiser.samples(noise, 50))
    samples = np.asarray(to_samples(np.random.default_rng(1).standard_normal((4000, 1))))[:, 0]
    assert abs((samples > 0).mean() - 0.5) < tolerance
    np.testing.assert_allclose(samples[samples > 0].mean(), MODE, atol=tolerance)
    np.testing.assert_allclose(samples[samples < 0].mean(), -MODE, atol=tolerance)
    np.testing.assert_allclose([samples[samples > 0].std(), samples[samples < 0].std()], DEVIATION, rtol=spread)

    @jax.jit
    @jax.value_and_grad
    def loss(noise):
        return jnp.sum((denoiser.samples(noise[None], 50)[0].astype(float) + MODE) ** 2)

    start = np.linspace(0.5, 2.0, 31)
    start = start[np.argmin(np.abs(np.asarray(to_samples(start[:, None]))[:, 0] - MODE))]
    assert loss(np.array([start]))[0] > 20, "it starts at the positive mode"
    result = minimize(lambda noise: [np.asarray(each, float) for each in loss(noise)], [start], jac=True, method="BFGS")
    assert result.fun < 1e-3
    np.testing.assert_allclose(to_samples(result.x[None]), -MODE, atol=0.04)
    assert abs(result.x[0]) < 3, "and the noise is still what normal noise may be"


def test_noise_can_be_varied_until_a_sample_changes_its_mode(tmp_path: Path) -> None:
    check(
        trained(
            tmp_path, (32, 32), 2000, DiffusionRecipe(epochs=60, batch=128, rate=1e-2, warm_up=50, decay=0.0, mean=0.99)
        ),
        0.25,
        0.3,
    )


@pytest.mark.slow
def test_the_example_as_the_paper_has_it(tmp_path: Path) -> None:
    check(trained(tmp_path, (64, 64, 64), 20_000, DiffusionRecipe(epochs=100, batch=128, rate=1e-3, decay=0.0)), 0.15, 0.15)
