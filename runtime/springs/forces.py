"""Energy of a network of springs, and its first and second derivatives, by the bonds' vectors; all differentiable by JAX."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from metac.runtime.dimensions import PLANE
from metac.runtime.springs.network import SpringEnergy

FLOPPY = 1e-12
"""Least pivot of a Cholesky factorisation, over the largest, below which nothing resists some movement."""


class Strained(NamedTuple):
    """Bonds in some state."""

    length: Array
    """`[bond]`."""
    along: Array
    """`[bond, 2]`: unit vectors."""
    across: Array
    """`[bond, 2]`: the same, turned by 90°."""
    rotation: Array
    """`[bond]`: since rest, radian, −π … π."""


def vectors(springs: SpringEnergy, positions: Array, box: Array) -> Array:
    """`[bond, 2]`: from first to second nodes."""
    first, second = springs.bonds[:, 0], springs.bonds[:, 1]
    return positions[second] - positions[first] + springs.images * box


def strained(springs: SpringEnergy, bonds: Array) -> Strained:
    """Lengths and directions of bonds with these vectors `[bond, 2]`."""
    length = jnp.sqrt(jnp.sum(bonds**2, axis=1))
    along = bonds / length[:, None]
    rest = springs.rest
    cross = rest[:, 0] * bonds[:, 1] - rest[:, 1] * bonds[:, 0]
    rotation = jnp.arctan2(cross, jnp.sum(rest * bonds, axis=1))
    return Strained(length, along, jnp.stack([-along[:, 1], along[:, 0]], axis=1), rotation)


def rest_lengths(springs: SpringEnergy) -> Array:
    """`[bond]`."""
    return jnp.sqrt(jnp.sum(springs.rest**2, axis=1))


def at_nodes(springs: SpringEnergy, values: Array, nodes: int) -> Array:
    """`[node]`: sums over the bonds that end there."""
    return jnp.zeros(nodes).at[springs.bonds[:, 0]].add(values).at[springs.bonds[:, 1]].add(values)


def at_ends(springs: SpringEnergy, values: Array) -> Array:
    """`[bond]`: sums over both ends of values `[node]`."""
    return values[springs.bonds[:, 0]] + values[springs.bonds[:, 1]]


def energy(springs: SpringEnergy, bonds: Array, nodes: int) -> Array:
    """See `SpringEnergy`."""
    state = strained(springs, bonds)
    stretch = springs.weights * springs.stiffness * (state.length - rest_lengths(springs)) ** 2
    turned = springs.weights * state.rotation
    degrees, sums = at_nodes(springs, springs.weights, nodes), at_nodes(springs, turned, nodes)
    squares = at_nodes(springs, turned * state.rotation, nodes)
    return jnp.sum(stretch) + springs.angle_stiffness * jnp.sum(degrees * squares - sums**2)


def torques(springs: SpringEnergy, state: Strained, nodes: int) -> Array:
    """`[bond]`: derivative of the energy by the bond's rotation."""
    turned = springs.weights * state.rotation
    degrees, sums = at_nodes(springs, springs.weights, nodes), at_nodes(springs, turned, nodes)
    pairs = turned * at_ends(springs, degrees) - springs.weights * at_ends(springs, sums)
    return 2 * springs.angle_stiffness * pairs


def bond_forces(springs: SpringEnergy, bonds: Array, nodes: int) -> Array:
    """`[bond, 2]`: derivative of the energy by the bonds' vectors."""
    state = strained(springs, bonds)
    tension = 2 * springs.weights * springs.stiffness * (state.length - rest_lengths(springs))
    torque = torques(springs, state, nodes)
    return tension[:, None] * state.along + (torque / state.length)[:, None] * state.across


def node_gradient(springs: SpringEnergy, forces: Array, nodes: int) -> Array:
    """`[node, 2]`: derivative of the energy by the nodes' places, of `bond_forces`."""
    return jnp.zeros((nodes, PLANE)).at[springs.bonds[:, 1]].add(forces).at[springs.bonds[:, 0]].add(-forces)


