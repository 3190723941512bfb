"""Variational autoencoders of designs: the loss in closed form, its parts, drawing, completing what is asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.learn.networks.dense import DenseConfiguration
from metac.runtime.learn.supervised.cvae import CvaeConfiguration, CvaeGenerator, evidence_and_property_loss, f1_score
from metac.runtime.learn.supervised.generator_evaluation import evaluate_generator
from metac.runtime.learn.supervised.labelled_data import LabelledSamples, Scaling
from metac.runtime.learn.supervised.surrogate import Columns, Surrogate

SHAPE = CvaeConfiguration(features=6, conditions=3, latent=2, hidden=(5,))
COLUMNS = Columns(6, ("E", "nu"), ("MPa", ""), ("D1",), Scaling((0.0, -1.0), (2.0, 1.0)), Scaling((1.0,), (3.0,)))
RANDOM = np.random.default_rng(0)
SAMPLES = LabelledSamples(
    (RANDOM.random((40, 6)) < 0.5).astype(np.uint8),
    RANDOM.random((40, 1)).astype(np.float32),
    RANDOM.random((40, 2)).astype(np.float32),
)


@pytest.fixture(scope="module")
def guide() -> Surrogate:
    shape = DenseConfiguration(7, (4,), 2, "tanh")
    return Surrogate(shape, shape.network.initial_weights(0), COLUMNS)


@pytest.fixture(scope="module")
def generative() -> CvaeGenerator:
    return CvaeGenerator(SHAPE, SHAPE.initial_weights(2), COLUMNS, SAMPLES.labels)


def as_float(samples: LabelledSamples) -> LabelledSamples:
    return samples._replace(designs=samples.designs.astype(np.float32))


def test_the_loss_is_that_of_its_formula(guide: Surrogate) -> None:
    weights, key = SHAPE.initial_weights(1), jax.random.key(5)
    designs, settings, labels = (np.asarray(each, float) for each in SAMPLES)
    condition = np.concatenate([labels, settings], axis=1)
    mean, log_variance = (
        np.asarray(each) for each in SHAPE.recognised(weights, jnp.asarray(designs), jnp.asarray(condition))
    )
    noise = np.asarray(jax.random.normal(key, mean.shape, jnp.float32))
    latent = mean + np.exp(log_variance / 2) * noise
    odds = np.asarray(SHAPE.log_odds(weights, jnp.asarray(latent), jnp.asarray(condition)), float)
    likely = 1 / (1 + np.exp(-odds))
    entropy = -(designs * np.log(likely) + (1 - designs) * np.log(1 - likely)).sum(axis=1)
    excess = 0.5 * (np.exp(log_variance) + mean**2 - 1 - log_variance).sum(axis=1)
    found = np.asarray(guide.scaled(jnp.asarray(odds > 0), jnp.asarray(settings)))
    expected = np.mean(entropy + 0.5 * excess) + 3.0 * np.mean((found - labels) ** 2)
    loss = jax.jit(evidence_and_property_loss(SHAPE, guide, 0.5, 3.0))(weights, as_float(SAMPLES), key)
    assert float(loss) == pytest.approx(expected, rel=1e-4)


def test_the_guide_teaches_the_reconstruction(guide: Surrogate) -> None:
    weights, key = SHAPE.initial_weights(1), jax.random.key(5)

    def slope(guidance: float):
        loss = evidence_and_property_loss(SHAPE, guide, 1.0, guidance)
        return jax.jit(jax.grad(loss))(weights, as_float(SAMPLES), key)["reconstruction"]["layers"][1]["bias"]

    assert float(jnp.abs(slope(5.0) - slope(0.0)).max()) > 1e-3, "derivatives go through the threshold"


def test_taylor_of_the_loss_without_the_threshold(guide: Surrogate) -> None:
    smooth = replace(SHAPE, activation="swish")
    weights, key = smooth.initial_weights(1), jax.random.key(5)
    loss = jax.jit(evidence_and_property_loss(smooth, guide, 0.7, 0.0))
    with jax.enable_x64(True):
        point = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float64), weights)
        samples: Any = jax.tree.map(lambda each: jnp.asarray(each, jnp.float64), SAMPLES)
        leaves, structure = jax.tree.flatten(point)
        random = np.random.default_rng(3)
        along = structure.unflatten([jnp.asarray(random.normal(size=leaf.shape)) for leaf in leaves])
        value, gradient = jax.jit(jax.value_and_grad(loss))(point, samples, key)
        ahead = sum(float(jnp.vdot(a, b)) for a, b in zip(jax.tree.leaves(gradient), jax.tree.leaves(along), strict=True))
        sizes = 1e-3 * 0.5 ** np.arange(4)
        moved = [float(loss(jax.tree.map(lambda a, b, h=h: a + h * b, point, along), samples, key)) for h in sizes]
    remainders = np.abs(np.array(moved) - float(value) - sizes * ahead)
    np.testing.assert_allclose(np.log2(remainders[:-1] / remainders[1:]), 2.0, atol=0.05)


def test_the_same_seed_draws_the_same_designs(generative: CvaeGenerator) -> None:
    labels = np.tile([1.0, 0.2], (50, 1))
    first = generative.draw(labels, [2.0], seed=4)
    assert first.shape == (50, 6)
    assert set(np.unique(first)) <= {0, 1}
    np.testing.assert_array_equal(first, generative.draw(labels, [2.0], seed=4))
    assert not np.array_equal(first, generative.draw(labels, [2.0], seed=5))


def test_a_feature_is_there_where_it_is_likely(generative: CvaeGenerator) -> None:
    latent = np.random.Generator(np.random.PCG64(4)).standard_normal((3, 2), np.float32)
    condition = np.tile(np.array([0.5, 0.6, 0.5], np.float32), (3, 1))
    odds = SHAPE.log_odds(generative.weights, jnp.asarray(latent), jnp.asarray(condition))
    np.testing.assert_array_equal(generative.draw(np.tile([1.0, 0.2], (3, 1)), [2.0], seed=4), np.asarray(odds) > 0)


def test_labels_that_are_not_asked_for_are_those_of_near_samples(generative: CvaeGenerator) -> None:
    known = np.stack([np.linspace(0, 1, 1000), np.linspace(0, 1, 1000) ** 2], axis=1).astype(np.float32)
    made = CvaeGenerator(SHAPE, generative.weights, COLUMNS, known)
    found = made.conditions({"nu": 0.0}, 200)
    np.testing.assert_array_equal(found[:, 1], 0.0)
    # nu = 0 is 0.5 scaled, where the first label is the root of it.
    np.testing.assert_allclose(found[:, 0], 2 * 0.5**0.5, atol=0.02)
    assert len(np.unique(found[:, 0])) > 3
    np.testing.assert_array_equal(made.conditions({"nu": 0.0, "E": 1.5}, 2), [[1.5, 0.0], [1.5, 0.0]])


def test_the_best_of_many_is_better_than_one_and_can_be_built(generative: CvaeGenerator, guide: Surrogate) -> None:
    def valid(designs: np.ndarray) -> np.ndarray:
        return designs[:, 0] == 1

    judged = evaluate_generator(generative, guide, SAMPLES, valid, 0)
    misses = [np.square((found - judged.wanted) / 2).mean(axis=1) for found in (judged.one, judged.best)]
    first = generative.draw(judged.wanted, COLUMNS.settings.restore(SAMPLES.settings), seed=0)
    built = valid(first)
    assert (misses[1] <= misses[0] + 1e-9)[built].all()
    assert 0 < judged.valid < 1
    assert 0 < judged.distinct <= 1


def test_f1_counts_precision_and_recall() -> None:
    truth, found = np.array([[1, 1, 1, 0]], np.uint8), np.array([[1, 0, 0, 1]], np.uint8)
    precision, recall = 1 / 2, 1 / 3
    assert f1_score(truth, found) == pytest.approx(2 * precision * recall / (precision + recall))


def test_a_shape_comes_back_from_its_description() -> None:
    assert CvaeConfiguration.read(SHAPE.describe()) == SHAPE
    assert SHAPE.parameters == sum(leaf.size for leaf in jax.tree.leaves(SHAPE.initial_weights(0)))
