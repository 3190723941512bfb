"""Nodes that do not move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.dimensions import PLANE
from metac.stdlib.supports.named_part import named_part

if TYPE_CHECKING:
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.compiler.interfaces.support import PointSupport, Support
    from metac.runtime.mesh.mesh import Mesh

COMPONENTS = {"x": (0,), "y": (1,), "both": (0, 1)}
NOTHING_THERE = "M0601"
NEAR = 1e-6
"""How far, over the size of the domain, a node may be from the point that is meant."""


class NoSuchNode(Exception):
    """No node is at a point; `nearest` is, in mm."""

    def __init__(self, at: Sequence[float], nearest: NDArray[np.float64]) -> None:
        place, other = (f"({x:.6g}, {y:.6g}) mm" for x, y in (at, nearest))
        super().__init__(f"no node is at {place}; the nearest is at {other}")


def node_at(mesh: Mesh, at: Sequence[float]) -> int:
    """The node at a point, mm.

    Raises:
        NoSuchNode: where there is none.
    """
    apart = np.linalg.norm(mesh.nodes - np.asarray(at), axis=1)
    nearest = int(np.argmin(apart))
    if apart[nearest] > NEAR * max(mesh.domain.width, mesh.domain.height):
        raise NoSuchNode(at, mesh.nodes[nearest])
    return nearest


@dataclass(frozen=True, kw_only=True)
class HeldEdge:
    """All nodes of an edge."""

    edge: str
    along: str

    def degrees(self, mesh: Mesh) -> NDArray[np.int64]:
        """Degrees of freedom `dimension · node + component` that are held."""
        nodes = mesh.nodes_on(self.edge).astype(np.int64)
        if not len(nodes):
            raise FieldError("edge", f"the body has nothing at its {self.edge} edge", code=NOTHING_THERE, of=self)
        return np.concatenate([PLANE * nodes + component for component in COMPONENTS[self.along]])

    def clamped(self, mesh: Mesh) -> NDArray[np.int64]:
        """Nodes of a frame that cannot turn: those of an edge that does not move across itself, as a plane of symmetry."""
        across = 0 if self.edge in ("left", "right") else 1
        held = across in COMPONENTS[self.along]
        return mesh.nodes_on(self.edge).astype(np.int64) if held else np.zeros(0, np.int64)


@dataclass(frozen=True, kw_only=True)
class HeldGroup:
    """All nodes of a part of a mesh that its file has named."""

    group: str
    along: str

    def degrees(self, mesh: Mesh) -> NDArray[np.int64]:
        """Degrees of freedom that are held; `FieldError` M0567 on `group` where the mesh has no part of that name."""
        nodes = np.unique(named_part(mesh, self.group, self)).astype(np.int64)
        return np.concatenate([PLANE * nodes + component for component in COMPONENTS[self.along]])

    def clamped(self, mesh: Mesh) -> NDArray[np.int64]:
        """No nodes of a frame: frames have no named parts."""
        return np.zeros(0, np.int64)


class HeldPoint:
    """The node at a point, mm from the lower left corner."""

    def __init__(self, *, at: Sequence[float], along: str, built: Sequence[float] | None = None) -> None:
        self.at, self.along = built or self.build(at), along

    @staticmethod
    def build(at: Sequence[float]) -> tuple[float, ...]:
        """The point, which decides about the matrix; FieldError where it has not two coordinates."""
        if len(at) != PLANE:
            raise FieldError("at", f"a point has two coordinates, found {len(at)}", help="write `[10 mm, 0 mm]`")
        return tuple(float(x) for x in at)

    @property
    def places(self) -> tuple[Sequence[float], ...]:
        """The points that are meant, mm."""
        return (self.at,)

    def degrees(self, mesh: Mesh) -> NDArray[np.int64]:
        """Degrees of freedom that are held; raises NoSuchNode where there is no node."""
        node = node_at(mesh, self.at)
        return np.array([PLANE * node + component for component in COMPONENTS[self.along]])

    def clamped(self, mesh: Mesh) -> NDArray[np.int64]:
        """No nodes of a frame: a point is a hinge or a roller."""
        return np.zeros(0, np.int64)


if TYPE_CHECKING:
    Satisfies[Support](HeldEdge, HeldGroup)
    Satisfies[PointSupport](HeldPoint)
