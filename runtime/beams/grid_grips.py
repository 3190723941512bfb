"""A grid of beams between two rigid grips, pulled, pushed or sheared (Pahlavani et al., section 5.1: along x and along y).

The nodes of one side are held and those of the opposite side are moved; no node in a grip turns. In clamping grips they do
not move sideways either; in others they slide, those of one side or of both. Linear: pushing is pulling with another sign.
Many designs are solved at once: widths `[edge, …]` and positions `[node, 2, …]` may have further axes, also of length 1.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jaxtyping import Bool, Float, Shaped
from numpy.typing import NDArray

from metac.runtime.beams.beam_element import (
    NODE_FREEDOMS,
    Beams,
    StiffnessBlocks,
    stiffness_blocks,
)
from metac.runtime.beams.block_tridiagonal import BlockTridiagonal, factorise
from metac.runtime.beams.connectivity import reached
from metac.runtime.beams.frame_equilibrium import equilibrium, forces
from metac.runtime.beams.frame_topology import FrameTopology
from metac.runtime.beams.network_geometry import NodeLayout
from metac.runtime.beams.node_grid import NodeGrid


class GripSolution(NamedTuple):
    """One load, for a displacement of 1 mm of the moved side."""

    displacement: Float[Array, "node 3 ..."]
    """`[node, 3, …]`: u_x and u_y in mm, θ in radian; zero for nodes that no beams join to these two sides."""
    force: Float[Array, " ..."]
    """`[…]`: sum of the reactions at the moved nodes in the direction that they move in, N."""
    residual: Float[Array, " ..."]
    """`[…]`: recomputed relative residual of the solve; 0 where there was nothing to solve."""


class _Lines(NamedTuple):
    """Stiffnesses `[line, place, 3, 3, …]` of the beams by where they lie; places run along the load."""

    within: StiffnessBlocks
    """From place p to p + 1."""
    across: StiffnessBlocks
    """From a line to the next, at the same place."""
    ahead: StiffnessBlocks
    """From (line, p) to (line + 1, p + 1)."""
    back: StiffnessBlocks
    """From (line, p + 1) to (line + 1, p)."""


CLAMPED_SIDES = 2
"""Both gripped sides are kept from moving across."""
WIDEST = 8
"""Nodes along a side up to which a single design is worked out line by line; more by a sparse factorisation."""


def solve_between_grips(
    grid: NodeLayout, beam: Beams, axis: int, moved: int | None = None, clamped: int = CLAMPED_SIDES
) -> GripSolution:
    """Equilibrium of one design where the last nodes along `axis` (0 for x, 1 for y) are moved by 1 mm; differentiable.

    Args:
        grid: the nodes; a `NodeGrid` has at least three along both axes.
        beam: `[edge]`, all candidates.
        axis: along which the grips lie opposite each other.
        moved: the direction that the grip moves in, 0 or 1; None for `axis`, the other one shears.
        clamped: how many of the two gripped sides, the resting one first, cannot move across `axis`; where none is, the
            lower (left) corner of the resting side cannot.
    """
    moved = axis if moved is None else moved
    if isinstance(grid, NodeGrid) and clamped == CLAMPED_SIDES and max(grid.columns, grid.rows) <= WIDEST:
        return solve_batched_between_grips(grid, beam, axis, moved)
    return solve_sparse_between_grips(grid, beam, axis, moved, clamped)


def solve_sparse_between_grips(
    grid: NodeLayout, beam: Beams, axis: int, moved: int | None = None, clamped: int = CLAMPED_SIDES
) -> GripSolution:
    """As `solve_between_grips`, by a sparse factorisation."""
    moved = axis if moved is None else moved
    if moved != axis and clamped != CLAMPED_SIDES:
        raise ValueError("grips that shear must clamp both sides")
    frame = gripped_topology(grid, axis, clamped)
    moving = gripped_nodes(grid, axis)[1]
    prescribed = np.zeros((grid.node_count, NODE_FREEDOMS, 1))
    prescribed[moving, moved] = 1.0
    stiffness = stiffness_blocks(beam)
    found, residual = equilibrium(frame, stiffness, jnp.asarray(prescribed), jnp.zeros_like(prescribed))
    force = forces(frame, stiffness, found)[moving, moved, 0].sum()
    return GripSolution(found[..., 0], force, residual[0])


@lru_cache(maxsize=32)
def gripped_topology(grid: NodeLayout, axis: int, clamped: int = CLAMPED_SIDES) -> FrameTopology:
    """The topology of a grid of which two sides are prescribed; `clamped` as in `solve_between_grips`."""
    prescribed = np.zeros((grid.node_count, NODE_FREEDOMS), bool)
    across = 1 - axis
    sides = gripped_nodes(grid, axis)
    for side in sides:
        prescribed[side, axis] = prescribed[side, NODE_FREEDOMS - 1] = True
    for side in sides[:clamped]:
        prescribed[side, across] = True
    if not clamped:
        prescribed[sides[0][0], across] = True
    return FrameTopology(grid.edges, prescribed)


def gripped_nodes(grid: NodeLayout, axis: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Nodes of the resting and of the moving side, the first and the last along an axis."""
    return grid.sides(axis)


