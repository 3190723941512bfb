"""Loads on frames as input files of other programs take them: displacements and forces at nodes, of concrete values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from metac.runtime.beams.beam_element import NODE_FREEDOMS
from metac.runtime.beams.grid_grips import CLAMPED_SIDES, gripped_nodes, gripped_topology

if TYPE_CHECKING:
    from metac.runtime.report.frame_input import AppliedLoad


def gripped_load(name: str, body: Any, axis: int, moved: int, strain: Any, clamped: int = CLAMPED_SIDES) -> AppliedLoad:
    """What grips prescribe, as in `runtime/beams/grid_grips.py`; the moving one goes by strain × length, mm."""
    from metac.runtime.report.frame_input import AppliedLoad

    prescribed = np.where(gripped_topology(body.grid, axis, clamped).prescribed, 0.0, np.nan)
    prescribed[gripped_nodes(body.grid, axis)[1], moved] = float(strain) * float(body.extent[axis])
    return AppliedLoad(name, prescribed, np.zeros((body.grid.node_count, NODE_FREEDOMS)))
