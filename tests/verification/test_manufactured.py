"""Manufactured solution: errors of neo-Hookean elements fall at the rates that their order promises."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.fem.assembly import element_kernels as kernels
from metac.runtime.fem.assembly.boundary import body_force
from metac.runtime.fem.elements.tables import tables
from metac.runtime.fem.equilibrium.problem import gather, make_problem
from metac.runtime.fem.path.incremental import solve_path
from tests.mechanics import NEO_HOOKEAN, degrees, lame, quadrilaterals, rectangle

PARAMETERS = lame(10.0, 0.3)


def exact(x):
    """A smooth finite deformation: about 10 % of strain, vanishing nowhere in particular."""
    return jnp.stack([0.05 * jnp.sin(2 * x[0] + x[1]), 0.04 * jnp.cos(x[0] - 2 * x[1])])


def stress(x):
    return NEO_HOOKEAN.stress2(jnp.eye(2) + jax.jacfwd(exact)(x), PARAMETERS)


def minus_divergence(x):
    """The body force that holds `exact` in equilibrium, for `x[2, point, cell]`."""
    at_point = lambda p: -jnp.trace(jax.jacfwd(stress)(p), axis1=1, axis2=2)  # noqa: E731
    flat = jax.vmap(at_point)(x.reshape(2, -1).T)
    return flat.T.reshape(x.shape)


def errors(make, order, cells):
    """L2 norm of the error and of its gradient."""
    mesh = make(cells, cells, order)
    nodes = jnp.asarray(mesh.nodes)
    rim = np.unique(np.concatenate([mesh.nodes_on(part) for part in mesh.facets]))
    problem = make_problem(mesh, degrees(rim), NEO_HOOKEAN)
    prescribed = exact(nodes.T).T.reshape(-1)[problem.assembly.fixed][None]
    forces = jax.jit(lambda nodes: body_force(mesh, nodes, minus_divergence))(nodes)[None]
    displacement, status = solve_path(problem, nodes, PARAMETERS, prescribed, forces)
    assert bool(status.ok)

    return np.sqrt(jax.jit(partial(norms, mesh))(nodes, displacement[0]))


def norms(mesh, nodes, displacement):
    """Squared L2 norms of the error and of its gradient."""
    rule, element = mesh.element.rule(4), mesh.element
    table = tables(element, rule)
    shape = kernels.geometry(table, gather(mesh, nodes))
    local = gather(mesh, displacement)
    shapes = element.shape(rule.points)
    points = jnp.einsum("iac,aq->iqc", gather(mesh, nodes), shapes)
    difference = jnp.einsum("iac,aq->iqc", local, shapes) - exact(points)
    gradients = jax.vmap(jax.jacfwd(exact))(points.reshape(2, -1).T)
    gradients = jnp.moveaxis(gradients, 0, -1).reshape(2, 2, *points.shape[1:])
    slope = kernels.gradient(table, shape, local) - gradients
    return jnp.stack([jnp.sum(difference**2 * shape.weights), jnp.sum(slope**2 * shape.weights)])


@pytest.mark.parametrize(
    ("make", "order", "cells"),
    [
        (rectangle, 1, 12),
        (rectangle, 2, 6),
        pytest.param(quadrilaterals, 1, 8, marks=pytest.mark.slow),
        (quadrilaterals, 2, 4),
    ],
)
def test_observed_rates(make, order, cells):
    coarse, fine = errors(make, order, cells), errors(make, order, 2 * cells)
    in_l2, in_h1 = np.log2(coarse / fine)
    assert in_l2 == pytest.approx(order + 1, abs=0.1)
    assert in_h1 == pytest.approx(order, abs=0.1)
