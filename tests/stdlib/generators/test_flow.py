"""Symmetry, areas and derivatives of flows, with weights large enough to carry points through much of a cell."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.geometry.rectangle import Rectangle
from tests.stdlib.groups import EDGE, NAMES, flow_of

DOMAIN = Rectangle(-3.0, 5.0, 52.0, 47.0)
RANDOM = np.random.default_rng(7)
POINTS = jnp.asarray(RANDOM.uniform(-30, 60, (40, 2)))
OFTEN = ("p1", "pg", "cm", "p4", "p6mm")
"""Groups of every sort of operation; the others are gone through by hand."""
INSIDE = jnp.asarray(RANDOM.uniform(size=(40, 2)) * [DOMAIN.width, DOMAIN.height] + [DOMAIN.x0, DOMAIN.y0])
SPEED = 0.15
"""Root mean square speed in cell edges: points travel some 3 mm of a 20 mm cell, 10 mm at most."""


def flow(name, **fields):
    made = flow_of(name, **({"start": SPEED} | fields))
    return made, made.init(jax.random.key(NAMES.index(name)))


def jacobians(carry, points):
    """`[point, 2, 2]` for a map of points `[point, 2]` that takes each by itself."""
    along = jnp.broadcast_to(jnp.eye(2)[:, None], (2, *points.shape))
    return jax.vmap(lambda change: jax.jvp(carry, (points,), (change,))[1], out_axes=-1)(along)


@pytest.mark.parametrize("name", NAMES)
def test_equivariance(name):
    made, theta = flow(name)
    shifts = np.array([[3, -1], [0, 2]]) @ made.symmetry.basis
    images = [*made.symmetry.images(POINTS), *(POINTS + shift for shift in shifts)]

    @jax.jit
    def values(points):
        return made.at(theta).move(points), made.at(theta).stream(points, 0.3)

    moved, streams = values(jnp.concatenate(images))
    moved, streams = moved.reshape(len(images), -1, 2), streams.reshape(len(images), -1)
    assert SPEED * EDGE / 3 < jnp.abs(moved[0] - POINTS).max() < EDGE
    expected = [*made.symmetry.images(moved[0]), *(moved[0] + shift for shift in shifts)]
    np.testing.assert_allclose(moved, expected, rtol=0, atol=1e-10)
    signs = np.append(made.symmetry.determinants, [1, 1])
    assert jnp.abs(streams[0]).max() > 0.1
    np.testing.assert_allclose(streams, signs[:, None] * streams[0], rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", [name if name in OFTEN else pytest.param(name, marks=pytest.mark.slow) for name in NAMES])
def test_no_divergence_and_areas_kept(name):
    made, theta = flow(name)

    @partial(jax.jit, static_argnames="domain")
    def derivatives(points, domain):
        mapped = made.at(theta)
        gradients = jacobians(lambda p: mapped.velocity(p, 0.4, domain), points)
        return gradients, jacobians(lambda p: mapped.move(p, domain), points)

    for domain in (None, DOMAIN):
        gradients, deformation = derivatives(INSIDE, domain)
        assert jnp.abs(gradients).max() > 0.1
        np.testing.assert_allclose(jnp.trace(gradients, axis1=1, axis2=2), 0, atol=1e-10)
        assert jnp.abs(deformation - jnp.eye(2)).max() > 0.2
        np.testing.assert_allclose(jnp.linalg.det(deformation), 1, rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", ["p1", "p2gg", "p4", "p31m"])
def test_velocity_is_the_rotated_gradient_of_the_stream_function(name):
    made, theta = flow(name)
    for domain in (None, DOMAIN):
        slope = jax.vmap(jax.grad(lambda p, domain=domain: made.at(theta).stream(p[None], 0.7, domain)[0]))(INSIDE)
        expected = jnp.stack([slope[:, 1], -slope[:, 0]], axis=1)
        np.testing.assert_allclose(made.at(theta).velocity(INSIDE, 0.7, domain), expected, atol=1e-11)


def test_areas_kept_by_the_map_itself():
    """The derivative of the map is implicit and has determinant one by construction; the map is held to it by its values."""
    made, theta = flow("p4")
    move = jax.jit(lambda points: made.at(theta).move(points, DOMAIN))
    angles = 2 * np.pi * np.arange(4096) / 4096
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1) * 4 + [20.0, 22.0]
    moved = np.asarray(move(circle))
    # Fourier differentiation: the area of a smooth closed curve to rounding.
    spectrum = np.fft.fft(moved[:, 0] + 1j * moved[:, 1]) / len(angles)
    orders = np.fft.fftfreq(len(angles), 1 / len(angles))
    assert np.abs(moved - circle).max() > 1
    assert abs(np.pi * np.sum(orders * np.abs(spectrum) ** 2) - 16 * np.pi) < 1e-9


def test_edge_stays():
    made, theta = flow("p3m1")
    along = np.linspace(0, 1, 17)
    x, y = DOMAIN.x0 + along * DOMAIN.width, DOMAIN.y0 + along * DOMAIN.height
    edge = np.concatenate(
        [
            np.stack(np.broadcast_arrays(a, b), axis=-1)
            for a, b in ((x, DOMAIN.y0), (x, DOMAIN.y1), (DOMAIN.x0, y), (DOMAIN.x1, y))
        ]
    )
    np.testing.assert_array_equal(made.at(theta).move(edge, DOMAIN), edge)
    inside = made.at(theta).move(INSIDE, DOMAIN)
    assert jnp.all((inside >= jnp.array([DOMAIN.x0, DOMAIN.y0])) & (inside <= jnp.array([DOMAIN.x1, DOMAIN.y1])))


def test_a_constant_in_the_stream_function_drives_no_current_along_the_edge():
    made, theta = flow("p4")
    cell = made.at(theta).stream(made.grid, 0.2)
    enveloped = made.at(theta).stream(jnp.array([[25.0, 26.0]]), 0.2, DOMAIN)
    np.testing.assert_allclose(enveloped, made.at(theta).stream(jnp.array([[25.0, 26.0]]), 0.2) - cell.mean(), atol=1e-12)


@pytest.mark.parametrize("domain", [None, DOMAIN], ids=["plane", "sheet"])
def test_taylor_remainder_of_the_gradient(domain):
    made, theta = flow("p2gg", steps=4)

    @jax.jit
    def loss(theta, points):
        return jnp.sum(jnp.sin(made.at(theta).move(points, domain) / 5))

    keys = iter(jax.random.split(jax.random.key(3), 20))
    direction = (jax.tree.map(lambda leaf: jax.random.normal(next(keys), leaf.shape), theta), jnp.cos(INSIDE))
    gradient = jax.jit(jax.grad(loss, argnums=(0, 1)))(theta, INSIDE)
    slope = sum(jnp.vdot(a, b) for a, b in zip(jax.tree.leaves(gradient), jax.tree.leaves(direction), strict=True))
    forward = jax.jvp(loss, (theta, INSIDE), direction)[1]
    np.testing.assert_allclose(forward, slope, rtol=1e-10)
    sizes = np.array([1e-2, 5e-3, 2.5e-3, 1.25e-3])
    remainders = []
    for size in sizes:
        there = jax.tree.map(lambda a, b, size=size: a + size * b, (theta, INSIDE), direction)
        remainders.append(abs(float(loss(*there) - loss(theta, INSIDE) - size * slope)))
    rates = np.diff(np.log(remainders)) / np.diff(np.log(sizes))
    np.testing.assert_allclose(rates[-1], 2, atol=0.05)


def test_start_is_the_speed_of_the_initial_flow():
    for name in ("p1", "cm", "p6mm"):
        made, theta = flow(name, start=0.02)
        speeds = jnp.stack([made.at(theta).velocity(made.grid, time) for time in (0.0, 0.5, 1.0)])
        np.testing.assert_allclose(jnp.sqrt(jnp.mean(jnp.sum(speeds**2, axis=-1))), 0.02 * np.sqrt(made.symmetry.area))


def test_restarts_differ():
    made, _ = flow("p4")
    first, second = (made.at(made.init(jax.random.key(seed))).move(POINTS) for seed in (1, 2))
    assert jnp.abs(first - second).max() > 0.1


def test_blocks_do_not_show(monkeypatch):
    made, theta = flow("p4")
    whole = made.at(theta).move(INSIDE, DOMAIN)
    monkeypatch.setattr("metac.stdlib.generators.flow.BLOCK", 7)
    np.testing.assert_allclose(made.at(theta).move(INSIDE, DOMAIN), whole, atol=1e-11)
    assert made.at(theta).move(jnp.zeros((0, 2)), DOMAIN).shape == (0, 2)


def test_steps_too_long_to_solve_are_not_passed_over():
    made, theta = flow("p4", steps=1, start=20.0)
    assert jnp.isnan(made.at(theta).move(POINTS)).any()


@pytest.mark.parametrize("fields", [{"hidden": []}, {"hidden": [10, 0]}, {"steps": 0}, {"envelope": 0.0}, {"start": -1.0}])
def test_fields_out_of_range(fields):
    with pytest.raises(FieldError) as caught:
        flow_of("p4", **fields)
    assert caught.value.field in fields
