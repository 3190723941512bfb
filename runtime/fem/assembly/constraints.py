"""Nodes that follow others: master–slave elimination for periodic boundaries, with the macroscopic gradient as unknowns.

Where the displacement of a periodic body repeats but for a macroscopic displacement gradient H, two nodes that are a lattice
translation s apart have u' = u + H s. So only one of them is a point of its own, and H stands as two further points, the
*control points*, whose displacements are the columns of H times a length: u' = u + (s₁/length) c₁ + (s₂/length) c₂. What is
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
from numpy.typing import NDArray

CONTROLS = 2
"""Control points, the last ones of a field: one for each column of the gradient."""


@dataclass(frozen=True, eq=False)
class MultiPointConstraints:
    """A linear map from the displacements of points (unknown or prescribed) to those of a mesh's nodes."""

    points: NDArray[np.int32]
    """`[node]`: the point that each node moves with; points are numbered from 0, those of nodes first."""
    arms: NDArray[np.float64]
    """`[node, 2]`: lattice translation from the node that is the point itself to this one, over `length`."""
    length: float
    """mm; of the order of the cell, so that all unknowns are of one magnitude."""

    def __post_init__(self) -> None:
        points, arms = np.array(self.points, dtype=np.int32), np.array(self.arms, dtype=np.float64)
        if points.ndim != 1 or arms.shape != (len(points), CONTROLS):
            raise ValueError(f"constraints need points [node] and arms [node, 2], got {points.shape} and {arms.shape}")
        if not np.array_equal(np.unique(points), np.arange(points.max() + 1)):
            raise ValueError("points must be numbered from 0 without gaps")
        points.setflags(write=False)
        arms.setflags(write=False)
        object.__setattr__(self, "points", points)
        object.__setattr__(self, "arms", arms)

    @cached_property
    def masters(self) -> NDArray[np.int64]:
        """`[point]`: the node that each point is, control points left out."""
        itself = np.flatnonzero((self.arms == 0).all(axis=1))
        masters = np.empty(self.point_count - CONTROLS, dtype=np.int64)
        masters[self.points[itself]] = itself
        return masters

    @property
    def point_count(self) -> int:
        """Points, control points included."""
        return int(self.points.max()) + 1 + CONTROLS

    def nodal(self, field: Array) -> Array:
        """Displacements of the nodes `[node, 2]` for those of the points `[point, 2]`."""
        return field[self.points] + self.arms @ field[-CONTROLS:]

    def conjugate(self, forces: Array) -> Array:
        """Forces on the points `[point, 2]` that do the same work as those on the nodes `[node, 2]`: the transposed map."""
        own = jax.ops.segment_sum(forces, self.points, num_segments=self.point_count - CONTROLS)
        return jnp.concatenate([own, self.arms.T @ forces])

    def gradient(self, field: Array) -> Array:
        """Macroscopic displacement gradient H`[..., 2, 2]` of points' displacements `[..., point, 2]`."""
        return jnp.swapaxes(field[..., -CONTROLS:, :], -1, -2) / self.length

    def mean_stress(self, forces: Array, area: Array | float) -> Array:
        """Mean first Piola–Kirchhoff stress `[..., 2, 2]`, MPa, of points' forces per thickness `[..., point, 2]`, N/mm.

        `area` is that of the whole cell, pores included, mm².
        """
        return jnp.swapaxes(forces[..., -CONTROLS:, :], -1, -2) * (self.length / area)
