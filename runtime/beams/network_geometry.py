"""What generators of networks make and frames take."""

from __future__ import annotations

from dataclasses import dataclass

from jax import Array

from metac.runtime.beams.node_grid import NodeGrid


@dataclass(frozen=True)
class NetworkGeometry:
    """Beams on the nodes of a grid."""

    grid: NodeGrid
    positions: Array
    """`[node, 2]`, mm; opposite sides are images of each other where the network is to be repeated."""
    widths: Array
    """`[edge]`: shares of the body's width; 0 for candidates that are not there."""
    spacing: Array | float | None = None
    """Of the grid, mm, before nodes are moved: supports and forces find nodes there; None: at `positions`."""
