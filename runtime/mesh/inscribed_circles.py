"""Pores: the largest circle that fits into each, by the circles that touch its rim.

Of a polygon it is sought among those that touch an edge of an element in its middle and grow along the normal n until they
meet a corner at d, at the radius |d|² / (2 n · d) (Ma, Bae and Choi, The Visual Computer 28, 2012, 7–19), or another edge
with the normal m, at (d · m) / (n · m − 1). It follows the nodes, with derivatives; edges of elements are short, so that
their middles are near enough.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from metac.runtime.fem.assembly.constraints import MultiPointConstraints
from metac.runtime.mesh.ligaments import RimOutlines, outlines
from metac.runtime.mesh.mesh import Mesh

LEAST = 3
"""Nodes of a closed curve."""
FLAT = 1e-9
"""1 − n · m of edges that a circle touches on one line."""
SAME = 1e-9
"""How far apart, over the size of the domain, places may be that are one."""


def smallest_inscribed_diameter(
    mesh: Mesh, constraints: MultiPointConstraints | None, coordinates: Float[Array, "node 2"]
) -> Float[Array, ""]:
    """The diameter of the largest circle in the pore that holds the smallest one, mm; infinite where no pore is whole."""
    rim = outlines(mesh, constraints)
    loops = whole_pores(rim, mesh)
    if not loops:
        return jnp.asarray(jnp.inf)
    places = coordinates[rim.nodes] + rim.shifts
    return jnp.stack([_diameter(places[loop]) for loop in loops]).min()


def whole_pores(rim: RimOutlines, mesh: Mesh) -> list[np.ndarray]:
    """Places of each pore that no edge of the sheet cuts, one after the other, the solid on their left."""
    # Where the edge of a period cuts a pore, a node and its image are one place.
    at = np.round((mesh.nodes[rim.nodes] + rim.shifts) / (SAME * mesh.domain.diagonal)).astype(np.int64)
    _, first, number = np.unique(at, axis=0, return_index=True, return_inverse=True)
    one = first[number.ravel()]
    after = dict(one[rim.segments].tolist())
    loops = []
    for pore in np.flatnonzero(rim.is_pore & ~rim.touching[:, ~rim.is_pore].any(axis=1)):
        own = np.unique(one[rim.outline == pore])
        loop = [int(own[0])]
        while len(loop) <= len(own) and (following := after.get(loop[-1], loop[0])) != loop[0]:
            loop.append(following)
        if len(loop) == len(own) >= LEAST:
            loops.append(np.array(loop))
    return loops


def _diameter(loop: Float[Array, "place 2"]) -> Float[Array, ""]:
    """Of the largest circle in a polygon, the solid on its left, that touches one of its edges in the middle."""
    along = jnp.roll(loop, -1, axis=0) - loop
    length = jnp.linalg.norm(along, axis=1, keepdims=True)
    normals = jnp.stack([along[:, 1], -along[:, 0]], axis=1) / length

    def radius(at: Array, into: Array) -> Array:
        apart = loop - at
        ahead, back = apart @ into, -jnp.sum(apart * normals, axis=1)
        corners = _where(ahead > 0, jnp.sum(apart**2, axis=1), 2 * ahead)
        facing = 1 - normals @ into
        edges = _where((back > 0) & (facing > FLAT), back, facing)
        touched = at + jnp.where(jnp.isfinite(edges), edges, 0.0)[:, None] * (into - normals) - loop
        share = jnp.sum(touched * along, axis=1) / length[:, 0] ** 2
        return jnp.minimum(corners.min(), jnp.where((share >= 0) & (share <= 1), edges, jnp.inf).min())

    radii = jax.vmap(radius)(loop + along / 2, normals)
    return 2 * jnp.where(jnp.isfinite(radii), radii, -jnp.inf).max()


def _where(is_met: Array, part: Array, whole: Array) -> Array:
    """The quotient where a circle meets something, infinite elsewhere."""
    return jnp.where(is_met, part / jnp.where(is_met, whole, 1.0), jnp.inf)
