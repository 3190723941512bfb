"""Homogeneous stretching of a block with free sides against closed forms."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import brentq

from metac.runtime.fem.equilibrium.problem import make_problem
from metac.runtime.fem.path.incremental import solve_path
from tests.mechanics import NEO_HOOKEAN, degrees, lame, rectangle


def nominal_stress(law, parameters, stretches):
    """Reaction per width of a unit block: bottom and top slide on rollers, the sides are free."""
    mesh = rectangle(2, 2, 2, distort=0.2)
    bottom, top = mesh.nodes_on("bottom"), mesh.nodes_on("top")
    corner = np.flatnonzero(np.all(mesh.nodes == 0, axis=1))
    problem = make_problem(mesh, np.concatenate([degrees(bottom, [1]), degrees(top, [1]), degrees(corner, [0])]), law)
    rising = np.isin(problem.assembly.fixed, degrees(top, [1]))
    prescribed = (np.asarray(stretches) - 1)[:, None] * rising
    nodes = jnp.asarray(mesh.nodes)
    displacement, status = solve_path(problem, nodes, parameters, prescribed)
    assert bool(status.ok)
    shape = problem.geometry(nodes)
    return np.array([float(problem.internal_force(parameters, shape, u)[top, 1].sum()) for u in displacement])


def test_compressible_neo_hookean_in_plane_strain():
    """F = diag(λ₁, λ, 1) with λ₁ from the lateral stress μ λ₁ + (λ_L ln J − μ)/λ₁ = 0."""
    mu, lam = lame(50.0, 0.46)
    stretches = np.array([0.8, 0.9, 1.2, 1.5])

    def closed_form(stretch):
        lateral = brentq(lambda s: mu * s + (lam * np.log(s * stretch) - mu) / s, 0.2, 5.0, xtol=1e-15)
        return mu * stretch + (lam * np.log(lateral * stretch) - mu) / stretch

    expected = [closed_form(stretch) for stretch in stretches]
    assert nominal_stress(NEO_HOOKEAN, (mu, lam), stretches) == pytest.approx(expected, rel=1e-8)


def test_the_incompressible_limit_is_reached_at_first_order():
    """In plane strain the incompressible solid has Cauchy stress μ (λ² − λ⁻²), so P = μ (λ − λ⁻³)."""
    stretch = 1.3
    limit = stretch - stretch**-3
    deviations = [abs(nominal_stress(NEO_HOOKEAN, (1.0, ratio), [1.15, stretch])[-1] - limit) for ratio in (1e2, 1e3, 1e4)]
    assert np.log10(np.divide(deviations[:-1], deviations[1:])) == pytest.approx([1, 1], abs=0.05)
    assert deviations[-1] < 1e-3


class IncompressibleSheet:
    """A thin sheet of incompressible neo-Hookean solid, its faces free: W = μ/2 (tr FᵀF + J⁻² − 3) with F in the plane."""

    def _determinant(self, F):
        return F[0, 0] * F[1, 1] - F[0, 1] * F[1, 0]

    def energy2(self, F, parameters):
        return parameters[0] / 2 * (jnp.sum(F * F, axis=(0, 1)) + self._determinant(F) ** -2 - 3)

    def _inverse_transposed(self, F):
        return jnp.stack([jnp.stack([F[1, 1], -F[1, 0]]), jnp.stack([-F[0, 1], F[0, 0]])]) / self._determinant(F)

    def stress2(self, F, parameters):
        return parameters[0] * (F - self._determinant(F) ** -2 * self._inverse_transposed(F))

    def tangent2(self, F, parameters):
        inverse = self._inverse_transposed(F)
        one = jnp.eye(2).reshape(2, 2, *(1,) * (F.ndim - 2))
        outer = inverse[:, :, None, None] * inverse
        identity = one[:, None, :, None] * one[None, :, None, :]
        return parameters[0] * (identity + self._determinant(F) ** -2 * (2 * outer + jnp.swapaxes(outer, 1, 3)))


def test_incompressible_neo_hookean_with_free_faces():
    """The textbook uniaxial case, Cauchy stress μ (λ² − 1/λ): the thickness follows from incompressibility, no penalty."""
    stretches = np.array([0.7, 0.9, 1.3, 2.0])
    nominal = nominal_stress(IncompressibleSheet(), (1.7,), stretches)
    assert nominal * stretches == pytest.approx(1.7 * (stretches**2 - 1 / stretches), rel=1e-8)
