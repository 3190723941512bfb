"""Nodes that follow others: master–slave elimination for periodic boundaries, with the macroscopic gradient as unknowns.

Where the displacement of a periodic body repeats but for a macroscopic displacement gradient H, two nodes that are a lattice
translation s apart have u' = u + H s. So only one of them is a point of its own, and H stands as further points, the
*control points*, whose displacements are the columns of H times a length: u' = u + Σ (s_k/length) c_k. What is
conjugate to them is the mean first Piola–Kirchhoff stress (Hill's condition): the force on control point k is
(area/length) P e_k per thickness, so that prescribing a control displacement or leaving it free is mixed control.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float, Int


@dataclass(frozen=True, eq=False)
class MultiPointConstraints:
    """A linear map from the displacements of points (unknown or prescribed) to those of a mesh's nodes."""

    points: np.ndarray
    """`[node]`, int32: the point that each node moves with; points are numbered from 0, those of nodes first."""
    arms: np.ndarray
    """`[node, d]`, float64: lattice translation from the node that is the point itself to this one, over `length`."""
    length: float
    """mm; of the order of the cell, so that all unknowns are of one magnitude."""

    def __post_init__(self) -> None:
        points, arms = np.array(self.points, dtype=np.int32), np.array(self.arms, dtype=np.float64)
        if points.ndim != 1 or arms.ndim != 2 or len(arms) != len(points):
            raise ValueError(f"constraints need points [node] and arms [node, d], got {points.shape} and {arms.shape}")
        if not np.array_equal(np.unique(points), np.arange(points.max() + 1)):
            raise ValueError("points must be numbered from 0 without gaps")
        points.setflags(write=False)
        arms.setflags(write=False)
        object.__setattr__(self, "points", points)
        object.__setattr__(self, "arms", arms)

    def at(self, nodes: np.ndarray) -> MultiPointConstraints:
        """Those between some nodes `[node]`, which are all images of each of them that there are."""
        _, points = np.unique(self.points[nodes], return_inverse=True)
        return MultiPointConstraints(points.astype(np.int32), self.arms[nodes], self.length)

    @property
    def dimension(self) -> int:
        """2 or 3. As many control points, one for each column of the gradient, are the last points of a field."""
        return self.arms.shape[1]

    @property
    def controls(self) -> Int[np.ndarray, " d"]:
        """`[column of the gradient]`: the control points."""
        return np.arange(self.point_count - self.dimension, self.point_count)

    @cached_property
    def masters(self) -> Int[np.ndarray, " point"]:
        """`[point]`: the node that each point is, control points left out."""
        itself = np.flatnonzero((self.arms == 0).all(axis=1))
        masters = np.empty(self.point_count - self.dimension, dtype=np.int64)
        masters[self.points[itself]] = itself
        return masters

    @property
    def point_count(self) -> int:
        """Points, control points included."""
        return int(self.points.max()) + 1 + self.dimension

    def nodal(self, field: Float[Array, "point d"]) -> Float[Array, "node d"]:
        """Displacements of the nodes `[node, d]` for those of the points `[point, d]`."""
        return field[self.points] + self.arms @ field[-self.dimension :]

    def conjugate(self, forces: Float[Array, "node d"]) -> Float[Array, "point d"]:
        """Forces on the points `[point, d]` that do the same work as those on the nodes `[node, d]`: the transposed map."""
        own = jax.ops.segment_sum(forces, self.points, num_segments=self.point_count - self.dimension)
        return jnp.concatenate([own, self.arms.T @ forces])

    def gradient(self, field: Float[Array, "... point d"]) -> Float[Array, "... d d"]:
        """Macroscopic displacement gradient H`[..., d, d]` of points' displacements `[..., point, d]`."""
        return jnp.swapaxes(field[..., -self.dimension :, :], -1, -2) / self.length

    def mean_stress(self, forces: Float[Array, "... point d"], area: Array | float) -> Float[Array, "... d d"]:
        """Mean first Piola–Kirchhoff stress `[..., d, d]`, MPa, of points' forces per thickness `[..., point, d]`, N/mm.

        `area` is that of the whole cell, pores included, mm².
        """
        return jnp.swapaxes(forces[..., -self.dimension :, :], -1, -2) * (self.length / area)
