"""Elasto-plastic pixels: closed forms at points, quadratic Newton, derivatives along paths that turn, two pictures."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import metac
from metac.compiler.interfaces.field_error import FieldError
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from metac.runtime.fem.path.load_history import solve_load_history
from metac.runtime.fem.status import describe, raise_for
from metac.runtime.plasticity.j2 import Constants, PlasticState, radial_return
from metac.stdlib.bodies.varied import Varied
from tests.library import constructor
from tests.mechanics import taylor_remainders
from tests.stdlib.made import cyclic, nominal, periodic_tension, pixels, tension

metal = constructor("material", "j2")

PERFECT = metal(E=1e3, nu=0.3, yield_stress=30.0), metal(E=1e5, nu=0.3, yield_stress=300.0)
HARDENING = metal(E=1e3, nu=0.3, yield_stress=30.0, hardening=50.0), metal(E=1e5, nu=0.3, yield_stress=300.0, hardening=2e3)
RANDOM = np.random.default_rng(7)
YOUNG, STRENGTH = (jnp.asarray(RANDOM.uniform(0.2, 1.0, (3, 4))) for _ in range(2))


def body(young=YOUNG, strength=None, materials=HARDENING):
    plain = pixels(young, 2.0, materials)
    return plain if strength is None else Varied(body=plain, properties=["yield_stress"], density=strength, exponent=1.0)


def test_a_uniform_sheet_answers_as_a_point_does_through_a_cycle():
    """σ11 = 0 and ε33 = 0 at each point; the same increments, the strain across from Newton's method at the point."""
    cycle = cyclic(body(jnp.ones((2, 2))), [0.01, -0.004, 0.002], increments=6, clamp="neither")
    raise_for(cycle.response.status)
    constants = Constants(*map(jnp.asarray, HARDENING[1].parameters))
    state = PlasticState((jnp.zeros(()),) * 4, jnp.zeros(()))

    @jax.jit
    def advance(state, axial):
        across = lambda lateral: radial_return(constants, state, (lateral, axial, 0.0, 0.0)).state.stress[0]  # noqa: E731
        lateral = -0.5 * axial
        for _ in range(10):
            lateral -= across(lateral) / jax.grad(across)(lateral)
        return radial_return(constants, state, (lateral, axial, 0.0, 0.0)).state

    stresses = []
    for change in np.diff(np.asarray(cycle.response.strain), prepend=0.0):
        state = advance(state, change)
        stresses.append(float(state.stress[1]))
    np.testing.assert_allclose(nominal(cycle), stresses, rtol=1e-9, atol=1e-9 * 300)
    assert np.asarray(cycle.response.abscissa)[[5, 11, 17]] == pytest.approx([0.01, 0.024, 0.03])
    assert min(stresses) < -300 and max(stresses) > 300
    # Perfect elasticity before any flow: E/(1 − ν²) in plane strain.
    gentle = tension(body(jnp.ones((2, 2))), 1e-3, increments=1, clamp="neither")
    assert float(nominal(gentle)[0]) == pytest.approx(1e5 / 0.91 * 1e-3, rel=1e-9)


@pytest.mark.slow
def test_the_nominal_stress_is_the_mean_of_the_stress():
    """Xu et al., eq. 38; and the stress across the plane is part of the state."""
    pull = tension(body(materials=PERFECT), 0.01, increments=3, clamp="neither")
    grips = pull.test
    prescribed = pull.response.strain[:, None] * grips.length * grips.unit
    history = solve_load_history(grips.problem, None, pull.body.coordinates, grips.parameters, prescribed)
    assert bool(history.status.ok), describe(history.status)
    _, along, through, _, plastic = history.internal_variables
    np.testing.assert_allclose(nominal(pull), along.mean(axis=(1, 2)), rtol=1e-9)
    assert (np.diff(plastic, axis=0) >= 0).all() and plastic[-1].max() > 1e-3
    assert np.abs(through[-1]).max() > 10


def test_newton_converges_quadratically():
    """One increment deep into flow, undamped steps with the assembled tangent: each squares the error of the last."""
    pull = tension(body(), 0.02, increments=1, clamp="neither")
    problem, parameters = pull.test.problem, (*pull.test.parameters, *(jnp.zeros((4, 12)),) * 5)
    shape = problem.geometry(pull.body.coordinates)
    fixed = jnp.asarray(0.02 * pull.test.length * pull.test.unit)
    moved = problem.join(jnp.zeros(len(problem.assembly.free)), fixed)
    force, tangent = (jax.jit(lambda u, f=f: f(parameters, shape, u)) for f in (problem.internal_force, problem.stiffness))
    errors = []
    for _ in range(12):
        error = problem.free(force(moved))
        errors.append(float(jnp.linalg.norm(error)))
        matrix = problem.assembly.matrix.full(np.asarray(tangent(moved))).toarray()
        moved += problem.join(-jnp.linalg.solve(matrix, error), jnp.zeros_like(fixed))
    scale = float(jnp.linalg.norm(force(moved)))
    errors = np.array(errors) / scale
    last = np.flatnonzero(errors < 1e-2)[0]
    assert last <= 6 and errors[last + 3] < 1e-12
    for k in range(last, last + 2):
        assert errors[k + 1] < max(20 * errors[k] ** 2, 1e-13)


