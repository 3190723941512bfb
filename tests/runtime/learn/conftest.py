"""Small networks for tests."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from metac.runtime.learn.diffusion.network_configuration import UNetConfiguration
from metac.runtime.learn.networks.image_network import ImageNetwork

TINY = UNetConfiguration(pixels=(8, 8), channels=(8, 16), blocks=1, attention=(1,), heads=2)


@pytest.fixture(scope="session")
def tiny() -> ImageNetwork:
    return ImageNetwork(TINY)


@pytest.fixture(scope="session")
def applied(tiny: ImageNetwork):
    """The tiny U-Net, compiled."""
    return jax.jit(tiny)


@pytest.fixture(scope="session")
def random_weights(tiny: ImageNetwork):
    """Weights of the tiny U-Net in which nothing is zero, unlike in fresh ones."""
    random = np.random.default_rng(1)
    return jax.tree.map(
        lambda leaf: (np.asarray(leaf) + 0.1 * random.standard_normal(leaf.shape)).astype(np.float32),
        tiny.initial_weights(0),
    )
