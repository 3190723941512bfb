"""Targets of topology optimisation in gaps of the properties of a data base: far from all its cells, and within bounds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from metac.runtime.datasets.cells.cell_bounds import ratios_to_bounds
from metac.runtime.datasets.cells.design_space import CellDesignSpace
from metac.runtime.datasets.cells.topology_seeds import Targets

Array = NDArray[np.float64]

DRAWN = 8
"""Targets drawn for each that is taken: the one in the emptiest region."""
COUPLING = (-0.95, 0.95)
"""C12 over the mean of C11 and C22."""


def targets_in_gaps(space: CellDesignSpace, known: Array, count: int, random: np.random.Generator) -> Targets:
    """`count` targets, none above a bound, each as far from `known[cell, 4]` (MPa) as any of some that were drawn at random.

    Seeds that are drawn evenly hardly reach cells with a negative C12, or stiff along one axis alone.
    """
    stiffness, volume = _admissible(space, count * DRAWN, random)
    distance, _ = KDTree(known / space.scale).query(stiffness)
    emptiest = np.argmax(distance.reshape(count, DRAWN), axis=1) + DRAWN * np.arange(count)
    return Targets(stiffness[emptiest], volume[emptiest])


def _admissible(space: CellDesignSpace, count: int, random: np.random.Generator) -> tuple[Array, Array]:
    """`[target, 4]` in units of the scale, and shares of solid, even in the box of the phases' mean but for the bounds."""
    found: list[tuple[Array, Array]] = []
    while sum(len(volume) for _, volume in found) < count:
        volume = random.uniform(space.least, space.most, 4 * count)
        first, second, shear = random.uniform(0, 1, (3, 4 * count)) * volume
        coupling = random.uniform(*COUPLING, 4 * count) * np.sqrt(first * second)
        stiffness = np.stack([first, coupling, second, shear], axis=-1)
        within = (ratios_to_bounds(space, stiffness * space.scale, volume) <= 1).all(axis=1)
        found.append((stiffness[within], volume[within]))
    stiffness, volume = (np.concatenate(parts)[:count] for parts in zip(*found, strict=True))
    return stiffness, volume