@pytest.mark.parametrize("materials", [HARDENING, pytest.param(PERFECT, marks=pytest.mark.slow)])
def test_taylor_with_respect_to_both_pictures_along_a_path_that_turns(materials):
    weights = jnp.asarray(RANDOM.normal(size=9))

    @jax.jit
    def loss(pictures):
        cycle = cyclic(body(*pictures, materials), [0.012, 0.004, 0.016], increments=3, clamp="neither")
        return jnp.vdot(weights, nominal(cycle)) / 100 + cycle.response.energy[5]

    at = (YOUNG, STRENGTH)
    direction = tuple(jnp.asarray(np.random.default_rng(2).normal(size=YOUNG.shape)) for _ in at)
    remainders, slope, difference = taylor_remainders(loss, at, direction, 2e-4 / 2.0 ** np.arange(3))
    assert np.log2(remainders[:-1] / remainders[1:]) == pytest.approx(2.0, abs=0.05)
    assert slope == pytest.approx(difference, rel=1e-6)


@pytest.mark.slow
def test_a_history_from_a_neighbours_is_that_from_rest():
    cold = tension(body(YOUNG * 0.99), 0.01, increments=3, clamp="neither")
    first = tension(body(), 0.01, increments=3, clamp="neither")
    start = first.starting_from(first.rest).response.start
    warm = cold.starting_from(start)
    assert bool(warm.response.status.warm) and not bool(cold.response.status.warm)
    np.testing.assert_allclose(nominal(warm), nominal(cold), rtol=1e-8)
    assert int(warm.response.status.iterations.sum()) > 0


@pytest.mark.slow
def test_a_period_of_a_metal_flows():
    """Mixed control with memory: the mean stress is uniaxial, and the work done is more than what is stored."""
    pull = periodic_tension(body(materials=PERFECT), 0.01, increments=4)
    raise_for(pull.response.status)
    stress = np.asarray(pull.response.mean_stress)
    np.testing.assert_allclose(stress[:, [0, 0, 1], [0, 1, 0]], 0.0, atol=1e-8 * stress.max())
    work = np.trapezoid(np.append(0, stress[:, 1, 1]), np.linspace(0, 0.01, 5)) * 3.0
    assert 0 < float(pull.response.energy[-1]) < 0.8 * work


SPEC = """
param young: Grid = [[0.5, 1], [1, 0.2]]
param strength: Grid = [[1, 0.5], [0.3, 1]]
material soft  = j2 { E = 1 GPa, nu = 0.3, yield_stress = 30 MPa }
material stiff = j2 { E = 100 GPa, nu = 0.3, yield_stress = 300 MPa }
body cell  = pixels { density = young, size = 1 mm, materials = [soft, stiff] }
body sheet = varied { body = cell, properties = ["yield_stress"], density = strength }
load pull  = tension { body = sheet, strain = 1 %, increments = 4, clamp = neither }
minimize max(stress(pull))
"""


def test_properties_follow_the_density_that_they_are_given():
    sheet = metac.compile(SPEC).program().objects({})["sheet"]
    E, nu, yield_stress, hardening = map(np.asarray, sheet.material.parameters)
    np.testing.assert_allclose(E, 1e3 + 99e3 * np.array([0.5, 1, 1, 0.2]), rtol=1e-9)
    assert yield_stress == pytest.approx(30 + 270 * np.array([1, 0.5, 0.3, 1]))
    assert nu == pytest.approx(0.3) and hardening == pytest.approx(0)
    fine = sheet.fresh(2.0)
    assert fine.material.parameters[2].reshape(4, 4)[1, 1] == pytest.approx(300)
    assert fine.material.parameters[0].reshape(4, 4)[1, 1] == pytest.approx(50.5e3)
    # At rest it is elastic: plane strain of E and ν.
    lam, mu = 100e3 * 0.3 / (1.3 * 0.4), 100e3 / 2.6
    assert np.asarray(sheet.stiffness[1]) == pytest.approx(
        np.array([[lam + 2 * mu, lam, 0], [lam, lam + 2 * mu, 0], [0, 0, mu]])
    )


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"yield_stress"', '"strength"', "no property `strength`"),
        ('["yield_stress"]', "[]", "one property at least"),
        ("[[1, 0.5], [0.3, 1]]", "[[1, 0.5]]", "this density 1 and 2"),
    ],
)
def test_refusals_of_varied(old, new, says):
    with pytest.raises(DiagnosticError, match=says):
        metac.compile(SPEC.replace(old, new)).program()


@pytest.mark.parametrize("strains", [[], [float("nan")], [-1.0]])
def test_cycles_need_strains(strains):
    with pytest.raises(FieldError) as caught:
        cyclic(body(), strains)
    assert caught.value.field == "strains"
