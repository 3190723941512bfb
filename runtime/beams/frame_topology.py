"""Topology of any plane frame: its degrees of freedom, its sparsity and its solver; made once for each topology."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse
from jax import Array
from jaxtyping import Bool, Float, Int
from numpy.typing import NDArray

from metac.runtime.beams.beam_element import NODE_FREEDOMS
from metac.runtime.beams.floating_pieces import pins
from metac.runtime.linear_solvers.interface import SymmetricSparsity, Vector
from metac.runtime.linear_solvers.sparse_solve import host_solver
from metac.runtime.linear_solvers.verified import VerifiedAnalysis

PAIRS = 2 * NODE_FREEDOMS
"""Degrees of freedom of a beam."""


@dataclass(frozen=True, eq=False)
class FrameTopology:
    """Which nodes candidate beams join, and which degrees of freedom are prescribed; made once for each topology."""

    edges: Int[np.ndarray, "edge 2"]
    """`[edge, 2]`: first and second node."""
    prescribed: Bool[np.ndarray, "node 3"]
    """`[node, 3]`."""
    crossings: Int[np.ndarray, "edge 2"] | None = None
    """`[edge, 2]`, in a periodic frame: by how many periods, along its two vectors, the second end lies beyond its node."""
    directions: Float[np.ndarray, "node 2 2"] | None = None
    """`[node, component, axis]`: unit vectors that the first two degrees of freedom are along; None: x and y."""

    @cached_property
    def unknowns(self) -> Int[np.ndarray, " unknown"]:
        """Free degrees of freedom, numbered `3 node + component`, ascending."""
        return np.flatnonzero(~self.prescribed.ravel())

    @cached_property
    def degrees(self) -> Int[np.ndarray, "edge 6"]:
        """`[edge, 6]`: degrees of freedom of each beam, those of its first node first."""
        return (NODE_FREEDOMS * self.edges[:, :, None] + np.arange(NODE_FREEDOMS)).reshape(-1, PAIRS)

    @cached_property
    def _entries(self) -> tuple[SymmetricSparsity, scipy.sparse.csr_matrix]:
        """The sparsity pattern, and the sums `[entry, 36 edge + 6 i + j]` that give its values."""
        numbers = np.full(self.prescribed.size, -1)
        numbers[self.unknowns] = np.arange(len(self.unknowns))
        local = numbers[self.degrees]
        row, column = np.broadcast_arrays(local[:, :, None], local[:, None, :])
        upper = np.flatnonzero((row >= 0) & (row <= column))
        size = len(self.unknowns)
        diagonal = np.arange(size) * (size + 1)
        # The diagonal is there also where no candidate beam ends.
        keys, entry = np.unique(
            np.concatenate([column.ravel()[upper] * size + row.ravel()[upper], diagonal]), return_inverse=True
        )
        entry = entry[: len(upper)]
        sums = scipy.sparse.csr_matrix((np.ones(len(upper)), (entry, upper)), shape=(len(keys), row.size))
        indptr = np.searchsorted(keys, np.arange(size + 1) * size).astype(np.int32)
        return SymmetricSparsity(size, indptr, (keys % size).astype(np.int32)), sums

    @cached_property
    def analysis(self) -> VerifiedAnalysis:
        """Solves with matrices of this frame."""
        return VerifiedAnalysis(self._entries[0])

    def values(self, packed: Float[np.ndarray, "edge 36"]) -> Vector:
        """The matrix for stiffnesses `[edge, 36]`; pieces that can move freely are pinned (see `floating_pieces`)."""
        sparsity, sums = self._entries
        values = sums @ packed.ravel()
        # A beam that is there has a stiffness along x, along y or both.
        present = (packed[:, 0] != 0) | (packed[:, PAIRS + 1] != 0)
        if self._clamped:
            held = np.repeat(self._loose(present), NODE_FREEDOMS)
        else:
            held = pins(self.edges, self.crossings, present, self.prescribed, self.directions).ravel()
        which = held[self.unknowns]
        if which.any():
            values[sparsity.diagonal[which]] += self._pin_stiffness(packed)[self.unknowns[which] % NODE_FREEDOMS]
        return values

    @cached_property
    def _clamped(self) -> bool:
        """Whether every node that is prescribed is so in all its degrees of freedom: a piece is held or it is not."""
        some = self.prescribed.any(axis=1)
        return self.crossings is None and bool((self.prescribed.all(axis=1) == some).all()) and bool(some.any())

    @staticmethod
    def _pin_stiffness(packed: NDArray[np.float64]) -> Float[np.ndarray, " 3"]:
        """`[3]`: largest stiffnesses against moving along x and y and against turning; 1 where there is no beam."""
        largest = packed.reshape(-1, PAIRS, PAIRS).max(axis=0, initial=0.0).diagonal()[:NODE_FREEDOMS]
        along = float(largest[: NODE_FREEDOMS - 1].max())
        found = np.array([along, along, float(largest[-1])])
        return np.where(found > 0, found, 1.0)

    @cached_property
    def _around(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """`[node, slot]`: candidate edges at a node, and the nodes at their other ends; -1 and itself where it has fewer."""
        count = len(self.prescribed)
        ends = np.concatenate([self.edges, self.edges[:, ::-1]])
        order = np.argsort(ends[:, 0], kind="stable")
        here, there = ends[order].T
        slot = np.arange(len(here)) - np.searchsorted(here, here)
        edges = np.full((count, int(slot.max(initial=0)) + 1), -1)
        nodes = np.broadcast_to(np.arange(count)[:, None], edges.shape).copy()
        edges[here, slot], nodes[here, slot] = order % len(self.edges), there
        return edges, nodes

    def _loose(self, present: NDArray[np.bool_]) -> Bool[np.ndarray, " node"]:
        """`[node]`: nodes of pieces of which no node is prescribed. SciPy's search costs more than a small factorisation."""
        edges, nodes = self._around
        joined = np.append(present, False)[edges]
        reached, before = np.asarray(self.prescribed.any(axis=1)), -1
        while (count := np.count_nonzero(reached)) != before:
            before = count
            reached = reached | np.asarray((reached[nodes] & joined).any(axis=1))
        return ~reached

    @cached_property
    def solve(self) -> Callable[[Array, Array], tuple[Array, Array]]:
        """See `host_solver`."""
        content = hashlib.sha256(
            np.array(self.prescribed.shape).tobytes()
            + self.prescribed.tobytes()
            + self.edges.tobytes()
            + (b"" if self.crossings is None else self.crossings.tobytes())
            + (b"" if self.directions is None else self.directions.tobytes())
        )
        return host_solver(f"frame {content.hexdigest()}", self.analysis, self.values)
