"""Cook's membrane: a tapered panel clamped on the left and sheared on the right, linear and at large strain."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.fem.assembly.boundary import traction_force
from metac.runtime.fem.equilibrium.problem import make_problem
from metac.runtime.fem.path.incremental import solve_path
from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.mesh.mesh import Mesh
from tests.mechanics import LINEAR_ELASTIC, degrees, lame, rectangle

HEIGHT = 16.0
"""Of the loaded edge, mm."""


def panel(cells):
    """Quadratic elements on the panel (0,0) (48,44) (48,60) (0,44), mm."""
    square = rectangle(cells, cells, 2)
    x, y = square.nodes.T
    bottom, top = 44 * x, 44 + HEIGHT * x
    nodes = np.stack([48 * x, bottom + y * (top - bottom)], axis=1)
    return Mesh(nodes, square.cells, square.facets, Rectangle(0, 0, 48, 60))


def tip(mesh, law, parameters, force, increments):
    """Vertical displacement of the middle of the loaded edge, mm."""
    nodes = jnp.asarray(mesh.nodes)
    problem = make_problem(mesh, degrees(mesh.nodes_on("left")), law)
    traction = jnp.array([0.0, force / HEIGHT])[:, None, None]
    total = traction_force(mesh, nodes, "right", lambda x: jnp.broadcast_to(traction, x.shape))
    assert float(total[:, 1].sum()) == pytest.approx(force)
    forces = jnp.linspace(0, 1, increments + 1)[1:, None, None] * total
    prescribed = jnp.zeros((increments, len(problem.assembly.fixed)))
    displacement, status = solve_path(problem, nodes, parameters, prescribed, forces)
    assert bool(status.ok)
    middle = np.flatnonzero(np.all(np.isclose(mesh.nodes, [48, 52]), axis=1))
    return float(displacement[-1, middle[0], 1])


def test_linear_plane_stress():
    mu, lam = lame(1.0, 1 / 3)
    # The load is scaled down, since elements that turn inside out would be rejected; the response is linear.
    scale = 1e-3
    assert tip(panel(16), LINEAR_ELASTIC, (mu, 2 * lam * mu / (lam + 2 * mu)), scale, 1) / scale == pytest.approx(
        23.96, rel=5e-3
    )


class DecoupledNeoHookean:
    """W = μ/2 (J^(−2/3) tr C − 3) + κ/4 (J² − 1 − 2 ln J) in three dimensions, plane strain; derivatives by JAX."""

    def energy2(self, F, parameters):
        mu, kappa = parameters
        J = F[0, 0] * F[1, 1] - F[0, 1] * F[1, 0]
        first = jnp.sum(F * F, axis=(0, 1)) + 1
        return mu / 2 * (J ** (-2 / 3) * first - 3) + kappa / 4 * (J**2 - 1 - 2 * jnp.log(J))

    def stress2(self, F, parameters):
        return jax.grad(lambda F: jnp.sum(self.energy2(F, parameters)))(F)

    def tangent2(self, F, parameters):
        columns = [
            jax.jvp(lambda F: self.stress2(F, parameters), (F,), (jnp.zeros_like(F).at[k, l].set(1.0),))[1]
            for k in range(2)
            for l in range(2)  # noqa: E741
        ]
        return jnp.stack(columns, axis=2).reshape(2, 2, 2, 2, *F.shape[2:])


def test_neo_hookean_plane_strain():
    mu, nu = 0.4225, 0.3
    kappa = 2 * mu * (1 + nu) / (3 * (1 - 2 * nu))
    assert tip(panel(16), DecoupledNeoHookean(), (mu, kappa), 1.0, 4) == pytest.approx(14.74, rel=2e-3)
