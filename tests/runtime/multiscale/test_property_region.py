"""The region of stiffnesses that cells have."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.multiscale.property_region import PropertyRegion


def filled_box(count=60_000):
    return np.random.default_rng(0).uniform([0, 0, 0, 0], [1, 0.5, 1, 0.5], (count, 4))


def test_the_middle_of_a_box_is_inside_and_far_points_are_outside():
    region = PropertyRegion.of(filled_box())
    middle = region.signed_distance(jnp.array([0.5, 0.25, 0.5, 0.25]))
    # The nearest side is 0.25 away; a node near the edge counts as inside, so that the box seems larger by a step or so.
    assert 0.2 < float(middle) < 0.35
    assert float(region.signed_distance(jnp.array([1.1, 0.25, 0.5, 0.25]))) < 0
    far = region.signed_distance(jnp.array([3.0, 0.25, 0.5, 0.25]))
    farther = region.signed_distance(jnp.array([4.0, 0.25, 0.5, 0.25]))
    assert float(far - farther) == pytest.approx(1.0)


def test_all_cells_are_inside():
    cells = filled_box(3000)
    region = PropertyRegion.of(cells)
    assert (np.asarray(region.signed_distance(jnp.asarray(cells))) > 0).mean() > 0.99


def test_the_derivative_leads_inside():
    region = PropertyRegion.of(filled_box())
    slope = jax.grad(lambda point: region.signed_distance(point))
    for point in ([1.02, 0.25, 0.5, 0.25], [2.0, 0.25, 0.5, 0.25]):
        assert float(slope(jnp.array(point))[0]) < -0.5
    assert float(slope(jnp.array([-0.03, 0.25, 0.5, 0.25]))[0]) > 0.5