def solve_batched_between_grips(grid: NodeGrid, beam: Beams, axis: int, moved: int | None = None) -> GripSolution:
    """As `solve_between_grips` with both sides clamped, of many designs at once along further axes."""
    moved = axis if moved is None else moved
    lines = _in_lines(grid, stiffness_blocks(beam), axis)
    matrix = _matrix(lines, _joined(grid, beam.width > 0, axis))
    load = _load(lines, moved)
    flat = _flat(load)
    factors = factorise(lax.stop_gradient(matrix))

    def solve(_: Any, right_side: Array) -> Array:
        return factors.solve(right_side)

    found = lax.custom_linear_solve(matrix.times, -flat, solve, symmetric=True)
    rest = lax.stop_gradient(matrix.times(found) + flat)
    norm = _norm(lax.stop_gradient(flat))
    residual = _norm(rest) / jnp.where(norm > 0, norm, 1.0)
    force = _own_stiffness(lines, moved) + jnp.sum(flat * found, axis=(0, 1))
    return GripSolution(_whole(found.reshape(load.shape), axis, moved), force, residual)


def lateral_strain(
    grid: NodeLayout, displacement: Float[Array, "node component ..."], axis: int, extent: Array | float
) -> Float[Array, " ..."]:
    """Under a load along `axis`: how far the other two sides move apart, in the mean of their nodes, over their distance.

    `displacement[node, 3, …]`, the distance `extent` in mm.
    """
    low, high = grid.sides(1 - axis)
    return (displacement[high, 1 - axis].mean(axis=0) - displacement[low, 1 - axis].mean(axis=0)) / extent


def _swapped(nodes: Shaped[Array, " ..."], axis: int) -> Shaped[Array, "line place ..."]:
    """`[line, place, …]` of `[row, column, …]`, and the way back."""
    return nodes if axis == 0 else jnp.swapaxes(nodes, 0, 1)


def _joined(grid: NodeGrid, present: Bool[Array, "edge ..."], axis: int) -> Bool[Array, "line place ..."]:
    """`[line, place, …]`: nodes that are connected with those that are held or moved."""
    ends = np.zeros((grid.rows, grid.columns, *(1,) * (present.ndim - 1)), bool)
    (ends.swapaxes(0, 1) if axis == 0 else ends)[[0, -1]] = True
    return _swapped(reached(grid, present, jnp.asarray(ends)), axis)


def _in_lines(grid: NodeGrid, stiffness: StiffnessBlocks, axis: int) -> _Lines:
    def family(index: int) -> StiffnessBlocks:
        return StiffnessBlocks(*(_swapped(grid.families(part)[index], axis) for part in stiffness))

    horizontal, vertical, up, down = map(family, range(4))
    if axis == 1:
        return _Lines(vertical, horizontal, up, down)
    turned = StiffnessBlocks(first=down.second, mixed=jnp.swapaxes(down.mixed, 2, 3), second=down.first)
    return _Lines(horizontal, vertical, up, turned)


