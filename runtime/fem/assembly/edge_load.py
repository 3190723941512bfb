"""Nodal forces of what is spread over a part of a plane boundary, by quadrature along its edges."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float, Int

from metac.runtime.dimensions import PLANE
from metac.runtime.fem.elements.quadrature import interval
from metac.runtime.fem.elements.traced_line import shape
from metac.runtime.mesh.mesh import Mesh

POINTS = 3
"""Of Gauss's rule: exact for pressure on quadratic edges, a polynomial of degree 3, or 5 where a vector is quadratic too."""


@dataclass(frozen=True, eq=False)
class EdgePart:
    """Facets `[facet, 2 or 3]` (first, last, middle) with the body on their left.

    Where `span` is given, only what lies between two values of the coordinate `axis` of the unloaded body, mm, counts.
    """

    mesh: Mesh
    facets: Int[np.ndarray, "facet local"]
    axis: int = 0
    span: tuple[float, float] | None = None

    def uniform(self, coordinates: Float[Array, "node 2"], traction: Float[Array, " 2"]) -> Float[Array, "node 2"]:
        """Nodal forces `[node, 2]`, N/mm, of a `traction`, MPa, per length of the edge at `coordinates`, mm."""
        at, weights = self._rule(coordinates)
        lengths = jnp.linalg.norm(self._tangent(coordinates, at), axis=-1) * weights
        shares = jnp.einsum("apf,pf->fa", shape(self.mesh.order, at), lengths)
        return self._sum(shares[..., None] * traction)

    def length(self, coordinates: Float[Array, "node 2"]) -> Float[Array, ""]:
        """mm."""
        at, weights = self._rule(coordinates)
        return jnp.sum(jnp.linalg.norm(self._tangent(coordinates, at), axis=-1) * weights)

    def pressed(self, coordinates: Float[Array, "node 2"], positions: Float[Array, "node 2"]) -> Float[Array, "node 2"]:
        """Nodal forces `[node, 2]`, N/mm, of a unit pressure against the edge at `positions`, mm.

        Those of the unloaded body, `coordinates`, say which part of it is meant.
        """
        at, weights = self._rule(coordinates)
        tangent = self._tangent(positions, at) * weights[..., None]
        inward = jnp.stack([-tangent[..., 1], tangent[..., 0]], axis=-1)
        return self._sum(jnp.einsum("apf,pfi->fai", shape(self.mesh.order, at), inward))

    def _rule(self, coordinates: Float[Array, "node 2"]) -> tuple[Float[Array, "point facet"], Float[Array, "point facet"]]:
        """Places between 0 and 1 on each facet, and their weights, which sum to the part of it that counts."""
        rule, count = interval(POINTS), len(self.facets)
        if self.span is None:
            at, weights = (jnp.broadcast_to(each[:, None], (POINTS, count)) for each in (rule.points, rule.weights))
            return at, weights
        first, last = coordinates[self.facets[:, 0], self.axis], coordinates[self.facets[:, 1], self.axis]
        ends = (jnp.clip((end - first) / (last - first), 0.0, 1.0) for end in self.span)
        start, stop = jnp.sort(jnp.stack(list(ends)), axis=0)
        at = start + (stop - start) * rule.points[:, None]
        return at, rule.weights[:, None] * (stop - start)

    def _tangent(self, positions: Float[Array, "node 2"], at: Float[Array, "point facet"]) -> Float[Array, "point facet 2"]:
        """dx/dξ, mm."""
        nodes = positions[self.facets]
        along = nodes[:, 1] - nodes[:, 0]
        if self.mesh.order == 1:
            return jnp.broadcast_to(along, (*at.shape, PLANE))
        bulge = nodes[:, 0] + nodes[:, 1] - 2 * nodes[:, 2]
        return along + 2 * bulge * (2 * at - 1)[..., None]

    def _sum(self, forces: Float[Array, "facet local 2"]) -> Float[Array, "node 2"]:
        """Sums at the nodes of the mesh."""
        rows = forces.reshape(-1, forces.shape[-1])
        return jax.ops.segment_sum(rows, self.facets.ravel(), num_segments=len(self.mesh.nodes))
