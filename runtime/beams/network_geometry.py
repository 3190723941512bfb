"""What generators of networks make and frames take."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from metac.runtime.beams.node_grid import NodeGrid
from metac.runtime.beams.strut_net import StrutNet
from metac.runtime.late_jax import Array

NodeLayout = NodeGrid | StrutNet
"""Where nodes stand before they are moved, and which beams there may be; hashable."""


@dataclass(frozen=True)
class NetworkGeometry:
    """Beams on the nodes of a grid, or of any other layout."""

    grid: NodeLayout
    positions: Float[Array, "node 2"]
    """`[node, 2]`, mm; opposite sides are images of each other where the network is to be repeated."""
    widths: Float[Array, " edge"]
    """`[edge]`: shares of the body's width, or of their own; 0 for candidates that are not there."""
    spacing: Array | float | None = None
    """Of the grid (of other layouts: what is 1 there), mm, before nodes are moved: there supports and forces find nodes;
    None: at `positions`."""
    own_widths: NDArray[np.float64] | None = None
    """`[edge]`, mm: of beams that have a width of their own, NaN for others; None: no beam has."""
