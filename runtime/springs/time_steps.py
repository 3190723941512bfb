"""How time is cut in the dynamics of networks; without JAX, since fields are checked by it."""

from __future__ import annotations

import math

STEP = 0.046
"""Time step over √mass: turns the fastest mode of jammed networks with K = 1/l by 0.15 radian."""
PERIOD = 1.95
"""Period of that mode over √mass."""


def substeps_between(between: float, mass: float) -> int:
    """Time steps from snapshot to snapshot, short for networks with K = 1/l: the status says whether they were."""
    return max(1, math.ceil(between / (STEP * math.sqrt(mass))))
