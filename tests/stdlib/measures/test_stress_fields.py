"""Measures of stress and stretch inside of bodies, in pure bending and even stretch, whose fields are known."""

from __future__ import annotations

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.measure import Measure
from metac.compiler.interfaces.values import Curve
from metac.runtime.geometry.rectangle import Rectangle
from metac.stdlib.bodies.pixels import Pixels
from metac.stdlib.paths.linear import Linear
from tests.library import make
from tests.mechanics import LINEAR_ELASTIC, Block, Material, lame, rectangle, taylor_remainders

E, NU, CURVATURE = 1000.0, 0.3, 1e-3
BEAM = rectangle(6, 4, 2, Rectangle(0, -1, 6, 1))


class Small(Material):
    """Plane strain, small strains."""

    strain = "small"


def loaded(body, *displacements, path=None):
    states = jnp.stack([jnp.asarray(each) for each in displacements])
    response = SimpleNamespace(abscissa=jnp.arange(1.0, len(states) + 1), displacement=states)
    return SimpleNamespace(body=body, response=response, path=path)


def bent(coordinates=BEAM.nodes, parameters=None):
    """In plane strain σxx = E/(1 − ν²) κ y, σyy = 0, σzz = ν σxx, at the curvatures κ and 2 κ."""
    x, y = np.asarray(BEAM.nodes).T
    field = CURVATURE * np.stack([x * y, -(x**2) / 2 - NU / (1 - NU) * y**2 / 2], axis=1)
    body = Block(BEAM, Small(LINEAR_ELASTIC, parameters or lame(E, NU)), coordinates)
    return loaded(body, field, 2 * field)


STRESS = E / (1 - NU**2) * CURVATURE
"""σxx at y = 1, curvature κ."""
MISES = np.sqrt(1 - NU + NU**2)


def measure(name, load, **fields):
    found = make("measure", name, of=load, **fields)
    assert isinstance(found, Measure) and isinstance(found.value, Curve)
    return np.asarray(found.value.ordinate)


def test_a_bent_beam_at_places_and_along_its_height():
    load = bent()
    assert measure("stress_at", load, at=(2.3, 0.7), quantity="xx") == pytest.approx(0.7 * STRESS * np.array([1, 2]))
    assert measure("stress_at", load, at=(2.3, -0.7)) == pytest.approx(0.7 * STRESS * MISES * np.array([1, 2]))
    curve = make("measure", "stress_along", of=load, line=(1.5, -1.0, 1.5, 1.0), points=9, quantity="zz").value
    assert np.asarray(curve.abscissa) == pytest.approx(np.linspace(0, 2, 9))
    assert np.asarray(curve.ordinate) == pytest.approx(2 * NU * STRESS * np.linspace(-1, 1, 9), abs=1e-9)


def test_extremes_and_their_stand_ins():
    load = bent()
    # The outermost of three points lies a sixth of an element below the face, whose elements are 0.5 mm high.
    top = 1 - 0.5 / 6
    largest = measure("peak_stress", load, quantity="xx")
    assert largest == pytest.approx(top * STRESS * np.array([1, 2]))
    assert measure("peak_stress", load, quantity="xx", aggregate="minimum") == pytest.approx(-largest)
    assert measure("peak_stress", load, quantity="pressure") == pytest.approx((1 + NU) / 3 * largest)
    assert measure("peak_stress", load, quantity="tresca") == pytest.approx(largest)
    below = measure("peak_stress", load, quantity="xx", aggregate="p_mean", exponent=4.0)
    # The mean of y⁴ over the height is 1/5; three points integrate y² exactly, y⁴ nearly.
    assert below == pytest.approx(STRESS * 0.2**0.25 * np.array([1, 2]), rel=5e-3)
    for aggregate in ("p_norm", "ks"):
        rough, near = (measure("peak_stress", load, quantity="xx", aggregate=aggregate, exponent=p) for p in (10.0, 90.0))
        assert (rough > near).all() and (near >= largest).all()
        assert near == pytest.approx(largest, rel=0.07)
    assert measure("peak_stress", load, quantity="xx", aggregate="mean") == pytest.approx([0, 0], abs=1e-9)


@pytest.mark.slow
def test_boxes_hold_what_counts():
    load = bent()
    lower = measure("peak_stress", load, quantity="xx", inside=(0.0, -1.0, 6.0, 0.0))
    assert lower[0] == pytest.approx(-0.5 / 6 * STRESS)
    assert measure("peak_stress", load, quantity="xx", outside=(0.0, 0.0, 6.0, 1.0)) == pytest.approx(lower)
    for fields, words in (
        ({"inside": (7.0, 0.0, 8.0, 1.0)}, "no element"),
        ({"outside": (0.0, -1.0, 6.0, 1.0)}, "no element"),
        ({"outside": (0.0, 0.0, 0.0, 1.0)}, "empty"),
        ({"outside": (0.0, 0.0)}, "four numbers"),
    ):
        with pytest.raises(FieldError, match=words):
            measure("peak_stress", load, **fields)
    with pytest.raises(FieldError, match="no body at"):
        measure("stress_at", load, at=(2.0, 1.5))
    with pytest.raises(FieldError, match="no length"):
        measure("stress_along", load, line=(1.0, 0.0, 1.0, 0.0))


