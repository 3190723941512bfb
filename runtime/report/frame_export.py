"""Frames as files: drawings (DXF, SVG), a solid (STL), tables (CSV); mm. The input file is `frame_input.py`.

Nodes and beams are numbered from 1 in every file, in the order of the run's arrays (which count from 0).
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from metac.runtime.beams.crossing_beams import meetings
from metac.runtime.report.drawing_difference import DrawingDifference
from metac.runtime.report.outline_export import clean_outline, outline_files

QUARTER = 8
"""Edges of a quarter of a round end."""


@dataclass(frozen=True, eq=False)
class DrawnFrame:
    """Beams of rectangular section, those that are there."""

    nodes: NDArray[np.float64]
    """`[node, 2]`, mm."""
    edges: NDArray[np.int64]
    """`[beam, 2]`."""
    widths: NDArray[np.float64]
    """`[beam]`, in the plane, mm."""
    depth: float
    """Normal to the plane, mm."""
    young: float
    """MPa."""
    poisson: float
    shear: bool
    """Timoshenko's theory, not Euler and Bernoulli's."""

    def outline(self) -> shapely.MultiPolygon:
        """What is to be cut or printed: the union of the beams, with round ends that close the joints.

        See `outline_export.py: clean_outline`.

        Raises:
            NoOutline: where the boundary touches itself whatever is tried.
        """
        return bars_outline(self.nodes[self.edges], self.widths)

    def files(self) -> dict[str, bytes]:
        """Contents by the end of the name."""
        nodes, beams = np.arange(1, len(self.nodes) + 1), np.arange(1, len(self.edges) + 1)
        return {
            **outline_files(self.outline(), self.depth),
            "-nodes.csv": _csv("node,x_mm,y_mm", nodes, *self.nodes.T),
            "-beams.csv": _csv("beam,first_node,second_node,width_mm", beams, *(self.edges + 1).T, self.widths),
        }

    def difference(self) -> DrawingDifference:
        """What distinguishes the drawing from the model: beams that cross, or pass over a node, are one piece in it."""
        met = meetings(self.nodes, self.edges)
        places = np.concatenate([met.places, self.nodes[np.unique(met.touched[:, 1])]])
        beams = shapely.buffer(np.asarray(shapely.linestrings(self.nodes[self.edges])), self.widths / 2, cap_style="flat")
        counted = float(np.sum(shapely.area(beams)))
        overlap = 1 - float(shapely.union_all(beams).area) / counted if counted else 0.0
        return DrawingDifference(tuple((float(x), float(y)) for x, y in places), overlap)


def _csv(heading: str, *columns: NDArray[Any]) -> bytes:
    file = BytesIO()
    np.savetxt(file, np.stack([np.asarray(column, float) for column in columns], axis=1), fmt="%.12g", delimiter=",")
    return f"{heading}\n".encode() + file.getvalue()


def bars_outline(ends: NDArray[np.float64], widths: NDArray[np.float64]) -> shapely.MultiPolygon:
    """The union of bars between `ends[bar, 2, 2]` with their widths `[bar]`, mm, with round ends.

    Raises:
        NoOutline: where the boundary touches itself whatever is tried.
    """
    lines = shapely.linestrings(ends)
    return clean_outline(shapely.union_all(shapely.buffer(lines, widths / 2, quad_segs=QUARTER)))
