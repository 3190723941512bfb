"""Measures read what they say from loads and bodies."""

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.compiler.interfaces.measure import Measure
from metac.runtime.geometry.rectangle import Rectangle
from metac.stdlib.loads.responses import MechanicalResponse
from metac.stdlib.loads.uniaxial import Compression, Tension
from metac.stdlib.measures.stress import NominalStress
from tests.mechanics import Block, Material, lame, rectangle, taylor_remainders
from tests.stdlib.made import (
    compression,
    edge_displacement,
    energy,
    gripped,
    poisson_ratio,
    smallest_jacobian,
    stress,
    tension,
    volume_fraction,
)

WIDE = Rectangle(10.0, -4.0, 30.0, 6.0)


@pytest.mark.parametrize("kind", [Tension, Compression])
def test_stress_and_energy_are_positive_and_consistent(kind):
    """A thin slice between grips can hardly contract: its modulus is that of confined plane strain, λ + 2μ."""
    mesh = rectangle(24, 1, 2, Rectangle(0, 0, 240, 1))
    mu, lam = lame(50.0, 0.3)
    load = gripped(kind, Block(mesh, Material(parameters=(mu, lam)), thickness=2.5), 1e-3, "y", 4)
    stresses, energies = stress(load), energy(load)
    assert isinstance(NominalStress(of=load, component=None), Measure)
    for curve in (stresses, energies):
        assert np.asarray(curve.abscissa) == pytest.approx([0.25e-3, 0.5e-3, 0.75e-3, 1e-3])
    assert np.asarray(stresses.ordinate) == pytest.approx((lam + 2 * mu) * np.asarray(stresses.abscissa), rel=0.02)
    work = (lam + 2 * mu) / 2 * np.asarray(energies.abscissa) ** 2 * 240 * 1 * 2.5
    assert np.asarray(energies.ordinate) == pytest.approx(work, rel=0.02)


@pytest.mark.parametrize("along", ["x", "y"])
def test_poisson_ratio_of_a_known_field(along):
    """Lateral strain −0.3 of the axial one, plus a rigid shift and a bulge that vanishes at the middle half's ends."""
    mesh = rectangle(4, 5, 2, WIDE)
    load = tension(Block(mesh), 0.2, along, 3)
    axis = "xy".index(along)
    lateral, axial = mesh.nodes[:, 1 - axis], mesh.nodes[:, axis]
    start, length = (10.0, 20.0) if along == "x" else (-4.0, 10.0)
    center, width = (1.0, 10.0) if along == "x" else (20.0, 20.0)
    place = (axial - start) / length
    bulge = 0.4 * (place - 0.25) * (0.75 - place) * (2 * lateral / width - 2 * center / width)
    field = np.zeros((3, *mesh.nodes.shape))
    field[-1, :, 1 - axis] = -0.3 * 0.2 * lateral + 0.7 + bulge
    strain, nothing = jnp.array([0.1, 0.15, 0.2]), jnp.zeros((3, 2, 2))
    load.__dict__["response"] = MechanicalResponse(
        strain=strain,
        abscissa=strain,
        sense=1.0,
        displacement=jnp.asarray(field),
        mean_strain=load.test.mean_strain(strain, jnp.asarray(field)),
        mean_stress=nothing,
        energy=strain,
        status=None,
        driven=(axis, axis),
        uniaxial=True,
    )
    # Mean of 0.4 (s − 1/4)(3/4 − s) over the middle half, outwards on both sides.
    widening = 2 * 0.4 * 0.5**2 / 6
    ratio = float(poisson_ratio(load))
    assert ratio == pytest.approx(0.3 - widening / width / 0.2, rel=1e-12)
    low, high = (edge_displacement(load, side) for side in load.test.sides)
    assert np.asarray(low.abscissa) == pytest.approx([0.1, 0.15, 0.2])
    edge = center - width / 2
    assert np.asarray(low.ordinate) == pytest.approx([0, 0, 0.7 - 0.06 * edge - widening / 2], abs=1e-12)
    # Both edges together are the Poisson's ratio.
    assert float(high.ordinate[-1] - low.ordinate[-1]) == pytest.approx(-ratio * 0.2 * width, rel=1e-12)


