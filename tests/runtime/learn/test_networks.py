"""Networks: their size, what reaches what, derivatives; the way from noise to a picture."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from metac.runtime.artefacts.keys import file_hash
from metac.runtime.learn.diffusion.denoiser import Denoiser
from metac.runtime.learn.diffusion.network_configuration import SMALL, UNetConfiguration
from metac.runtime.learn.diffusion.noise_schedule import LinearNoiseSchedule
from metac.runtime.learn.model_card import WEIGHTS
from metac.runtime.learn.networks.convolution import AXES, convolved
from metac.runtime.learn.networks.earlier_names import dense_name, unet_name
from metac.runtime.learn.networks.image_network import ImageNetwork
from metac.runtime.learn.networks.initialisers import he_normal, lecun_normal
from metac.runtime.learn.networks.unet import _patches, _spread, sinusoids
from metac.runtime.learn.weights import load_weights, named
from metac.runtime.runs.atomic import save_arrays
from metac.stdlib.models.diffusion import Diffusion
from tests.library import fields

SHIPPED = {
    "digits": (-0.81500125, 0.68176895, -1.0847898, -0.67937368),
    "cells": (-0.7301389, 1.7190968, -1.4752829, -1.2443445),
}


@pytest.fixture
def pictures() -> jax.Array:
    return jax.random.normal(jax.random.key(0), (3, 8, 8), jnp.float32)


def test_the_default_network_has_the_size_of_the_papers() -> None:
    assert ImageNetwork(UNetConfiguration()).parameters == pytest.approx(5.5e6, rel=0.06)
    assert ImageNetwork(SMALL).parameters < 1e6


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"pixels": (28, 28)}, "28 by 28 is no multiple of 8"),
        ({"channels": ()}, "multiple of 8"),
        ({"channels": (12, 24)}, "multiple of 8"),
        ({"blocks": 0}, "one residual block"),
        ({"attention": (4,)}, "from 0 to 3"),
        ({"heads": 5}, "5 heads"),
        ({"patch": 0}, "a patch has one pixel"),
        ({"patch": 8}, "patches of 8 by 8"),
    ],
)
def test_shapes_that_make_no_network_are_refused(fields, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        UNetConfiguration(**fields)


def test_a_shape_can_be_written_down_and_read() -> None:
    assert UNetConfiguration.read(SMALL.describe()) == SMALL
    with pytest.raises(ValueError, match="U-Net"):
        UNetConfiguration.read({"network": "unet", "pixels": [32, 32]})


def test_a_fresh_network_finds_no_noise(tiny: ImageNetwork, applied, pictures) -> None:
    found = applied(tiny.initial_weights(0), pictures, jnp.array([1, 5, 90]))
    assert found.shape == (3, 8, 8)
    assert found.dtype == jnp.float32
    assert not found.any()


@pytest.mark.slow
def test_patches_make_a_network_of_the_same_pictures(pictures) -> None:
    """Squares of pixels become channels and pixels again, each where it was."""
    shape = UNetConfiguration(pixels=(8, 8), channels=(8, 16), blocks=1, attention=(1,), heads=2, patch=2)
    assert shape == UNetConfiguration.read(shape.describe())
    rows = _spread(_patches(pictures[..., None], 2), 2)[..., 0]
    assert (rows == pictures).all()
    square = _patches(pictures[..., None], 2)[0, 1, 3]
    assert (square == pictures[0, 2:4, 6:8].ravel()).all()
    network = ImageNetwork(shape)
    assert network(network.initial_weights(0), pictures, jnp.array([1, 5, 90])).shape == pictures.shape


def test_every_pixel_reaches_every_pixel(tiny: ImageNetwork, random_weights, pictures) -> None:
    slope = jax.jit(jax.grad(lambda x: tiny(random_weights, x, jnp.array([3, 3, 3]))[0, 0, 0]))(pictures)
    assert (slope[0] != 0).all()
    assert not slope[1:].any(), "pictures do not touch each other"


def test_time_matters_and_pictures_stand_alone(applied, random_weights, pictures) -> None:
    together = applied(random_weights, pictures, jnp.array([1, 40, 90]))
    other = applied(random_weights, pictures, jnp.array([1, 41, 90]))
    np.testing.assert_allclose(together[0], other[0], atol=1e-6)
    assert not jnp.allclose(together[1], other[1], atol=1e-3)


@pytest.mark.slow
def test_dropout_is_for_training_only(tiny: ImageNetwork, applied, random_weights, pictures) -> None:
    network, times = jax.jit(ImageNetwork(tiny.configuration, 0.5)), jnp.array([3, 3, 3])
    assert jnp.array_equal(network(random_weights, pictures, times), applied(random_weights, pictures, times))
    first, other = (network(random_weights, pictures, times, jax.random.key(seed)) for seed in (0, 1))
    assert not jnp.allclose(first, other)


def test_convolutions_have_the_derivatives_of_convolutions() -> None:
    keys = jax.random.split(jax.random.key(0), 3)
    pictures = jax.random.normal(keys[0], (2, 6, 5, 3))
    kernel, weights = jax.random.normal(keys[1], (3, 3, 3, 4)), jax.random.normal(keys[2], (2, 6, 5, 4))

    def plain(pictures, kernel):
        return jax.lax.conv_general_dilated(pictures, kernel, (1, 1), "SAME", dimension_numbers=AXES)

    def gradients(function):
        loss = jax.grad(lambda *each: jnp.sum(weights * jnp.sin(function(*each))), argnums=(0, 1))
        return jax.jit(loss)(pictures, kernel)

    for ours, theirs in zip(gradients(convolved), gradients(plain), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10)


def test_sinusoids_tell_times_apart() -> None:
    features = sinusoids(jnp.arange(1, 1001), 48)
    assert features.shape == (1000, 48)
    apart = jnp.linalg.norm(features[1:] - features[:-1], axis=1)
    assert float(apart.min()) > 0.3


# The schedule


def test_the_schedule_goes_from_the_picture_to_noise() -> None:
    kept = LinearNoiseSchedule().alpha_bar
    assert kept[0] == 1
    assert kept[1] == 1 - 1e-4
    assert (np.diff(kept) < 0).all()
    assert kept[-1] == pytest.approx(4.04e-5, rel=0.01), "Ho et al.: the last distribution is normal, nearly"


def test_the_way_back_is_evenly_spaced() -> None:
    np.testing.assert_array_equal(LinearNoiseSchedule().times(10), np.arange(1000, -1, -100))
    np.testing.assert_array_equal(LinearNoiseSchedule(steps=3).times(3), [3, 2, 1, 0])
    with pytest.raises(ValueError, match="4 reverse steps"):
        LinearNoiseSchedule(steps=3).times(4)


# The way from noise to a picture


def gaussian_denoiser(mean: float, deviation: float, schedule: LinearNoiseSchedule) -> Denoiser:
    """Finds the expected noise in samples of a normal distribution, which is known."""
    kept = jnp.asarray(schedule.alpha_bar)

    def network(weights, samples, times):
        share = kept[times][:, None]
        variance = share * deviation**2 + 1 - share
        return jnp.sqrt(1 - share) * (samples - jnp.sqrt(share) * mean) / variance

    return Denoiser(network, None, schedule, (1,))


def test_the_way_back_from_normal_noise_is_the_exact_map() -> None:
    # For a normal distribution the probability flow is affine: it takes standard noise to mean + deviation · noise.
    denoiser = gaussian_denoiser(0.4, 0.3, LinearNoiseSchedule())
    noise = jnp.linspace(-2, 2, 9)[:, None]
    errors = [float(jnp.abs(denoiser.samples(noise, steps) - (0.4 + 0.3 * noise)).max()) for steps in (50, 200, 1000)]
    assert errors[-1] < 0.01
    assert errors[0] > errors[1] > errors[2]


def test_one_step_back_is_equation_11() -> None:
    denoiser = gaussian_denoiser(0.4, 0.3, LinearNoiseSchedule(steps=20))
    noise = jnp.array([[0.7]])
    kept = denoiser.schedule.alpha_bar
    found = np.asarray(denoiser.network(None, noise, jnp.array([20])))
    clean = (0.7 - np.sqrt(1 - kept[20]) * found) / np.sqrt(kept[20])
    np.testing.assert_allclose(denoiser.samples(noise, 1), clean, rtol=1e-5)


def test_taylor_through_the_way_back(tiny: ImageNetwork, random_weights) -> None:
    exact = jax.tree.map(lambda leaf: leaf.astype(float), random_weights)
    denoiser = Denoiser(tiny, exact, LinearNoiseSchedule(), (8, 8))
    noise, along = jax.random.normal(jax.random.key(2), (2, 1, 8, 8))

    def loss(noise):
        return jnp.mean(denoiser.samples(noise, 3) ** 2)

    both = jax.jit(jax.value_and_grad(loss))
    value, gradient = both(noise)
    slope = float(jnp.vdot(gradient, along))
    sizes = 1e-2 * 0.5 ** np.arange(4)
    remainders = np.array([abs(float(both(noise + h * along)[0] - value) - h * slope) for h in sizes])
    rates = np.log2(remainders[:-1] / remainders[1:])
    np.testing.assert_allclose(rates, 2, atol=0.05)


# Initial weights, and files of earlier versions


@pytest.mark.parametrize(
    ("ours", "theirs"), [(lecun_normal, nnx.initializers.lecun_normal()), (he_normal, nnx.initializers.he_normal())]
)
def test_initialisers_draw_from_the_distribution_of_flax(ours, theirs) -> None:
    """On the host, and of flax itself where the key is traced."""
    shape, key = (50, 4, 500), jax.random.key(3)
    drawn, expected = np.asarray(ours(key, shape, jnp.float32)), np.asarray(theirs(key, shape, jnp.float32))
    assert drawn.dtype == np.float32
    assert not np.array_equal(drawn, expected)
    levels = np.linspace(0.05, 0.95, 19)
    np.testing.assert_allclose(np.quantile(drawn, levels), np.quantile(expected, levels), atol=0.02 * expected.std())
    np.testing.assert_allclose(np.abs(drawn).max(), np.abs(expected).max(), rtol=1e-3)
    assert np.array_equal(ours(key, shape, jnp.float32), drawn)
    assert not np.array_equal(ours(jax.random.key(4), shape, jnp.float32), drawn)
    assert np.array_equal(jax.jit(lambda key: ours(key, shape, jnp.float32))(key), expected)


def test_every_layer_had_a_name_of_its_own_in_files_of_earlier_versions(tiny: ImageNetwork) -> None:
    names = list(named(tiny.weights_like))
    earlier = [unet_name(tiny.configuration)(name) for name in names]
    assert len(set(earlier)) == len(names)
    assert {"Residual_0/GroupNorm_0/scale", "Attention_2/closing/bias", "Convolution_1/kernel", "closing/kernel"} <= set(
        earlier
    )
    assert dense_name("recognition/layers/12/kernel") == "recognition/layer_12/kernel"


def test_weights_of_an_earlier_version_are_those_of_today(tiny: ImageNetwork, random_weights, tmp_path) -> None:
    earlier_name = unet_name(tiny.configuration)
    save_arrays(tmp_path / WEIGHTS, {earlier_name(name): array for name, array in named(random_weights).items()})
    found = load_weights(tmp_path, file_hash(tmp_path / WEIGHTS), tiny.weights_like, earlier_name)
    assert jax.tree.all(jax.tree.map(np.array_equal, found, random_weights))


def test_the_networks_that_come_along_give_the_samples_that_they_gave() -> None:
    """Means and deviations of four samples each, computed with the networks as they were written first."""
    for name, expected in SHIPPED.items():
        denoiser = Diffusion.build(**fields("model", "diffusion", weights=name))
        noise = np.random.Generator(np.random.PCG64(7)).standard_normal((2, *denoiser.shape))
        found = np.asarray(jax.jit(lambda noise, denoiser=denoiser: denoiser.samples(noise, 3))(noise))
        np.testing.assert_allclose([found.mean(), found.std(), found[0, 9, 14], found[1, 20, 11]], expected, rtol=2e-4)
