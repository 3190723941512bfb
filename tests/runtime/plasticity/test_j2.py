"""J2 plasticity at a point: the uniaxial test in closed form, the tangent, the limits of plane strain."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.fem.constitutive_law import HistoryDependentLaw, initial_internal_variables
from metac.runtime.plasticity.j2 import J2_PLANE_STRAIN, Constants, PlasticState, equivalent_stress, radial_return

E, NU, YIELD, HARDENING = 200e3, 0.3, 250.0, 10e3
CONSTANTS = Constants(*map(jnp.asarray, (E, NU, YIELD, HARDENING)))
VIRGIN = PlasticState((jnp.zeros(()),) * 4, jnp.zeros(()))


@jax.jit
def uniaxial(state, axial):
    """One increment of strain along 2, with free contraction along 1 and 3."""

    def across(lateral):
        stress = radial_return(CONSTANTS, state, (lateral[0], axial, lateral[1], jnp.zeros(()))).state.stress
        return jnp.stack([stress[0], stress[2]])

    lateral = jnp.full(2, -NU * axial)
    for _ in range(8):
        lateral -= jnp.linalg.solve(jax.jacfwd(across)(lateral), across(lateral))
    return radial_return(CONSTANTS, state, (lateral[0], axial, lateral[1], jnp.zeros(()))).state


def closed_form(strains):
    """Bilinear stresses with isotropic hardening: slope E inside the yield stress reached, E H/(E + H) on it."""
    stress, flow, found = 0.0, 0.0, []
    for change in np.diff(strains, prepend=0.0):
        trial = stress + E * change
        beyond = max(abs(trial) - (YIELD + HARDENING * flow), 0.0)
        flow += beyond / (E + HARDENING)
        stress = trial - np.sign(trial) * E * beyond / (E + HARDENING)
        found.append(stress)
    return np.array(found)


def test_a_uniaxial_bar_loads_unloads_and_reverses_in_closed_form():
    legs = [np.linspace(0, 0.01, 21)[1:], np.linspace(0.01, 0.008, 5)[1:], np.linspace(0.008, -0.006, 29)[1:]]
    strains = np.concatenate(legs)
    state, stresses = VIRGIN, []
    for change in np.diff(strains, prepend=0.0):
        state = uniaxial(state, change)
        stresses.append(float(state.stress[1]))
        assert np.abs(jnp.stack([state.stress[0], state.stress[2], state.stress[3]])).max() < 1e-9
    stresses = np.array(stresses)
    assert stresses == pytest.approx(closed_form(strains), rel=1e-10)
    slopes = np.diff(stresses) / np.diff(strains)
    tangent = E * HARDENING / (E + HARDENING)
    assert slopes[10] == pytest.approx(tangent, rel=1e-10)  # loading
    assert slopes[20] == pytest.approx(E, rel=1e-10)  # unloading
    assert slopes[-1] == pytest.approx(tangent, rel=1e-10)  # the other way
    # Isotropic hardening: it flows again once the stress is as large as it was, not sooner.
    first = np.flatnonzero(slopes[24:] < 0.99 * E)[0] + 24
    assert -stresses[first] < stresses[19] < -stresses[first + 1]


def sample(seed, *points, flow=True):
    """Increments F and parameters of points, most of which flow, or none."""
    random = np.random.default_rng(seed)
    strength = 1.0 if flow else 1e6
    stress = random.normal(size=(4, *points)) * 100
    parameters = (
        *(random.uniform(0.8, 1.2, points) * value for value in (E, NU, strength * YIELD, HARDENING)),
        *stress,
        random.uniform(0, 1e-2, points),
    )
    return jnp.eye(2).reshape(2, 2, *(1,) * len(points)) + 2e-3 * random.normal(size=(2, 2, *points)), tuple(
        map(jnp.asarray, parameters)
    )


@pytest.mark.parametrize("flow", [True, False])
def test_the_tangent_is_the_derivative_of_the_stress(flow):
    F, parameters = sample(1, 40, flow=flow)
    flows = J2_PLANE_STRAIN.updated_internal_variables(F, parameters)[-1] > parameters[-1]
    assert bool(flows.any()) == flow
    derivative = jax.vmap(jax.jacfwd(J2_PLANE_STRAIN.stress2), (-1, -1), -1)(F, parameters)
    tangent = J2_PLANE_STRAIN.tangent2(F, parameters)
    np.testing.assert_allclose(tangent, derivative, rtol=1e-10, atol=1e-10 * E)
    np.testing.assert_allclose(tangent, jnp.transpose(tangent, (2, 3, 0, 1, 4)), atol=1e-10 * E)


def test_no_step_ends_beyond_the_yield_surface():
    F, parameters = sample(2, 200)
    *stress, plastic = J2_PLANE_STRAIN.updated_internal_variables(F, parameters)
    state = PlasticState(tuple(stress), plastic)
    surface = parameters[2] + parameters[3] * plastic
    flows = plastic > parameters[-1]
    assert 0 < flows.sum() < 200
    np.testing.assert_allclose(equivalent_stress(state)[flows], surface[flows], rtol=1e-12)
    assert (equivalent_stress(state) <= surface * (1 + 1e-12)).all()


def test_flow_leaves_the_volume_alone_and_energy_is_elastic():
    F, parameters = sample(3, 50)
    before, after = parameters[4:8], J2_PLANE_STRAIN.updated_internal_variables(F, parameters)
    bulk = parameters[0] / (3 * (1 - 2 * parameters[1]))
    pressure = lambda stress: sum(stress[:3]) / 3  # noqa: E731
    np.testing.assert_allclose(pressure(after) - pressure(before), bulk * (F[0, 0] + F[1, 1] - 2), rtol=1e-9, atol=1e-9)
    # ε = ((1 + ν) σ − ν tr σ I) / E, component by component
    s11, s22, s33, s12 = after[:4]
    E_, nu = parameters[:2]
    energy = ((1 + nu) * (s11**2 + s22**2 + s33**2 + 2 * s12**2) - nu * (s11 + s22 + s33) ** 2) / (2 * E_)
    np.testing.assert_allclose(J2_PLANE_STRAIN.energy2(F, parameters), energy, rtol=1e-12)


def test_plane_strain_is_that_of_three_dimensions():
    """Elastic: σ33 = ν (σ11 + σ22); flowing freely for long without hardening: σ33 = (σ11 + σ22)/2, q = σ0."""
    F, parameters = sample(4, 5, flow=False)
    blank = (*parameters[:4], *initial_internal_variables(J2_PLANE_STRAIN, 5))
    s11, s22, s33, *_ = J2_PLANE_STRAIN.updated_internal_variables(F, blank)
    np.testing.assert_allclose(s33, parameters[1] * (s11 + s22), rtol=1e-10)
    state = (E, NU, YIELD, 0.0, *initial_internal_variables(J2_PLANE_STRAIN))
    for _ in range(200):
        F = jnp.array([[1 - 1e-3, 0], [0, 1 + 1e-3]])
        state = (*state[:4], *J2_PLANE_STRAIN.updated_internal_variables(F, state))
    s11, s22, s33, *_ = state[4:]
    assert float(s33) == pytest.approx(float(s11 + s22) / 2, abs=1e-6)
    assert float(s22 - s11) == pytest.approx(2 / np.sqrt(3) * YIELD, rel=1e-9)


def test_the_law_says_that_it_remembers():
    assert isinstance(J2_PLANE_STRAIN, HistoryDependentLaw)
    assert [each.shape for each in initial_internal_variables(J2_PLANE_STRAIN, 3, 4)] == [(3, 4)] * 5
