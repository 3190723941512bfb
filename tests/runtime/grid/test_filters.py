"""Averages over a cone, and the projection."""

import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.grid.filters import Cone, project


def averaged(field, radius):
    return Cone.repeating(field.shape).average(field, radius)


def test_the_filter_keeps_the_mean_and_follows_the_lattice():
    field = jnp.asarray(np.random.default_rng(0).uniform(size=(5, 8)))
    smoothed = averaged(field, 2.5)
    assert smoothed.mean() == pytest.approx(float(field.mean()))
    assert np.allclose(averaged(jnp.roll(field, (2, 3), (0, 1)), 2.5), jnp.roll(smoothed, (2, 3), (0, 1)))
    assert smoothed.std() < field.std() / 2
    assert np.allclose(averaged(field, 0.3), field)
    point = averaged(jnp.zeros((5, 5)).at[0, 0].set(1.0), 1.5)
    assert point[0, 1] / point[0, 0] == pytest.approx(0.5 / 1.5)
    assert point[0, 4] == pytest.approx(float(point[0, 1]))


def test_fields_that_end_are_averaged_over_what_there_is():
    field = jnp.asarray(np.random.default_rng(1).uniform(size=(4, 7)))
    found = Cone.ending((4, 7)).average(field, 2.4)
    for i, j in np.ndindex(4, 7):
        weights = np.array([[max(0.0, 2.4 - np.hypot(i - k, j - m)) for m in range(7)] for k in range(4)])
        assert found[i, j] == pytest.approx(float((weights * field).sum() / weights.sum()), rel=1e-12)
    assert np.allclose(Cone.ending((4, 7)).average(jnp.ones((4, 7)), 9.0), 1.0)


def test_distances_on_a_hexagonal_lattice():
    cone = Cone.repeating((6, 6), np.array([[1.0, 0.0], [-0.5, np.sqrt(0.75)]]))
    neighbours = [(0, 1), (1, 0), (1, 1), (0, 5), (5, 0), (5, 5)]
    assert np.allclose([cone.distances[at] for at in neighbours], 1.0)
    assert cone.distances[1, 5] == pytest.approx(np.sqrt(3))


def test_the_projection_keeps_the_ends_and_sharpens():
    field = jnp.array([0.0, 0.3, 0.5, 1.0])
    assert np.allclose(project(field, 0.0), field)
    assert np.allclose(project(field, 1e-3), field, atol=1e-6)
    assert np.allclose(project(field, 50.0), [0, 0, 0.5, 1], atol=1e-8)
