"""Nodes with axes of their own: what slides along an inclined line is held along one of them, and free along the other.

The displacement of such a point is (p₀, p₁), u = p₀ n + p₁ t with the unit normal n of the line and t = (−n_y, n_x) along
it; p₀ is prescribed like any other degree of freedom. The map is orthogonal, so forces transform as displacements do, and a
stiffness becomes Rᵀ K R, block by block, with the sparsity that it had (Zienkiewicz, Taylor and Zhu, The Finite Element
Method, 7th ed., section 1.10). It is exact at small and at large displacements, as the line stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float, Int

from metac.runtime.dimensions import PLANE


@dataclass(frozen=True)
class NodalAxes:
    """Compared by content, as problems are found again by it."""

    nodes: tuple[int, ...]
    """Ascending."""
    normals: tuple[tuple[float, float], ...]
    """The first axis of each, a unit vector; the second one is turned by a right angle from it."""

    @cached_property
    def rotations(self) -> Float[np.ndarray, "inclined 2 2"]:
        """`[inclined, component, own component]`: u_i = R_ij p_j."""
        x, y = np.array(self.normals).T
        return np.stack([np.stack([x, -y], axis=-1), np.stack([y, x], axis=-1)], axis=1)

    @cached_property
    def _index(self) -> Int[np.ndarray, " inclined"]:
        return np.array(self.nodes, dtype=np.int64)

    def common(self, field: Float[Array, "point d ..."]) -> Float[Array, "point d ..."]:
        """Along x and y, of a field of displacements or forces along the points' own axes."""
        return field.at[self._index].set(jnp.einsum("nij,nj...->ni...", self.rotations, field[self._index]))

    def own(self, field: Float[Array, "point d ..."]) -> Float[Array, "point d ..."]:
        """Along the points' own axes, of a field along x and y: the inverse of `common`."""
        return field.at[self._index].set(jnp.einsum("nij,ni...->nj...", self.rotations, field[self._index]))

    def directions(self, count: int) -> Float[np.ndarray, "node 2 2"]:
        """`[node, own component, component]` of `count` nodes: unit vectors, of all others along x and y."""
        found = np.tile(np.eye(PLANE), (count, 1, 1))
        found[self._index] = np.swapaxes(self.rotations, 1, 2)
        return found

    def own_matrices(
        self, matrices: Float[Array, "element local local"], points: Int[np.ndarray, "element point"]
    ) -> Float[Array, "element local local"]:
        """Symmetric matrices of elements in the own axes of their `points`, degrees of freedom component by component."""
        chosen = np.flatnonzero(np.isin(points, self._index).any(axis=1))
        if not len(chosen):
            return matrices
        turns = self._turns(points[chosen])
        return matrices.at[chosen].set(jnp.einsum("eki,ekl,elj->eij", turns, matrices[chosen], turns))

    def _turns(self, points: Int[np.ndarray, "element point"]) -> Float[np.ndarray, "element local local"]:
        """`[element, local, own local]`, the degrees of freedom `component · points + point`."""
        count = points.shape[1]
        blocks = np.tile(np.eye(PLANE), (*points.shape, 1, 1))
        own = np.isin(points, self._index)
        blocks[own] = self.rotations[np.searchsorted(self._index, points[own])]
        turns = np.zeros((len(points), PLANE, count, PLANE, count))
        every = np.arange(count)
        turns[:, :, every, :, every] = np.moveaxis(blocks, 1, 0)
        return turns.reshape(len(points), PLANE * count, PLANE * count)

    def own_entries(
        self, entries: Float[Array, "pair cell"], cells: Int[np.ndarray, "cell node"], pairs: tuple[np.ndarray, np.ndarray]
    ) -> Float[Array, "pair cell"]:
        """Packed upper triangles of element matrices, their rows and columns in `pairs`, in the own axes of their nodes."""
        chosen = np.flatnonzero(np.isin(cells, self._index).any(axis=1))
        if not len(chosen):
            return entries
        size, (rows, columns) = PLANE * cells.shape[1], pairs
        packed = entries[:, chosen].T
        whole = jnp.zeros((len(chosen), size, size)).at[:, rows, columns].set(packed).at[:, columns, rows].set(packed)
        turned = self.own_matrices(whole, cells[chosen])
        return entries.at[:, chosen].set(turned[:, rows, columns].T)
