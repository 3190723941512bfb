"""What a file of a network holds, whatever its form."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from metac.runtime.dimensions import PLANE
from metac.runtime.springs.network import Connections


@dataclass(frozen=True)
class ReadNetwork:
    """What a file holds."""

    positions: NDArray[np.float64]
    """`[node, 2]`."""
    connections: Connections
    factors: NDArray[np.float64]
    """`[bond]`: stiffness times length."""
    angle_stiffness: float | None = None
    """Of every pair of bonds at a node, as the file says; None where it says nothing of angles."""


def nearest_images(positions: NDArray[np.float64], box: NDArray[np.float64], bonds: NDArray[np.int64]) -> NDArray[np.int64]:
    """`[bond, 2]`: periods that bring second nodes nearest to first ones; zero where a node does not exist."""
    valid = ((bonds >= 0) & (bonds < len(positions))).all(axis=1)
    apart = np.zeros((len(bonds), PLANE))
    apart[valid] = (positions[bonds[valid, 1]] - positions[bonds[valid, 0]]) / box
    # What is no number is refused where the network is checked.
    return -np.round(np.nan_to_num(apart)).astype(np.int64)


def bond_lengths(positions: NDArray[np.float64], connections: Connections) -> NDArray[np.float64]:
    """`[bond]`; NaN for bonds between nodes that do not exist."""
    bonds, lengths = connections.bonds, np.full(len(connections.bonds), np.nan)
    valid = ((bonds >= 0) & (bonds < len(positions))).all(axis=1)
    known = replace(connections, bonds=bonds[valid], images=connections.images[valid])
    lengths[valid] = np.hypot(*known.vectors(positions).T)
    return lengths
