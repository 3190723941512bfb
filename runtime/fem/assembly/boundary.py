"""Integrals over named parts of the boundary, and the nodal forces that loads on boundary and area amount to."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array

from metac.runtime.fem.assembly import element_kernels as kernels
from metac.runtime.fem.elements import line
from metac.runtime.fem.elements.quadrature import interval
from metac.runtime.fem.elements.tables import tables
from metac.runtime.fem.equilibrium.problem import gather
from metac.runtime.mesh.mesh import Mesh


def mean_on_straight_part(
    mesh: Mesh, coordinates: Array, part: str, field: Array, axis: int, lower: Array | float, upper: Array | float
) -> Array:
    """Mean of a nodal `field[node]` over the piece of a straight part where coordinate `axis` lies in `lower .. upper`, mm.

    The piece may begin and end inside facets: a line integral over just the piece, exact for the elements' own shape
    functions. Taken in the unloaded state; middle nodes are taken to stand in the middle.
    """
    facets = mesh.facets[part]
    first, last = coordinates[facets[:, 0]], coordinates[facets[:, 1]]
    rise = last[:, axis] - first[:, axis]
    start = jnp.clip((lower - first[:, axis]) / rise, 0.0, 1.0)
    stop = jnp.clip((upper - first[:, axis]) / rise, 0.0, 1.0)
    rule = interval(2)
    at = start + (stop - start) * rule.points[:, None]
    weights = rule.weights[:, None] * jnp.abs(stop - start) * jnp.linalg.norm(last - first, axis=-1)
    values = jnp.einsum("npf,fn->pf", line.shape(mesh.order, at), field[facets])
    return jnp.sum(weights * values) / jnp.sum(weights)


def traction_force(mesh: Mesh, coordinates: Array, part: str, traction: Callable[[Array], Array]) -> Array:
    """Nodal forces `[node, 2]`, N/mm, of a dead traction: `traction(x[2, point, facet])` gives `[2, point, facet]`, MPa."""
    facets = mesh.facets[part]
    rule = interval(3)
    at = jnp.asarray(rule.points)
    shapes, slopes = line.shape(mesh.order, at), line.slope(mesh.order, at)
    corners = jnp.moveaxis(coordinates[facets], -1, 0)  # [2, facet, node]
    positions = jnp.einsum("ifn,np->ipf", corners, shapes)
    length = jnp.linalg.norm(jnp.einsum("ifn,np->ipf", corners, slopes), axis=0)
    weighted = traction(positions) * length * rule.weights[:, None]
    forces = jnp.einsum("ipf,np->fni", weighted, shapes)
    return jax.ops.segment_sum(forces.reshape(-1, 2), facets.ravel(), num_segments=len(mesh.nodes))


def body_force(mesh: Mesh, coordinates: Array, density: Callable[[Array], Array]) -> Array:
    """Nodal forces `[node, 2]`, N/mm, of dead forces per volume: `density(x[2, point, cell])` gives its shape, N/mm³."""
    element, rule = mesh.element, mesh.element.rule(4)
    corners = gather(mesh, coordinates)
    shapes = element.shape(rule.points)
    weights = kernels.geometry(tables(element, rule), corners).weights
    loads = density(jnp.einsum("iac,aq->iqc", corners, shapes)) * weights
    forces = jnp.einsum("iqc,aq->aci", loads, shapes)
    return jax.ops.segment_sum(forces.reshape(-1, 2), mesh.cells.T.ravel(), num_segments=len(mesh.nodes))
