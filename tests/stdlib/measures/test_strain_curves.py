"""Poisson's ratio, stiffness and volume over strain, against closed forms."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import jax.numpy as jnp
import numpy as np
import pytest

from metac.compiler.lower.linking import link
from metac.compiler.pipeline import check
from metac.compiler.plan import make_plan
from metac.dsl.source import Source
from metac.stdlib.loads.responses import MechanicalResponse
from metac.stdlib.measures.strain_curves import ModulusCurve, PoissonCurve, VolumeRatio, slopes
from tests.mechanics import taylor_remainders

G = 0.4
STRAIN = np.linspace(0, 0.6, 25)[1:]

STRETCH = 1 + STRAIN

RUBBER = """
material rubber = compressible_neo_hookean { G = 0.4 MPa, K = 4 GPa }
load pull = material_test { material = rubber, strain = 60 %, increments = 2 }
let nu = poisson_curve(pull)
report [last(nu) - poisson_ratio(pull), nu(30 %), last(modulus_curve(pull)) / 1 MPa, min(volume_ratio(pull))]
"""


@pytest.mark.slow
def test_a_value_is_picked_at_a_strain_and_at_the_end():
    (report,) = link(make_plan(check(Source("<test>", RUBBER)).design_or_raise())).reports({}).values()
    expected = [0, (1 - 1.3**-0.5) / 0.3, G * (1.6 - 1.6**-2) / 0.6, 1]
    assert np.asarray(report.value) == pytest.approx(expected, rel=1e-3, abs=1e-12)


# λ across = λ^(−1/2) without change of volume, nominal stress G (λ − λ⁻²). Tangents: parabolas through three states.
CLOSED = [
    ((1 - STRETCH**-0.5) / STRAIN, 1e-12),
    (np.full(24, 0.5), 1e-12),
    (STRETCH**-1.5 / 2, 2e-3),
    (np.full(24, 0.5), 1e-12),
    (G * (STRETCH - STRETCH**-2) / STRAIN, 1e-12),
    (G * (1 + 2 * STRETCH**-3), 2e-3),
    (STRETCH**0.5, 1e-12),
]


def test_rubber_without_change_of_volume():
    """Of the plane two stretches are seen, whose product is √λ."""
    values = (jnp.asarray(STRAIN), jnp.asarray(STRETCH**-0.5 - 1), jnp.asarray(G * (STRETCH - STRETCH**-2)))
    for curve, (expected, error) in zip(measured(values), CLOSED, strict=True):
        assert np.asarray(curve.ordinate) == pytest.approx(expected, rel=error)
        assert np.asarray(curve.abscissa) == pytest.approx(STRAIN)


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_slopes_of_a_parabola_are_exact_over_uneven_strains(count):
    strain = np.cumsum(np.random.default_rng(0).uniform(0.5, 2, count))
    found = slopes(jnp.asarray(strain), jnp.asarray(3 * strain - 0.5 * strain**2))
    assert np.asarray(found) == pytest.approx(3 - strain if count > 1 else 3 - 0.5 * strain, rel=1e-12)


def response(strain, across, stress) -> Any:
    """Along y."""
    zero = jnp.zeros_like(strain)
    gradient, piola = (
        jnp.moveaxis(jnp.stack([jnp.stack(row) for row in rows]), -1, 0)
        for rows in ([[across, zero], [zero, strain]], [[zero, zero], [zero, stress]])
    )
    return MechanicalResponse(
        strain=strain,
        abscissa=jnp.abs(strain),
        sense=-1.0,
        displacement=zero,
        mean_strain=gradient,
        mean_stress=piola,
        energy=zero,
        status=cast(Any, None),
        driven=(1, 1),
        uniaxial=True,
    )


def measured(values):
    """Everything at once, of a load that pushes along y."""
    load = SimpleNamespace(response=response(*values))
    curves = [
        PoissonCurve(of=load, kind=kind, strain=each, along=None)
        for kind in ("secant", "tangent")
        for each in ("nominal", "logarithmic")
    ]
    curves += [ModulusCurve(of=load, kind=kind, along=None) for kind in ("secant", "tangent")]
    return [each.value for each in (*curves, VolumeRatio(of=load, along=None))]


PUSHED = (jnp.array([-0.1, -0.2, -0.3]), jnp.array([0.02, 0.03, 0.01]), jnp.array([-2.0, -3.0, -3.5]))


def test_signs_in_compression():
    secant, logarithmic, tangent, _, modulus, slope, volume = measured(PUSHED)
    assert np.asarray(secant.abscissa) == pytest.approx([0.1, 0.2, 0.3])
    assert np.asarray(secant.ordinate) == pytest.approx([0.2, 0.15, 0.01 / 0.3])
    assert np.asarray(logarithmic.ordinate)[0] == pytest.approx(-np.log(1.02) / np.log(0.9))
    assert np.asarray(tangent.ordinate) == pytest.approx([0.15, -0.05, -0.35])
    assert np.asarray(modulus.ordinate) == pytest.approx([20, 15, 3.5 / 0.3])
    assert np.asarray(slope.ordinate) == pytest.approx([15, 7.5, 2.5])
    assert np.asarray(volume.ordinate) == pytest.approx([0.9 * 1.02, 0.8 * 1.03, 0.7 * 1.01])


def test_taylor():
    def loss(values):
        return sum(jnp.sum(each.ordinate**2) for each in measured(values))

    direction = tuple(np.random.default_rng(1).normal(size=(3, 3)) * 0.02)
    remainders, slope, difference = taylor_remainders(loss, PUSHED, direction, np.array([4e-3, 2e-3, 1e-3]))
    assert np.diff(np.log(remainders)) / np.diff(np.log([4, 2, 1])) == pytest.approx(2.0, abs=0.05)
    assert slope == pytest.approx(difference, rel=1e-6)
