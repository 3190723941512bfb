"""Elastic constants of a network about rest, in closed form."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jax.scipy.linalg import cho_factor, cho_solve

from metac.runtime.springs.forces import hessian, pinned, resists
from metac.runtime.springs.network import SpringNetwork, springs_of


class ElasticConstants(NamedTuple):
    """Small mean strains about rest; the energy per area of the box is ½ ε C ε."""

    stiffness: Array
    """`[3, 3]`: Voigt form (ε11, ε22, γ12), energy over area."""
    residual: Array
    """Largest relative residual of the linear solves; NaN where the network is floppy."""


@jax.jit
def elastic_constants(network: SpringNetwork, angle_stiffness: Array | float) -> ElasticConstants:
    """C = (H_εε − H_εu H_uu⁻¹ H_uε) / area; NaN where the network is floppy. Differentiable, and by `vmap` batched."""
    springs = springs_of(network, angle_stiffness)
    nodes = len(network.positions)
    x, y, zero = springs.rest[:, 0], springs.rest[:, 1], jnp.zeros(len(springs.rest))
    columns = jnp.stack([jnp.stack([x, zero], 1), jnp.stack([zero, y], 1), jnp.stack([y, x], 1) / 2], axis=2)
    both = hessian(springs, springs.rest, columns, nodes)
    inner, coupling, affine = both[: 2 * nodes, : 2 * nodes], both[: 2 * nodes, 2 * nodes :], both[2 * nodes :, 2 * nodes :]
    held = pinned(inner, nodes)
    factor = cho_factor(held, lower=True)
    moved = cho_solve(factor, coupling)
    residual = jnp.max(jnp.abs(held @ moved - coupling)) / jnp.max(jnp.abs(coupling))
    residual = jnp.where(resists(factor[0]), residual, jnp.nan)
    area = network.box[0] * network.box[1]
    return ElasticConstants((affine - coupling.T @ moved) / area, residual)


def box_ratios(stiffness: Array) -> Array:
    """`[2]`: ν12 and ν21 of a box that stays rectangular, of `[3, 3]`: C12/C22 and C12/C11."""
    return stiffness[0, 1] / jnp.stack([stiffness[1, 1], stiffness[0, 0]])