def mean_stress(forces: Array, bonds: Array, box: Array, rest: Array) -> Array:
    """`[2, 2]`: mean nominal stress of bonds with these forces and vectors `[bond, 2]`; `rest`: the box."""
    return jnp.einsum("bi,bj->ij", forces, bonds / box * rest) / jnp.prod(rest)


def turned_over(springs: SpringEnergy, bonds: Array) -> Array:
    """The first bond that has turned by more than 90° since rest; −1 where none has."""
    turned = (jnp.sum(springs.rest * bonds, axis=1) < 0) & (springs.weights > 0)
    return jnp.where(turned.any(), jnp.argmax(turned), -1)


def hessian(springs: SpringEnergy, bonds: Array, columns: Array, nodes: int) -> Array:
    """Second derivative by the nodes' places (node by node, x before y) and by further variables.

    Args:
        springs: the network.
        bonds: `[bond, 2]`: its vectors.
        columns: `[bond, 2, variable]`: derivative of the vectors by the further variables, which are linear in them.
        nodes: their number.

    Returns:
        `[2 nodes + variables, 2 nodes + variables]`.
    """
    state = strained(springs, bonds)
    length, along, across, _ = state
    stretched = 1 - rest_lengths(springs) / length
    tangent = along[:, :, None] * along[:, None, :]
    normal = across[:, :, None] * across[:, None, :]
    mixed = along[:, :, None] * across[:, None, :]
    torque = torques(springs, state, nodes)
    degrees = at_nodes(springs, springs.weights, nodes)
    turning = 2 * springs.angle_stiffness * springs.weights * at_ends(springs, degrees)
    block = (2 * springs.weights * springs.stiffness)[:, None, None] * (tangent + stretched[:, None, None] * normal)
    block += (turning / length**2)[:, None, None] * normal
    block -= (torque / length**2)[:, None, None] * (mixed + jnp.swapaxes(mixed, 1, 2))
    # Nodes at both ends have the same block; further variables act through the vectors alone.
    by_variable = block @ columns
    first, second = springs.bonds[:, 0], springs.bonds[:, 1]
    inner = jnp.zeros((nodes, nodes, PLANE, PLANE))
    for row, column, sense in ((first, first, 1), (second, second, 1), (first, second, -1), (second, first, -1)):
        inner = inner.at[row, column].add(sense * block)
    inner = jnp.swapaxes(inner, 1, 2).reshape(PLANE * nodes, PLANE * nodes)
    coupling = jnp.zeros((nodes, PLANE, columns.shape[2])).at[second].add(by_variable).at[first].add(-by_variable)
    coupling = coupling.reshape(PLANE * nodes, -1)
    outer = jnp.einsum("bai,baj->ij", columns, by_variable)
    total = jnp.block([[inner, coupling], [coupling.T, outer]])
    # What rotates at a node when the ends of its bonds move.
    turn = (springs.weights / length)[:, None] * across
    sums = jnp.zeros((nodes, nodes, PLANE))
    for row in (first, second):
        sums = sums.at[row, second].add(turn).at[row, first].add(-turn)
    turned = jnp.einsum("ba,bai->bi", turn, columns)
    further = jnp.zeros((nodes, columns.shape[2])).at[first].add(turned).at[second].add(turned)
    sums = jnp.concatenate([sums.reshape(nodes, PLANE * nodes), further], axis=1)
    return total - 2 * springs.angle_stiffness * sums.T @ sums


def pinned(matrix: Array, nodes: int) -> Array:
    """A Hessian that resists translations as well, which change no energy: solutions for loads without resultant stay."""
    share = jnp.mean(jnp.diagonal(matrix)[: PLANE * nodes]) / nodes
    alternate = jnp.arange(PLANE * nodes) % 2
    same = (alternate[:, None] == alternate[None, :]).astype(float)
    return matrix.at[: PLANE * nodes, : PLANE * nodes].add(share * same)


def resists(factor: Array) -> Array:
    """bool: whether a lower Cholesky factor is that of a Hessian without floppy or unstable modes."""
    pivots = jnp.diagonal(factor) ** 2
    return jnp.min(pivots) > FLOPPY * jnp.max(pivots)