@pytest.mark.slow
def test_the_edges_of_a_pushed_block_move_apart_and_its_grips_as_they_are_told():
    load = compression(Block(rectangle(4, 4, 2, WIDE)), 0.1, "y", 2)
    left, right, bottom, top = (edge_displacement(load, side).ordinate for side in ("left", "right", "bottom", "top"))
    assert (np.asarray(left) < 0).all() and np.asarray(right) == pytest.approx(-np.asarray(left), rel=0.05)
    assert np.asarray(bottom) == pytest.approx([0, 0]) and np.asarray(top) == pytest.approx([-0.5, -1.0])


def test_poisson_ratio_of_a_long_strip_is_that_of_its_law():
    """In small plane strain: ν / (1 − ν), but for the stiffer ends, which take part in the applied strain."""
    mesh = rectangle(2, 40, 2, Rectangle(0, 0, 1, 20))
    ratio = poisson_ratio(tension(Block(mesh, Material(parameters=lame(50.0, 0.3))), 1e-4, "y", 1))
    assert float(ratio) == pytest.approx(0.3 / 0.7, rel=5e-3)


def test_a_failed_load_measures_nothing():
    load = compression(Block(rectangle(2, 2, 1)), 0.1, "y", 2)
    load.body.coordinates = load.body.coordinates.at[4].add(5.0)
    assert not bool(load.response.status.ok)
    for measure in (stress, energy):
        assert np.isnan(measure(load).ordinate).all()
    assert np.isnan(poisson_ratio(load))
    assert np.isnan(edge_displacement(load, "left").ordinate).all()


def test_volume_fraction_and_smallest_jacobian():
    mesh = rectangle(3, 3, 2, WIDE, hole=True)
    assert float(volume_fraction(Block(mesh))) == pytest.approx(8 / 9)
    assert float(smallest_jacobian(Block(mesh))) == pytest.approx(1)
    squeezed = Block(mesh, coordinates=mesh.nodes * [1.0, 0.5])
    assert float(volume_fraction(squeezed)) == pytest.approx(4 / 9)
    assert float(smallest_jacobian(squeezed)) == pytest.approx(0.5)


MEASURES = {
    "stress": lambda load: jnp.sum((stress(load).ordinate - 1) ** 2),
    "energy": lambda load: jnp.sum(energy(load).ordinate ** 2),
    "poisson_ratio": lambda load: (poisson_ratio(load) + 0.5) ** 2,
    "edge_displacement": lambda load: jnp.sum((edge_displacement(load, "left").ordinate - 0.1) ** 2),
    "volume_fraction": lambda load: volume_fraction(load.body) ** 2,
}


SELDOM = {"energy", "edge_displacement"}
"""Their derivatives run through what those of stress and Poisson's ratio run through."""


@pytest.mark.parametrize(
    "name", [pytest.param(each, marks=pytest.mark.slow) if each in SELDOM else each for each in MEASURES]
)
def test_taylor_with_respect_to_everything(name):
    mesh = rectangle(3, 3, 2, hole=True)
    at = {
        "coordinates": jnp.asarray(mesh.nodes),
        "parameters": (jnp.array(17.0), jnp.array(100.0)),
        "strain": jnp.array(0.1),
    }
    direction = {
        "coordinates": 0.03 * np.random.default_rng(0).normal(size=mesh.nodes.shape),
        "parameters": (np.array(2.0), np.array(-5.0)),
        "strain": np.array(0.2),
    }

    @jax.jit
    def loss(values):
        block = Block(mesh, Material(parameters=values["parameters"]), values["coordinates"])
        return MEASURES[name](tension(block, values["strain"], "y", 2))

    steps = np.array([4e-3, 2e-3, 1e-3])
    remainders, slope, difference = taylor_remainders(loss, at, direction, steps)
    assert np.diff(np.log(remainders)) / np.diff(np.log(steps)) == pytest.approx(2.0, abs=0.05)
    assert slope == pytest.approx(difference, rel=1e-6)


def test_stand_ins_need_no_more_than_they_say():
    """A body measure asks for mesh, coordinates and domain alone."""
    mesh = rectangle(1, 1, 1)
    body = SimpleNamespace(mesh=mesh, coordinates=jnp.asarray(mesh.nodes), domain=mesh.domain)
    assert float(volume_fraction(body)) == pytest.approx(1)
