"""A network whose box is strained along one axis, slowly: Newton's method, and derivatives by the implicit-function theorem.

The box stays rectangular; its edge across adjusts itself until no force acts on it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array, lax

from metac.runtime.dimensions import PLANE
from metac.runtime.springs.forces import bond_forces, energy, hessian, node_gradient, pinned, resists, vectors
from metac.runtime.springs.network import SpringEnergy, SpringNetwork, springs_of

MOST_ITERATIONS = 30
TOLERANCE = 1e-10
"""Largest force on a node or edge at equilibrium, over the stiffest spring's at the applied strain."""
ROUNDING = 1e-14
"""Largest force, over that of the stiffest spring at unit strain, that is rounding."""
LONGEST = 0.2
"""Largest change of a place in one iteration, over the shortest bond at rest."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class StrainedStates:
    """States of a box that is strained step by step."""

    strain: Array
    """`[increment]`: nominal, along the axis."""
    lateral: Array
    """`[increment]`: nominal, across."""
    positions: Array
    """`[increment, node, 2]`."""
    stress: Array
    """`[increment, 2, 2]`: mean nominal stress, energy over area."""
    energy: Array
    """`[increment]`."""
    residual: Array
    """`[increment]`: largest force that is left, over what counts as none; at most 1 where there is equilibrium."""
    stable: Array
    """`[increment]` bool: whether the state is a minimum of the energy."""
    flipped: Array
    """`[increment]`: the bond that has turned by more than 90°; −1 where none has."""
    axis: int = field(metadata={"static": True})


@partial(jax.jit, static_argnames=("axis",))
def strained_states(network: SpringNetwork, angle_stiffness: Array | float, strains: Array, axis: int) -> StrainedStates:
    """Equilibria at nominal strains `[increment]` along an axis (0 or 1), one after the other from rest."""
    springs = springs_of(network, angle_stiffness)
    nodes, across = len(network.positions), 1 - axis
    area = network.box[0] * network.box[1]
    edge = jnp.zeros(PLANE).at[across].set(1.0)

    def step(before: tuple[Array, Array, Array], strain: Array) -> tuple[Any, dict[str, Array]]:
        positions, lateral, last = before
        # Every place follows the box's edge: the first guess is affine along the load.
        affine = positions.at[:, axis].multiply((1 + strain) / (1 + last))
        width = network.box[axis] * (1 + strain)
        box = jnp.zeros(PLANE).at[axis].set(width).at[across].set(network.box[across] * (1 + lateral))
        positions, box, residual = _equilibrium(springs, affine, box, edge, strain)
        bonds = vectors(springs, positions, box)
        forces = bond_forces(springs, bonds, nodes)
        lateral = box[across] / network.box[across] - 1
        state = {
            "strain": strain,
            "lateral": lateral,
            "positions": positions,
            "stress": jnp.einsum("bi,bj->ij", forces, springs.images * network.box) / area,
            "energy": energy(springs, bonds, nodes),
            "residual": residual,
            "stable": _is_minimum(springs, bonds, edge, nodes),
            "flipped": _flipped(springs, bonds),
        }
        return (positions, lateral, strain), state

    start = (network.positions, jnp.zeros(()), jnp.zeros(()))
    _, states = lax.scan(step, start, jnp.asarray(strains, float))
    return StrainedStates(**states, axis=axis)


def _columns(springs: SpringEnergy, edge: Array) -> Array:
    """`[bond, 2, 1]`: how vectors change with the edge across."""
    return (springs.images * edge)[:, :, None]


def _gradient(springs: SpringEnergy, positions: Array, box: Array, edge: Array) -> Array:
    """`[2 nodes + 1]`: derivative of the energy by places, and by the edge across."""
    nodes = len(positions)
    forces = bond_forces(springs, vectors(springs, positions, box), nodes)
    return jnp.append(node_gradient(springs, forces, nodes).ravel(), jnp.sum(forces * springs.images * edge))


def _tangent(springs: SpringEnergy, bonds: Array, edge: Array, nodes: int) -> Array:
    return pinned(hessian(springs, bonds, _columns(springs, edge), nodes), nodes)


def _equilibrium(
    springs: SpringEnergy, positions: Array, box: Array, edge: Array, strain: Array
) -> tuple[Array, Array, Array]:
    """Places, box and residual.

    The iterations are not differentiated. One more step with the tangent held constant, which moves nothing, has by the
    implicit-function theorem the derivatives of the equilibrium.
    """
    nodes = len(positions)
    constant, start, box_start, size = lax.stop_gradient((springs, positions, box, jnp.abs(strain)))
    stiffest = 2 * jnp.max(constant.weights * constant.stiffness * jnp.sqrt(jnp.sum(constant.rest**2, axis=1)))
    allowed = stiffest * (TOLERANCE * size + ROUNDING)
    shortest = jnp.sqrt(jnp.min(jnp.sum(constant.rest**2, axis=1)))

    def moved(places: Array, box: Array, change: Array) -> tuple[Array, Array]:
        return places + change[:-1].reshape(nodes, PLANE), box + change[-1] * edge

    def going_on(state: tuple[Array, Array, Array, Array]) -> Array:
        return (state[2] > allowed) & (state[3] < MOST_ITERATIONS)

    def iteration(state: tuple[Array, Array, Array, Array]) -> tuple[Array, Array, Array, Array]:
        places, box, _, count = state
        gradient = _gradient(constant, places, box, edge)
        change = -jnp.linalg.solve(_tangent(constant, vectors(constant, places, box), edge, nodes), gradient)
        change *= jnp.minimum(1.0, LONGEST * shortest / jnp.max(jnp.abs(change)))
        places, box = moved(places, box, change)
        return places, box, jnp.max(jnp.abs(_gradient(constant, places, box, edge))), count + 1

    first = jnp.max(jnp.abs(_gradient(constant, start, box_start, edge)))
    places, found, left, _ = lax.while_loop(going_on, iteration, (start, box_start, first, jnp.asarray(0)))
    # The derivative of the edge along the load comes in with the box: only the edge across was found.
    found = found * edge + box * (1 - edge)
    tangent = lax.stop_gradient(_tangent(constant, vectors(constant, places, lax.stop_gradient(found)), edge, nodes))
    correction = -jnp.linalg.solve(tangent, _gradient(springs, places, found, edge))
    places, found = moved(places, found, correction)
    return places, found, left / allowed


def _is_minimum(springs: SpringEnergy, bonds: Array, edge: Array, nodes: int) -> Array:
    springs, bonds = lax.stop_gradient((springs, bonds))
    return resists(jnp.linalg.cholesky(_tangent(springs, bonds, edge, nodes)))


def _flipped(springs: SpringEnergy, bonds: Array) -> Array:
    turned = (jnp.sum(springs.rest * lax.stop_gradient(bonds), axis=1) < 0) & (springs.weights > 0)
    return jnp.where(turned.any(), jnp.argmax(turned), -1)