def _matrix(lines: _Lines, joined: Array) -> BlockTridiagonal:
    """Of the free nodes, which are those at inner places; nodes that are not joined are held by an arbitrary stiffness."""
    within, across, ahead, back = lines
    ends = joined[:, 1:-1, None, None]
    own = jnp.where(ends, 0.0, jnp.eye(NODE_FREEDOMS).reshape(1, 1, NODE_FREEDOMS, NODE_FREEDOMS, *(1,) * (joined.ndim - 2)))
    own = own + within.first[:, 1:] + within.second[:, :-1]
    own = own + _padded(across.first[:, 1:-1], after=1) + _padded(across.second[:, 1:-1], before=1)
    own = own + _padded(ahead.first[:, 1:], after=1) + _padded(ahead.second[:, :-1], before=1)
    own = own + _padded(back.first[:, :-1], after=1) + _padded(back.second[:, 1:], before=1)
    places = own.shape[1]
    nothing = jnp.zeros_like(own[:, 0])
    diagonal = [[nothing] * places for _ in range(places)]
    coupling = [[nothing] * places for _ in range(places)]
    for place in range(places):
        diagonal[place][place] = own[:, place]
        coupling[place][place] = _padded(across.mixed[:, place + 1], after=1)
        if place + 1 < places:
            diagonal[place][place + 1] = within.mixed[:, place + 1]
            diagonal[place + 1][place] = jnp.swapaxes(within.mixed[:, place + 1], 1, 2)
            coupling[place][place + 1] = _padded(ahead.mixed[:, place + 1], after=1)
            coupling[place + 1][place] = _padded(back.mixed[:, place + 1], after=1)
    return BlockTridiagonal(_square(diagonal), _square(coupling))


def _square(parts: list[list[Array]]) -> Float[Array, "line unknown unknown ..."]:
    """`[line, unknown, unknown, …]` of blocks by place and place."""
    return jnp.concatenate([jnp.concatenate(row, axis=2) for row in parts], axis=1)


def _load(lines: _Lines, moved: int) -> Float[Array, "line place 3 ..."]:
    """`[line, place, 3, …]`: forces at the free nodes of moving the last places by 1 mm in a direction."""
    last = lines.within.mixed[:, -1, :, moved]
    last = last + _padded(lines.ahead.mixed[:, -1, :, moved], after=1)
    last = last + _padded(lines.back.mixed[:, -1, moved, :], before=1)
    others = jnp.zeros((last.shape[0], lines.within.mixed.shape[1] - 2, *last.shape[1:]))
    return jnp.concatenate([others, last[:, None]], axis=1)


def _own_stiffness(lines: _Lines, moved: int) -> Array:
    """Force at the last places of moving them by 1 mm while all other nodes stay; beams between them only go along."""
    parts = (lines.within.second, lines.ahead.second, lines.back.first)
    return sum((part[:, -1, moved, moved].sum(axis=0) for part in parts), jnp.zeros(()))


def _whole(free: Float[Array, "line place 3 ..."], axis: int, moved: int) -> Float[Array, "node 3 ..."]:
    """`[node, 3, …]` of displacements `[line, place, 3, …]` of the free nodes."""
    held = jnp.zeros_like(free[:, :1])
    last = held.at[:, :, moved].set(1.0)
    nodes = _swapped(jnp.concatenate([held, free, last], axis=1), axis)
    return nodes.reshape(-1, *nodes.shape[2:])


def _padded(values: Array, before: int = 0, after: int = 0) -> Array:
    """More lines, of zeros."""
    return jnp.pad(values, ((before, after), *((0, 0),) * (values.ndim - 1)))


def _flat(nodal: Float[Array, "line place 3 ..."]) -> Float[Array, "line unknown ..."]:
    """`[line, unknown, …]` of `[line, place, 3, …]`."""
    return nodal.reshape(nodal.shape[0], -1, *nodal.shape[3:])


def _norm(vector: Array) -> Array:
    return jnp.sqrt(jnp.sum(vector * vector, axis=(0, 1)))
