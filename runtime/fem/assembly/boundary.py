"""Integrals over named parts of the boundary, and the nodal forces that loads on boundary and area amount to."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from metac.runtime.fem.assembly import element_kernels as kernels
from metac.runtime.fem.assembly.mesh_fields import gather, scatter
from metac.runtime.fem.dimension import facet_measure
from metac.runtime.fem.elements import traced_line
from metac.runtime.fem.elements.quadrature import interval
from metac.runtime.fem.elements.tables import tables
from metac.runtime.mesh.mesh import Mesh


@partial(jax.jit, static_argnames=("mesh", "part", "axis"))
def mean_on_straight_part(
    mesh: Mesh,
    coordinates: Float[Array, "node d"],
    part: str,
    field: Float[Array, "node ..."],
    axis: int,
    lower: Array | float,
    upper: Array | float,
) -> Float[Array, " ..."]:
    """Mean `[…]` of a nodal `field[node, …]` over a piece of a straight part.

    Where coordinate `axis` lies in `lower .. upper`, mm. The piece may begin and end inside facets: a line integral over
    just the piece, exact for the elements' own shape functions. Taken in the unloaded state; middle nodes are taken to stand
    in the middle. Not a number where the part has no facet there.
    """
    facets = mesh.facets[part]
    first, last = coordinates[facets[:, 0]], coordinates[facets[:, 1]]
    rise = last[:, axis] - first[:, axis]
    start = jnp.clip((lower - first[:, axis]) / rise, 0.0, 1.0)
    stop = jnp.clip((upper - first[:, axis]) / rise, 0.0, 1.0)
    rule = interval(2)
    at = start + (stop - start) * rule.points[:, None]
    weights = rule.weights[:, None] * jnp.abs(stop - start) * jnp.linalg.norm(last - first, axis=-1)
    # The share of each node of each facet: one sum for all components.
    shares = jnp.einsum("npf,pf->fn", traced_line.shape(mesh.order, at), weights)
    length = jnp.sum(weights)
    # Without facets there is no mean; a division by zero would spoil derivatives of all else too.
    total = jnp.tensordot(shares, field[facets], 2)
    return jnp.where(length > 0, total / jnp.where(length > 0, length, 1.0), jnp.nan)


def traction_force(
    mesh: Mesh, coordinates: Float[Array, "node d"], part: str, traction: Callable[[Array], Array]
) -> Float[Array, "node d"]:
    """Nodal forces `[node, d]` of a dead traction: `traction(x[d, point, facet])` gives `[d, point, facet]`, MPa.

    In the plane per thickness, N/mm; in space N.
    """
    facets, element = mesh.facets[part], mesh.element.facet
    assert element is not None
    rule = element.rule(4)
    shapes, slopes = jnp.asarray(element.shape(rule.points)), element.gradient(rule.points)
    corners = jnp.moveaxis(coordinates[facets], (0, 1, 2), (2, 1, 0))  # [d, node, facet]
    measure = facet_measure(kernels.jacobian(corners, slopes)) * rule.weights[:, None]
    weighted = traction(jnp.einsum("iaf,ap->ipf", corners, shapes)) * measure
    forces = jnp.einsum("ipf,ap->fai", weighted, shapes)
    return jax.ops.segment_sum(forces.reshape(-1, mesh.dimension), facets.ravel(), num_segments=len(mesh.nodes))


def body_force(mesh: Mesh, coordinates: Float[Array, "node d"], density: Callable[[Array], Array]) -> Float[Array, "node d"]:
    """Nodal forces `[node, d]` of dead forces per volume: `density(x[d, point, cell])` gives its shape, N/mm³.

    In the plane per thickness, N/mm; in space N.
    """
    element, rule = mesh.element, mesh.element.rule(4)
    corners = gather(mesh, coordinates)
    shapes = element.shape(rule.points)
    weights = kernels.geometry(tables(element, rule), corners).weights
    loads = density(jnp.einsum("iac,aq->iqc", corners, shapes)) * weights
    return scatter(mesh, jnp.einsum("iqc,aq->iac", loads, shapes))
