"""The nodes of a frame, as what holds it, acts on it and reads it finds them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metac.runtime.beams.network_geometry import NodeLayout
from metac.runtime.geometry.rectangle import Rectangle


@dataclass(frozen=True, eq=False)
class FrameNodes:
    """Where the nodes of a frame stand before a generator has moved them."""

    nodes: NDArray[np.float64]
    """`[node, 2]`, mm."""
    grid: NodeLayout

    @property
    def domain(self) -> Rectangle:
        """The rectangle of the outer nodes, mm."""
        (x0, y0), (x1, y1) = self.nodes.min(axis=0), self.nodes.max(axis=0)
        return Rectangle(float(x0), float(y0), float(x1), float(y1))

    def nodes_on(self, edge: str) -> NDArray[np.int64]:
        """Nodes of an edge."""
        (left, right), (bottom, top) = self.grid.sides(0), self.grid.sides(1)
        return {"left": left, "right": right, "bottom": bottom, "top": top}[edge]
