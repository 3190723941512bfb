"""Which materials hardly change their volume."""

import jax.numpy as jnp
import pytest

from metac.runtime.fem.locking import NEARLY_INCOMPRESSIBLE, bulk_over_shear
from tests.library import constructor
from tests.mechanics import LINEAR_ELASTIC, Material, lame


@pytest.mark.parametrize("nu", [0.0, 0.3, 0.4999])
def test_bulk_over_shear_is_that_of_poissons_ratio(nu):
    strain = 1 / (1 - 2 * nu)
    mu, lam = lame(3.0, nu)
    assert bulk_over_shear(Material(parameters=(mu, lam))) == pytest.approx(strain)
    assert bulk_over_shear(Material(LINEAR_ELASTIC, (mu, lam))) == pytest.approx(strain)
    stress = (mu, 2 * lam * mu / (lam + 2 * mu))
    assert bulk_over_shear(Material(LINEAR_ELASTIC, stress)) == pytest.approx((1 + nu) / (1 - nu))
    metal = constructor("material", "j2")(E=3.0, nu=nu, yield_stress=1.0)
    assert bulk_over_shear(metal) == pytest.approx(strain)


def test_the_least_compressible_point_counts():
    parameters = tuple(jnp.array(pair) for pair in zip(lame(3.0, 0.3), lame(3.0, 0.46), strict=True))
    found = bulk_over_shear(Material(parameters=parameters))
    assert found == pytest.approx(1 / 0.08) and found > NEARLY_INCOMPRESSIBLE
