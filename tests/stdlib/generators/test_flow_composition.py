"""A flow after a frozen flow, as it is after a body was remeshed: symmetry, areas, and the start from rest."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.stdlib.generators.test_flow import DOMAIN, INSIDE, POINTS, flow, jacobians


def composed(name):
    """The flow, and a map that is its movements for other weights, for its own, and at rest, one after the other."""
    made, theta = flow(name)
    other = made.init(jax.random.key(99))

    def move(points, domain=None):
        for weights in (other, theta, made.at_rest(theta)):
            points = made.at(weights).move(points, domain)
        return points

    return made, move


@pytest.mark.parametrize("name", ["p2", "pg", "cm", "p4gm", "p31m", "p6"])
def test_the_composition_commutes_with_the_group(name):
    made, move = composed(name)
    images = list(made.symmetry.images(POINTS))
    moved = jax.jit(move)(jnp.concatenate(images)).reshape(len(images), -1, 2)
    assert jnp.abs(moved[0] - POINTS).max() > 1
    np.testing.assert_allclose(moved, list(made.symmetry.images(moved[0])), rtol=0, atol=1e-10)


@pytest.mark.parametrize("domain", [None, DOMAIN])
def test_the_composition_keeps_areas(domain):
    _, move = composed("p4")
    deformation = jax.jit(lambda points: jacobians(lambda p: move(p, domain), points))(INSIDE)
    assert jnp.abs(deformation - jnp.eye(2)).max() > 0.2
    np.testing.assert_allclose(jnp.linalg.det(deformation), 1, rtol=0, atol=1e-10)


@pytest.mark.parametrize("domain", [None, DOMAIN])
def test_at_rest_nothing_moves_but_the_last_layer_has_a_gradient(domain):
    made, theta = flow("p2gg")
    resting = made.at_rest(theta)
    np.testing.assert_array_equal(made.at(resting).move(INSIDE, domain), INSIDE)
    assert jax.tree.structure(resting) == jax.tree.structure(theta)
    direction = jax.random.normal(jax.random.key(5), INSIDE.shape)
    gradient = jax.grad(lambda weights: jnp.sum(direction * made.at(weights).move(INSIDE, domain)))(resting)
    assert jnp.abs(gradient["layers"][2]["kernel"]).max() > 0.1
    assert all(jnp.array_equal(resting["layers"][layer]["kernel"], theta["layers"][layer]["kernel"]) for layer in (0, 1))
