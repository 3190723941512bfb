"""Autoencoders of cells: networks, symmetry, loss, derivatives, and a training that resumes bit for bit."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.artefacts.watch import Watch, watched
from metac.runtime.datasets.cells.design_space import whole
from metac.runtime.learn.autoencoders.cell_latent_space import CellLatentSpace, Standardisation, quartered, unfolded
from metac.runtime.learn.autoencoders.cell_vae import CellVae, evidence_and_regression_loss
from metac.runtime.learn.autoencoders.vae_configuration import VaeConfiguration
from metac.runtime.learn.networks.patch_convolution import PatchConvolution, patches
from metac.runtime.learn.supervised.labelled_data import LabelledSamples
from metac.runtime.learn.supervised.supervised_trainer import SupervisedRecipe, train_supervised
from metac.runtime.learn.validated_training import ValidatedResult
from metac.runtime.runs.failures import Interrupted

SHAPE = VaeConfiguration((12, 10), mirrored=True, latent=3, channels=(6, 8), hidden=12, regressor=(8,))
WHOLE = replace(SHAPE, cell=(7, 10), mirrored=False)
RANDOM = np.random.default_rng(0)
PICTURES = RANDOM.integers(0, 2, (40, 6, 5)).astype(np.uint8)
STIFFNESS = np.stack([PICTURES.mean(axis=(1, 2)) ** power for power in (1, 2, 1, 3)], axis=1)
LABELS = Standardisation.of(STIFFNESS)


def space_of(shape: VaeConfiguration = SHAPE, weights: Any = None) -> CellLatentSpace:
    weights = CellVae(shape).initial_weights(0) if weights is None else weights
    latents = RANDOM.standard_normal((30, shape.latent)).astype(np.float32)
    return CellLatentSpace(shape, weights, LABELS, latents, STIFFNESS[:30])


def test_the_network_of_the_design_has_its_size() -> None:
    assert CellVae(VaeConfiguration((50, 50), mirrored=True)).parameters == 168_593


@pytest.mark.parametrize("shape", [SHAPE, WHOLE, VaeConfiguration((8, 8), True, 2, (4, 4, 4), 5, ())], ids=str)
def test_shapes(shape: VaeConfiguration) -> None:
    space = space_of(shape)
    cells = jnp.asarray(RANDOM.random((2, 3, *shape.cell)))
    latent = space.encode(cells)
    assert latent.shape == (2, 3, shape.latent)
    assert space.decode(latent).shape == cells.shape
    assert space.predict(latent).shape == (2, 3, 4)
    assert space.familiarity(latent).shape == (2, 3)
    assert space.decode(latent[0, 0]).shape == shape.cell
    assert {each.dtype for each in (latent, space.decode(latent), space.predict(latent))} == {jnp.dtype("float64")}
    assert VaeConfiguration.read(shape.describe()) == shape


@pytest.mark.parametrize(
    "change",
    [{"channels": ()}, {"channels": (4, 0)}, {"regressor": (0,)}, {"latent": 0}, {"cell": (7, 10)}],
    ids=str,
)
def test_shapes_that_make_no_network_are_refused(change: dict) -> None:
    with pytest.raises(ValueError, match=r"one feature|even rows"):
        replace(SHAPE, **change)
    with pytest.raises(ValueError, match="does not describe"):
        VaeConfiguration.read({"network": "unet"})


@pytest.mark.parametrize(("channels", "width", "stride"), [(2, 5, 1), (5, 2, 1), (3, 4, 2)])
def test_a_patch_convolution_is_a_convolution(channels: int, width: int, stride: int) -> None:
    from flax import nnx

    layer = PatchConvolution(channels, width, 3, "wrap", stride, rngs=nnx.Rngs(0))
    images = jnp.asarray(RANDOM.standard_normal((2, 6, 8, channels)), jnp.float32)
    kernel = layer.dense.kernel[...].reshape(3, 3, channels, width)
    around = jnp.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="wrap")
    expected = jax.lax.conv_general_dilated(
        around, kernel, (stride, stride), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")
    )
    np.testing.assert_allclose(layer(images), expected, atol=1e-5)


def test_patches_continue_as_cells_do() -> None:
    quarter = jnp.arange(20.0).reshape(1, 4, 5, 1)
    cell = unfolded(quarter[..., 0])
    mirrored = patches(quarter, 3, 1, "symmetric")
    repeated = patches(cell[..., None], 3, 1, "wrap")
    np.testing.assert_array_equal(mirrored, repeated[:, :4, :5])


def test_decoded_cells_are_mirrored_and_mirrored_cells_are_encoded_from_a_quarter() -> None:
    space = space_of()
    cell = space.decode(jnp.asarray(RANDOM.standard_normal((4, 3))))
    np.testing.assert_array_equal(cell, cell[:, ::-1])
    np.testing.assert_array_equal(cell, cell[:, :, ::-1])
    cells = whole(PICTURES[:4]).astype(float)
    np.testing.assert_array_equal(quartered(jnp.asarray(cells)), PICTURES[:4])
    np.testing.assert_allclose(space.encode(jnp.asarray(cells)), space.means_of(PICTURES[:4]), atol=1e-5)
    grey = RANDOM.random((1, 12, 10))
    for turned in (grey[:, ::-1], grey[:, :, ::-1]):
        np.testing.assert_allclose(space.encode(jnp.asarray(turned)), space.encode(jnp.asarray(grey)), atol=1e-12)
    latent = RANDOM.standard_normal((700, 3)).astype(np.float32)
    np.testing.assert_allclose(whole(space.pictures_of(latent))[600:], space.decode(jnp.asarray(latent))[600:], atol=1e-5)


def test_the_loss_is_that_of_the_whole_cell() -> None:
    vae, weights = CellVae(SHAPE), CellVae(SHAPE).initial_weights(1)
    samples = LabelledSamples(PICTURES.reshape(40, -1), np.zeros((40, 0), np.float32), LABELS.scale(STIFFNESS))
    key = jax.random.key(3)
    mean, log_variance = (np.asarray(each, float) for each in vae.posterior(weights, PICTURES.astype(np.float32)))
    latent = mean + np.exp(log_variance / 2) * np.asarray(jax.random.normal(key, mean.shape, jnp.float32))
    likely = np.asarray(space_of(weights=weights).decode(jnp.asarray(latent)))
    cells = whole(PICTURES).astype(float)
    entropy = -(cells * np.log(likely) + (1 - cells) * np.log1p(-likely)).sum(axis=(1, 2))
    excess = 0.5 * (np.exp(log_variance) + mean**2 - 1 - log_variance).sum(axis=1)
    miss = ((np.asarray(vae.labels(weights, mean.astype(np.float32))) - LABELS.scale(STIFFNESS)) ** 2).sum(axis=1)
    expected = np.mean(entropy + 2 * excess + 7 * miss)
    found = evidence_and_regression_loss(SHAPE, 2.0, 7.0)(weights, samples, key)
    np.testing.assert_allclose(float(found), expected, rtol=1e-4)


@pytest.mark.parametrize("what", ["encode", "decode", "predict", "familiarity"])
@pytest.mark.parametrize("shape", [SHAPE, WHOLE], ids=["quarters", "whole"])
def test_taylor(shape: VaeConfiguration, what: str) -> None:
    space = space_of(shape)
    size = shape.cell if what == "encode" else (shape.latent,)
    random = np.random.default_rng(5)
    here, along = (jnp.asarray(random.standard_normal(size)) for _ in range(2))
    function = partial(getattr(space, what))
    weight = jnp.asarray(random.standard_normal(function(here).shape))
    total = jax.jit(lambda values: jnp.vdot(function(values), weight))
    value, slope = total(here), jnp.vdot(jax.grad(total)(here), along)
    steps = 1e-3 * 0.5 ** np.arange(4)
    rest = [abs(float(total(here + step * along) - value - step * slope)) for step in steps]
    np.testing.assert_allclose(np.log2(np.array(rest[:-1]) / rest[1:]), 2, atol=0.1)


def test_familiarity_is_one_among_the_cells_and_grows_away_from_them() -> None:
    space = space_of()
    apart = np.linalg.norm(space.latents[:, None] - space.latents[None], axis=-1)
    fifth = np.sort(apart, axis=1)[:, 5]
    np.testing.assert_allclose(space.usual_distance, np.median(fifth), rtol=1e-5)
    away = jnp.asarray(space.latents[0] * np.array([[1.0], [10.0], [100.0]]))
    found = space.familiarity(away)
    np.testing.assert_allclose(found[0], np.sort(apart[0])[4] / space.usual_distance, rtol=1e-5)
    assert found[0] < found[1] < found[2]


def test_the_nearest_cells_count_in_standard_deviations() -> None:
    space = space_of()
    wanted = STIFFNESS[7]
    apart = np.linalg.norm((STIFFNESS[:30] - wanted) / np.asarray(LABELS.deviation), axis=1)
    found = space.nearest(wanted, 4)
    np.testing.assert_allclose(apart[found], np.sort(apart)[:4], atol=1e-12)


def bars(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Quarters with a bar from side to side and one from top to bottom, each as wide as its stiffness says."""
    random = np.random.default_rng(2)
    wide = random.integers(1, 5, (count, 2))
    rows, columns = np.arange(6)[None, :, None], np.arange(5)[None, None, :]
    pictures = (rows < wide[:, :1, None]) | (columns < wide[:, 1:, None])
    stiffness = np.stack([wide[:, 0], wide.sum(axis=1), wide[:, 1], wide.prod(axis=1)], axis=1).astype(float)
    return pictures.astype(np.uint8), stiffness


