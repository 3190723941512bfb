"""Timoshenko's cantilever, plane stress, with the exact displacements at its root and the exact shear at its end."""

import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.fem.assembly.boundary import traction_force
from metac.runtime.fem.equilibrium.problem import make_problem
from metac.runtime.fem.path.incremental import solve_path
from metac.runtime.geometry.rectangle import Rectangle
from tests.mechanics import LINEAR_ELASTIC, degrees, lame, rectangle

E, NU, P, L, D = 3e7, 0.3, 1000.0, 48.0, 12.0
SECOND_MOMENT = D**3 / 12


def exact(nodes):
    """Augarde and Deeks, Finite Elem. Anal. Des. 44 (2008), eqs. 1 and 2."""
    x, y = nodes.T
    factor = P / (6 * E * SECOND_MOMENT)
    along = factor * y * ((6 * L - 3 * x) * x + (2 + NU) * (y**2 - D**2 / 4))
    across = -factor * (3 * NU * y**2 * (L - x) + (4 + 5 * NU) * D**2 * x / 4 + (3 * L - x) * x**2)
    return np.stack([along, across], axis=1)


def test_tip_deflection():
    mesh = rectangle(16, 4, 2, Rectangle(0, -D / 2, L, D / 2))
    nodes = jnp.asarray(mesh.nodes)
    mu, lam = lame(E, NU)
    problem = make_problem(mesh, degrees(mesh.nodes_on("left")), LINEAR_ELASTIC)

    def shear(x):
        return jnp.stack([jnp.zeros_like(x[1]), -P / (2 * SECOND_MOMENT) * (D**2 / 4 - x[1] ** 2)])

    forces = traction_force(mesh, nodes, "right", shear)[None]
    prescribed = exact(mesh.nodes).reshape(-1)[problem.assembly.fixed][None]
    displacement, status = solve_path(problem, nodes, (mu, 2 * lam * mu / (lam + 2 * mu)), prescribed, forces)
    assert bool(status.ok)
    end = np.flatnonzero(np.all(np.isclose(mesh.nodes, [L, 0]), axis=1))[0]
    assert -float(displacement[0, end, 1]) == pytest.approx(0.0089000, rel=1e-4)
