"""Power-law hardening at a point: the uniaxial test in closed form, tangent, derivatives, and linear hardening as a case."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.fem.constitutive_law import HistoryDependentLaw
from metac.runtime.plasticity.j2 import (
    J2_PLANE_STRAIN,
    J2_POWER_LAW,
    Constants,
    PlasticState,
    PowerLawConstants,
    radial_return,
)
from tests.library import make
from tests.mechanics import taylor_remainders

E, NU, YIELD, HARDENING, STRAIN, EXPONENT = 200e3, 0.3, 250.0, 500.0, 2e-3, 0.2
VIRGIN = PlasticState((jnp.zeros(()), jnp.zeros(()), jnp.zeros(()), jnp.zeros(())), jnp.zeros(()))


def constants(hardening=HARDENING, strain=STRAIN, exponent=EXPONENT):
    return PowerLawConstants(
        Constants(*map(jnp.asarray, (E, NU, YIELD, hardening))), jnp.asarray(strain), jnp.asarray(exponent)
    )


@jax.jit
def uniaxial(law, state, axial):
    """One increment of strain along 2, with free contraction along 1 and 3."""

    def across(lateral):
        stress = radial_return(law, state, (lateral[0], axial, lateral[1], jnp.zeros(()))).state.stress
        return jnp.stack([stress[0], stress[2]])

    lateral = jnp.full(2, -NU * axial)
    for _ in range(12):
        lateral -= jnp.linalg.solve(jax.jacfwd(across)(lateral), across(lateral))
    return radial_return(law, state, (lateral[0], axial, lateral[1], jnp.zeros(()))).state


@pytest.mark.parametrize("fields", [{}, {"exponent": 1.0, "hardening": 0.0}, {"strain": 1e-6, "exponent": 0.05}])
def test_a_bar_follows_the_curve_of_the_law(fields):
    """σ = σ₀ (1 + p/ε₀)ⁿ + H p at ε = σ/E + p; unloading is elastic."""
    plastic = np.array([1e-5, 1e-3, 1.1e-3, 0.02, 0.1])
    law = constants(**fields)
    stress = YIELD * (1 + plastic / float(law.hardening_strain)) ** float(law.hardening_exponent)
    stress = stress + float(law.linear.hardening) * plastic
    state, strains = VIRGIN, stress / E + plastic
    for change, wanted, flowed in zip(np.diff(strains, prepend=0.0), stress, plastic, strict=True):
        state = uniaxial(law, state, change)
        assert float(state.stress[1]) == pytest.approx(wanted, rel=1e-10)
        assert float(state.plastic_strain) == pytest.approx(flowed, rel=1e-8)
    back = uniaxial(law, state, -1.5 * stress[-1] / E)
    assert float(back.stress[1]) == pytest.approx(-0.5 * stress[-1], rel=1e-9)
    assert float(back.plastic_strain) == float(state.plastic_strain)


def sample(count):
    """Increments F and parameters of points, most of which flow."""
    random = np.random.default_rng(1)
    values = (E, NU, YIELD, HARDENING, STRAIN, EXPONENT)
    parameters = (
        *(random.uniform(0.8, 1.2, count) * value for value in values),
        *random.normal(size=(4, count)) * 100,
        random.uniform(0, 1e-2, count),
    )
    F = np.eye(2)[:, :, None] + 3e-3 * random.normal(size=(2, 2, count))
    return jnp.asarray(F), tuple(map(jnp.asarray, parameters))


def test_the_tangent_is_the_derivative_of_the_stress():
    F, parameters = sample(30)
    flows = J2_POWER_LAW.updated_internal_variables(F, parameters)[-1] > parameters[-1]
    assert 0 < int(flows.sum()) < 30
    derivative = jax.vmap(jax.jacfwd(J2_POWER_LAW.stress2), (-1, -1), -1)(F, parameters)
    tangent = J2_POWER_LAW.tangent2(F, parameters)
    np.testing.assert_allclose(tangent, derivative, rtol=1e-9, atol=1e-9 * E)


def test_taylor_with_respect_to_everything():
    F, parameters = sample(4)

    def loss(values):
        stress = J2_POWER_LAW.stress2(values[0], values[1]) / YIELD
        return jnp.sum(stress**2) + jnp.sum(J2_POWER_LAW.updated_internal_variables(*values)[-1])

    random = np.random.default_rng(2)
    direction = (
        1e-3 * random.normal(size=F.shape),
        tuple(0.05 * np.asarray(each) * random.normal(size=each.shape) for each in parameters),
    )
    remainders, slope, difference = taylor_remainders(loss, (F, parameters), direction, np.array([4e-3, 2e-3, 1e-3]))
    assert np.diff(np.log(remainders)) / np.diff(np.log([4, 2, 1])) == pytest.approx(2.0, abs=0.05)
    assert slope == pytest.approx(difference, rel=1e-6)


def test_an_exponent_of_one_is_linear_hardening():
    F, parameters = sample(6)
    power = (*parameters[:3], 0 * parameters[3], parameters[4], 1 + 0 * parameters[5], *parameters[6:])
    linear = (*parameters[:3], parameters[2] / parameters[4], *parameters[6:])
    found, expected = J2_POWER_LAW.stress2(F, power), J2_PLANE_STRAIN.stress2(F, linear)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-8)


def test_the_material_takes_the_law_that_its_fields_name():
    fields = {"E": E, "nu": NU, "yield_stress": YIELD}
    assert make("material", "j2", **fields).functions is J2_PLANE_STRAIN
    metal = make("material", "j2", hardening_exponent=0.1, **fields)
    assert metal.functions is J2_POWER_LAW and isinstance(metal.functions, HistoryDependentLaw)
    assert metal.parameters == (E, NU, YIELD, 0.0, YIELD / E, 0.1)
    with pytest.raises(FieldError, match="power law"):
        make("material", "j2", hardening_strain=0.1, **fields)