def run(folder: Path, recipe: SupervisedRecipe, stop_after: int | None = None) -> ValidatedResult:
    pictures, stiffness = bars(300)
    samples = LabelledSamples(
        pictures.reshape(300, -1), np.zeros((300, 0), np.float32), Standardisation.of(stiffness).scale(stiffness)
    )
    asked = iter(range(10_000))
    with watched(Watch(wanted=lambda: stop_after is not None and next(asked) >= stop_after)):
        rows = (np.arange(240), np.arange(240, 300))
        objective = evidence_and_regression_loss(SHAPE, 1.0, 5.0)
        weights = CellVae(SHAPE).initial_weights(0)
        return train_supervised(objective, weights, samples, rows, recipe, folder, "a test", rows_at_once=32)


RECIPE = SupervisedRecipe(epochs=60, batch=20, rate=1e-2, seed=1)


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> ValidatedResult:
    return run(tmp_path_factory.mktemp("straight"), RECIPE)


def test_it_learns_to_decode_and_to_predict(straight: ValidatedResult) -> None:
    pictures, stiffness = bars(300)
    standard = Standardisation.of(stiffness)
    space = CellLatentSpace(SHAPE, straight.weights, standard, np.zeros((1, 3), np.float32), stiffness[:1])
    means = space.means_of(pictures[240:])
    wrong = np.mean((space.pictures_of(means) > 0.5) != pictures[240:])
    assert wrong < 0.02
    predicted = np.asarray(space.predict(jnp.asarray(means)))
    assert (((predicted - stiffness[240:]) / np.asarray(standard.deviation)) ** 2).mean() < 0.1


def test_an_interrupted_training_resumes_bit_for_bit(straight: ValidatedResult, tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        run(tmp_path, RECIPE, stop_after=7)
    again = run(tmp_path, RECIPE)
    for first, second in zip(jax.tree.leaves(straight.weights), jax.tree.leaves(again.weights), strict=True):
        np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(straight.validation, again.validation)


def test_rmsprop_trains_too(tmp_path: Path) -> None:
    found = run(tmp_path, replace(RECIPE, optimiser="rmsprop", epochs=10))
    assert found.validation[-1] < 0.7 * found.validation[0]


def test_standardised_columns() -> None:
    columns = np.column_stack([np.arange(5.0), np.full(5, 3.0)])
    standard = Standardisation.of(columns)
    np.testing.assert_allclose(standard.scale(columns).std(axis=0), [1, 0], atol=1e-6)
    assert Standardisation.read(standard.describe()) == standard