@pytest.mark.slow
def test_stretches_of_an_even_field():
    gradient = np.array([[0.2, 0.1], [0.0, -0.1]])
    load = loaded(Block(BEAM), BEAM.nodes @ gradient.T)
    larger, smaller = np.linalg.svd(np.eye(2) + gradient, compute_uv=False)
    assert measure("peak_stretch", load) == pytest.approx([larger])
    assert measure("peak_stretch", load, quantity="smallest", aggregate="minimum") == pytest.approx([smaller])
    assert measure("stretch_at", load, at=(3.0, 0.0), quantity="area") == pytest.approx([larger * smaller])


@pytest.mark.slow
def test_a_linear_path_has_the_stress_of_the_stiffness_at_rest():
    mu, lam = lame(50.0, 0.3)
    field = BEAM.nodes * np.array([0.1, 0.0])
    found = [
        measure(
            "stress_at", loaded(Block(BEAM, Material(parameters=(mu, lam))), field, path=path), at=(3.0, 0.0), quantity="xx"
        )
        for path in (None, Linear())
    ]
    assert found[1] == pytest.approx([0.1 * (lam + 2 * mu)])
    assert found[0] == pytest.approx([(mu * (1.1**2 - 1) + lam * np.log(1.1)) / 1.1])


@pytest.mark.slow
def test_grey_pixels_have_the_stress_of_their_solid():
    density = jnp.array([[1.0, 0.25]])
    phases = [Small(LINEAR_ELASTIC, lame(each, NU)) for each in (1e-6, E)]
    body = Pixels(density=density, size=2.0, height=None, materials=phases, exponent=3.0, order=1, thickness=1.0)
    load = loaded(body, np.asarray(body.mesh.nodes) * np.array([1e-3, 0.0]))
    solid = 1e-3 * sum(lame(E, NU) * np.array([2, 1]))
    at = (1.5, 0.5)
    assert measure("stress_at", load, at=at, quantity="xx") == pytest.approx([solid * 0.25**3], rel=1e-6)
    # Where the solid pixel is left out, all that remains is the grey one, with the stress of the solid times √0.25.
    fields = {"quantity": "xx", "outside": (0.0, 0.0, 1.0, 1.0)}
    assert measure("peak_stress", load, relaxation=0.5, **fields) == pytest.approx([solid / 2])
    assert measure("peak_stress", load, **fields) == pytest.approx([solid * 0.25**3], rel=1e-6)
    with pytest.raises(FieldError, match="no densities"):
        measure("peak_stress", bent(), relaxation=0.5)


def test_what_has_no_fields_or_forgets_them_is_refused():
    with pytest.raises(FieldError, match="no fields"):
        measure("peak_stress", SimpleNamespace(body=object(), response=None))
    with pytest.raises(FieldError, match="no fields"):
        measure("peak_stress", SimpleNamespace(body=Block(BEAM), response=None))
    plastic = make("material", "j2", E=E, nu=NU, yield_stress=1.0)
    with pytest.raises(FieldError, match="history"):
        measure("peak_stress", loaded(Block(BEAM, plastic), BEAM.nodes))


def test_taylor_with_respect_to_everything():
    at = {"coordinates": jnp.asarray(BEAM.nodes), "parameters": tuple(map(jnp.asarray, lame(E, NU)))}
    direction = {
        "coordinates": 0.02 * np.random.default_rng(0).normal(size=BEAM.nodes.shape),
        "parameters": (np.array(20.0), np.array(-50.0)),
    }

    def loss(values):
        load = bent(**values)
        curves = [
            make("measure", "peak_stress", of=load, aggregate="p_norm").value,
            make("measure", "peak_stress", of=load, aggregate="p_mean", quantity="largest_principal").value,
            make("measure", "peak_stress", of=load, aggregate="ks").value,
            make("measure", "stress_at", of=load, at=(2.31, 0.77)).value,
        ]
        return sum(jnp.sum(each.ordinate**2) for each in curves) + jnp.sum(
            make("measure", "peak_stretch", of=load, aggregate="p_mean").value.ordinate
        )

    remainders, slope, difference = taylor_remainders(jax.jit(loss), at, direction, np.array([4e-3, 2e-3, 1e-3]))
    assert np.diff(np.log(remainders)) / np.diff(np.log([4, 2, 1])) == pytest.approx(2.0, abs=0.05)
    assert slope == pytest.approx(difference, rel=1e-6)
