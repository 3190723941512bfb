"""Properties of many networks at once: what `tension_cases` measures, for data sets.

Designs are rows of 0 and 1, one number for each candidate edge of a cell, in the order of `NodeGrid.edges`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jaxtyping import Bool, Float, Shaped, UInt8

from metac.runtime.beams.beam_element import BeamMaterial, beams_between
from metac.runtime.beams.grid_grips import WIDEST, lateral_strain, solve_batched_between_grips, solve_between_grips
from metac.runtime.beams.node_grid import NodeGrid
from metac.runtime.beams.property_names import PROPERTY_NAMES
from metac.runtime.fem.status import LINEAR_TOLERANCE

DESIGNS_PER_GROUP = 64
"""Designs worked out side by side: what they need stays in a core's cache."""
GROUPS_PER_CALL = 16
"""Such groups, or single designs of large tilings, in one call."""


@dataclass(frozen=True)
class NetworkFamily:
    """Networks of one sort: a cell's nodes, and beams that are all as wide."""

    grid: NodeGrid
    spacing: float
    """Of the nodes, mm."""
    width: float
    """Of the beams, in the plane, mm."""
    material: BeamMaterial
    """Plain numbers."""

    def describe(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


def effective_properties(
    networks: NetworkFamily, grid: NodeGrid, widths: Float[Array, "edge ..."]
) -> Float[Array, "value ..."]:
    """`[value, …]`: E11, E22 (MPa), ν12, ν21 and the largest relative residual of both solves; linear, for any strain.

    `widths[edge, …]` in mm are those of `grid`, a tiling of the cell: many designs along a further axis, or one without it.
    """
    places = jnp.asarray(grid.positions(networks.spacing))
    beam = beams_between(grid.edges, places.reshape(*places.shape, *(1,) * (widths.ndim - 1)), widths, networks.material)
    extent = (networks.spacing * (grid.columns - 1), networks.spacing * (grid.rows - 1))
    moduli, ratios, residuals = [], [], []
    for axis in (0, 1):
        along, across = extent[axis], extent[1 - axis]
        found = (solve_batched_between_grips if widths.ndim > 1 else solve_between_grips)(grid, beam, axis)
        moduli.append(found.force * along / (across * networks.material.depth))
        ratios.append(-lateral_strain(grid, found.displacement, axis, across) * along)
        residuals.append(found.residual)
    return jnp.stack([*moduli, *ratios, jnp.maximum(*residuals)])


def properties_of_designs(
    networks: NetworkFamily, tiles: tuple[int, int], designs: UInt8[np.ndarray, "design edge"]
) -> tuple[Float[np.ndarray, "design label"], Bool[np.ndarray, " design"]]:
    """Labels `[design, label]` (see `PROPERTY_NAMES`) of tilings of cells, and `[design]`, whether they were found.

    They were not where a number is not finite or a recomputed residual exceeds `LINEAR_TOLERANCE`.
    """
    count, grid = len(designs), networks.grid.tiled(*tiles)
    together = DESIGNS_PER_GROUP if max(grid.columns, grid.rows) <= WIDEST else 1
    step = GROUPS_PER_CALL * together
    found = np.empty((count, len(PROPERTY_NAMES) + 1))
    for start in range(0, count, step):
        some = designs[start : start + step]
        # Programs are compiled for full groups: the last one is filled up with its first design.
        filled = np.concatenate([some, np.repeat(some[:1], step - len(some), axis=0)])
        values = np.asarray(_properties(networks, tiles, filled.reshape(GROUPS_PER_CALL, together, -1)))
        found[start : start + len(some)] = values.reshape(step, -1)[: len(some)]
    fine = np.isfinite(found).all(axis=1) & (found[:, -1] <= LINEAR_TOLERANCE)
    return found[:, :-1], fine


@partial(jax.jit, static_argnames=("networks", "tiles"))
def _properties(
    networks: NetworkFamily, tiles: tuple[int, int], designs: Shaped[Array, "group design edge"]
) -> Float[Array, "group design value"]:
    """`[group, design, value]` of designs `[group, design, edge]`."""
    grid = networks.grid.tiled(*tiles)
    alone = designs.shape[1] == 1

    def group(designs: Array) -> Array:
        shares = designs[0] if alone else designs.T
        widths = networks.grid.tiled_widths(networks.width * shares.astype(float), *tiles)
        return jnp.atleast_2d(effective_properties(networks, grid, widths).T)

    # A batch of single designs is one call of the sparse solver, which works on as many at once as there are cores.
    return jax.vmap(group)(designs) if alone else lax.map(group, designs)
