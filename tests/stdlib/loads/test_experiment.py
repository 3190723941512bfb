"""Boundary condition, control and path: shear, mean strain and stress, forces, arc length, and what does not go together."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.fem.status import raise_for
from metac.runtime.geometry.rectangle import Rectangle
from metac.stdlib.boundaries.grips import Grips
from metac.stdlib.boundaries.periodic import Periodic
from metac.stdlib.boundaries.supported import Supported
from metac.stdlib.controls.mean_strain import MeanStrain, MeanStress
from metac.stdlib.controls.point_forces import PointForces
from metac.stdlib.controls.shear import Shear
from metac.stdlib.controls.stretch import Stretch
from metac.stdlib.controls.unit_strains import UnitStrains
from metac.stdlib.loads.experiment import Experiment
from metac.stdlib.loads.sheared import GrippedShear, PeriodicShear
from metac.stdlib.measures.compliance import Compliance
from metac.stdlib.measures.elastic_constants import ShearModulus
from metac.stdlib.paths.arc_length import ArcLength
from metac.stdlib.paths.increments import Cycle, Increments
from metac.stdlib.paths.linear import Linear
from metac.stdlib.supports.held import HeldEdge
from tests.library import constructor
from tests.mechanics import LINEAR_ELASTIC, Block, Material, lame, rectangle, taylor_remainders
from tests.stdlib.made import (
    energy,
    homogenised,
    nominal,
    periodic_tension,
    pixels,
    poisson_ratio,
    stress,
    tension,
    youngs_modulus,
)

RUBBER = Material(parameters=tuple(map(jnp.asarray, lame(50.0, 0.4))))
METALS = [Material(LINEAR_ELASTIC, tuple(map(jnp.asarray, lame(young, 0.3)))) for young in (1.0, 20.0)]
PICTURE = jnp.asarray(np.random.default_rng(3).uniform(size=(3, 4)))
NOTHING = {"xx": None, "yy": None, "xy": None, "stress_xx": None, "stress_yy": None, "stress_xy": None, "keep": "x"}


def solid(rows=2, columns=2):
    return pixels(jnp.ones((rows, columns)), 1.0, [RUBBER, RUBBER])


def metal():
    return pixels(PICTURE, 2.0, METALS)


def repeated(body, path=None, **components):
    control = MeanStrain(**{**NOTHING, **components})
    return Experiment(body=body, boundary=Periodic(), control=control, path=path or Increments(count=2))


def test_a_period_in_simple_shear_follows_the_closed_form():
    """F = I + γ e_x ⊗ e_y: P = μ γ on the shear components, whatever γ, and nothing else but what balances det F = 1."""
    load = PeriodicShear(body=solid(), strain=0.8, increments=2)
    raise_for(load.response.status)
    mu = float(RUBBER.parameters[0])
    np.testing.assert_allclose(stress(load).ordinate, [0.4 * mu, 0.8 * mu], rtol=1e-9)
    np.testing.assert_allclose(stress(load, "yx").ordinate, [0.4 * mu, 0.8 * mu], rtol=1e-9)
    np.testing.assert_allclose(stress(load).abscissa, [0.4, 0.8])
    np.testing.assert_allclose(energy(load).ordinate, mu / 2 * np.array([0.4, 0.8]) ** 2, rtol=1e-9)
    assert float(ShearModulus(of=load, at=None).value) == pytest.approx(mu, rel=1e-9)


@pytest.mark.parametrize(("along", "size"), [pytest.param("x", (40, 1), marks=pytest.mark.slow), ("y", (1, 40))])
def test_a_long_sheet_between_grips_is_in_simple_shear(along, size):
    body = Block(rectangle(*size, 2, Rectangle(0, 0, *size)), RUBBER, thickness=2.0)
    load = GrippedShear(body=body, along=along, strain=0.3, increments=1)
    response = load.response
    raise_for(response.status)
    mu, sheared = float(RUBBER.parameters[0]), "xy".index(along)
    assert float(stress(load).ordinate[-1]) == pytest.approx(0.3 * mu, rel=5e-3)
    assert float(response.mean_strain[-1, sheared, 1 - sheared]) == pytest.approx(0.3)
    moved, rests = (body.mesh.nodes_on(part) for part in (("top", "bottom") if along == "x" else ("right", "left")))
    assert np.asarray(response.displacement[-1, moved, sheared]) == pytest.approx(0.3)
    assert not np.asarray(response.displacement[-1, moved, 1 - sheared]).any()
    assert not np.asarray(response.displacement[-1, rests]).any()
    # All forces together, and all their moments, vanish in the deformed shape.
    assert np.asarray(response.reaction[-1]).sum(axis=0) == pytest.approx(0, abs=1e-8)
    places = body.mesh.nodes + np.asarray(response.displacement[-1])
    force = np.asarray(response.reaction[-1])
    moment = (places[:, 0] * force[:, 1] - places[:, 1] * force[:, 0]).sum()
    assert float(moment) == pytest.approx(0, abs=1e-7)


def test_small_mean_strains_and_stresses_follow_the_homogenised_stiffness():
    body = metal()
    stiffness = homogenised(body).response.stiffness
    response = repeated(body, xx=1e-3, xy=5e-4, stress_yy=2e-3).response
    raise_for(response.status)
    H, P = response.mean_strain[-1], response.mean_stress[-1]
    assert [float(H[0, 0]), float(H[0, 1]), float(H[1, 0])] == pytest.approx([1e-3, 5e-4, 0.0], abs=1e-15)
    assert float(P[1, 1]) == pytest.approx(2e-3, rel=1e-8)
    strain, expected = jnp.array([H[0, 0], H[1, 1], H[0, 1] + H[1, 0]]), jnp.array([P[0, 0], P[1, 1], P[0, 1]])
    np.testing.assert_allclose(stiffness @ strain, expected, rtol=1e-8)


@pytest.mark.slow
def test_a_mean_stress_is_what_a_mean_strain_gives_and_the_other_way_round():
    body = pixels(PICTURE, 2.0, [RUBBER, RUBBER])
    pulled = periodic_tension(body, 0.1, "y", increments=2)
    stresses = MeanStress(xx=None, yy=nominal(pulled)[-1], xy=None, keep="y")
    loaded = Experiment(body=body, boundary=Periodic(), control=stresses, path=Increments(count=2))
    raise_for(loaded.response.status)
    np.testing.assert_allclose(loaded.response.mean_strain[-1], pulled.response.mean_strain[-1], atol=1e-9)
    assert float(poisson_ratio(loaded)) == pytest.approx(float(poisson_ratio(pulled)), rel=1e-7)


def test_pushing_reports_positive_stresses_as_pulling_does():
    load = repeated(solid(), yy=-0.1, keep="y")
    assert (np.asarray(stress(load).ordinate) > 0).all() and (np.asarray(nominal(load)) < 0).all()
    np.testing.assert_allclose(stress(load).abscissa, [0.05, 0.1])


@pytest.mark.slow
def test_a_modulus_is_named_alike_on_a_test_and_on_its_homogenised_stiffness():
    body = metal()
    test, cases = periodic_tension(body, 1e-3, "y", increments=1), homogenised(body)
    for measure in (youngs_modulus, poisson_ratio):
        assert float(measure(test)) == pytest.approx(float(measure(cases, np.pi / 2)), rel=1e-8)
    sheared = repeated(body, xy=1e-4)
    assert float(ShearModulus(of=sheared, at=None).value) == pytest.approx(
        float(ShearModulus(of=cases, at=None).value), rel=1e-8
    )


@pytest.mark.parametrize("boundary", [Periodic(), pytest.param(Grips(along="y", clamp="both"), marks=pytest.mark.slow)])
def test_pixels_and_periods_are_followed_by_arc_length(boundary):
    body = pixels(PICTURE, 2.0, [RUBBER, RUBBER])
    control = Stretch(strain=1.0, along="y")
    followed = Experiment(body=body, boundary=boundary, control=control, path=ArcLength(travel=0.2, count=2))
    raise_for(followed.response.status)
    end = float(followed.response.strain[-1])
    test = periodic_tension if isinstance(boundary, Periodic) else tension
    prescribed = test(body, end, "y", increments=2)
    assert end > 0.05
    assert float(nominal(followed)[-1]) == pytest.approx(float(nominal(prescribed)[-1]), rel=1e-8)


SUPPORTED = Supported(supports=(HeldEdge(edge="left", along="both"),))


def forced(body, path, force=-1e-4):
    control = PointForces(at=((2.0, 0.0), (2.0, 1.5)), forces=((0.0, force), (0.0, force)))
    return Experiment(body=body, boundary=SUPPORTED, control=control, path=path)


@pytest.mark.slow
def test_forces_on_a_mesh_are_those_on_its_pixels():
    """Two programs that share no mechanics; and small forces in increments as all at once."""
    body = metal()
    mesh = Block(body.mesh, body.material)
    at_once, of_mesh = (Compliance(of=forced(each, Linear())).value for each in (body, mesh))
    assert float(at_once) == pytest.approx(float(of_mesh), rel=1e-9)
    grown = forced(mesh, Increments(count=2))
    raise_for(grown.response.status)
    assert float(Compliance(of=grown).value) == pytest.approx(float(at_once), rel=1e-8)
    np.testing.assert_allclose(energy(grown).ordinate, float(at_once) / 2 * np.array([0.25, 1.0]), rtol=1e-8)
    followed = forced(mesh, ArcLength(travel=float(jnp.abs(grown.response.displacement).max()), count=1), -1e-3)
    raise_for(followed.response.status)
    factor = float(followed.response.abscissa[0])
    assert float(energy(followed).ordinate[0]) == pytest.approx(float(at_once) / 2 * (10 * factor) ** 2, rel=1e-7)


LOSSES = {
    "shear": lambda body, value: stress(GrippedShear(body=body, along="x", strain=value, increments=2)).ordinate[-1],
    "mean strain": lambda body, value: repeated(body, xx=value, xy=0.2, stress_yy=value).response.mean_stress[-1, 0, 0],
    "mean stress": lambda body, value: repeated(body, stress_xx=value, stress_xy=1.0).response.mean_strain[-1].sum(),
    "arc length": lambda body, value: nominal(
        Experiment(
            body=body,
            boundary=Periodic(),
            control=Stretch(strain=1.0, along="y"),
            path=ArcLength(travel=value, count=2),
        )
    )[-1],
    "forces": lambda body, value: Compliance(of=forced(body, Increments(count=1), value)).value,
    "forces at once": lambda body, value: Compliance(of=forced(body, Linear(), value)).value,
    "cycle": lambda body, value: (
        repeated(body, Cycle(turns=(1.0, 0.3), count=1), yy=value, xx=0.0).response.mean_stress[:, 1, 1].sum()
    ),
}


SELDOM = {"shear", "forces", "cycle"}
"""Losses whose parts others here look at too."""


@pytest.mark.parametrize("name", [pytest.param(each, marks=pytest.mark.slow) if each in SELDOM else each for each in LOSSES])
def test_taylor(name):
    """By the densities of pixels and by what is prescribed."""

    @jax.jit
    def loss(at):
        density, value = at
        return LOSSES[name](pixels(density, 2.0, [Material(parameters=lame(10.0, 0.3)), RUBBER]), value)

    at = (PICTURE, jnp.asarray(0.15))
    direction = (jnp.asarray(np.random.default_rng(1).normal(size=PICTURE.shape)), jnp.asarray(0.2))
    remainders, slope, difference = taylor_remainders(loss, at, direction, 2e-3 / 2.0 ** np.arange(3))
    assert np.log2(remainders[:-1] / remainders[1:]) == pytest.approx(2.0, abs=0.05)
    assert slope == pytest.approx(difference, rel=1e-6)


def test_taylor_of_forces_on_a_mesh_by_its_nodes():
    mesh = rectangle(3, 3, 2, Rectangle(0, 0, 2, 1.5), hole=True)

    @jax.jit
    def loss(coordinates):
        return Compliance(of=forced(Block(mesh, RUBBER, coordinates), Linear(), 1.0)).value

    direction = 0.03 * np.random.default_rng(0).normal(size=mesh.nodes.shape)
    remainders, slope, difference = taylor_remainders(loss, jnp.asarray(mesh.nodes), direction, 4e-2 / 2.0 ** np.arange(3))
    assert np.log2(remainders[:-1] / remainders[1:]) == pytest.approx(2.0, abs=0.05)
    assert slope == pytest.approx(difference, rel=1e-6)


GRIPS, ONE = partial(Grips, clamp="both"), Increments(count=1)
steel = constructor("material", "j2")
PLASTIC = pixels(PICTURE, 2.0, (steel(E=1e3, nu=0.3, yield_stress=30.0), steel(E=1e5, nu=0.3, yield_stress=300.0)))


@pytest.mark.parametrize(
    ("boundary", "control", "path", "body", "field", "says"),
    [
        (GRIPS(along="y"), UnitStrains(), ONE, solid(), "control", "go together"),
        (Periodic(), PointForces(at=((0.0, 0.0),), forces=((1.0, 0.0),)), ONE, solid(), "control", "go together"),
        (SUPPORTED, Shear(strain=0.1), ONE, solid(), "control", "go together"),
        (GRIPS(along="y"), Stretch(strain=0.1, along="x"), ONE, solid(), "along", "these grips lie along y"),
        (Grips(along="y", clamp="base"), Shear(strain=0.1), ONE, solid(), "clamp", "clamp both edges"),
        (Periodic(), Stretch(strain=0.1, along=None), ONE, solid(), "along", "no grips that say"),
        (Periodic(), Stretch(strain=0.1, along="y"), ONE, Block(rectangle(2, 2, 1)), "body", "repeats"),
        (GRIPS(along="y"), Stretch(strain=0.1, along=None), Linear(), solid(), "path", "grow along a path"),
        (GRIPS(along="y"), Stretch(strain=0.1, along=None), ArcLength(travel=1.0, count=1), PLASTIC, "path", "plastic"),
        (GRIPS(along="y"), Shear(strain=0.1), ONE, object(), "body", "cannot be loaded"),
    ],
)
def test_parts_that_do_not_go_together(boundary, control, path, body, field, says):
    with pytest.raises(FieldError, match=says) as caught:
        Experiment(body=body, boundary=boundary, control=control, path=path)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("measure", "load", "field"),
    [
        (poisson_ratio, lambda: repeated(solid(), xy=0.1), "of"),
        (youngs_modulus, lambda: repeated(solid(), xx=0.1, yy=0.1), "of"),
        (partial(youngs_modulus, along=0.0), lambda: repeated(solid(), yy=0.1), "along"),
        (stress, lambda: repeated(solid(), xx=0.1, yy=0.1), "of"),
        (partial(energy, along=0.0), lambda: repeated(solid(), xx=0.1), "along"),
        (lambda load: ShearModulus(of=load, at=None).value, lambda: repeated(solid(), xx=0.1), "of"),
        (stress, lambda: homogenised(solid()), "of"),
    ],
)
def test_measures_that_a_load_does_not_answer(measure, load, field):
    with pytest.raises(FieldError) as caught:
        measure(load())
    assert caught.value.field == field and caught.value.code == "M0523"
