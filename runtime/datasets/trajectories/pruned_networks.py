"""Networks of one packing with lower and lower Poisson's ratios: bonds are removed one by one, greedily."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from numpy.typing import NDArray

from metac.runtime.datasets.failures import SamplingFailed
from metac.runtime.optimise.greedy_removal import most_promising
from metac.runtime.springs.jamming import Packing
from metac.runtime.springs.network import Connections, SpringNetwork
from metac.runtime.springs.response import box_ratios, elastic_constants

TRIES = 8
"""Bonds that promise most, of which the best is removed."""
PADDED = 32
"""Numbers of bonds are filled up to multiples of this by bonds of weight 0, so that most packings share one program."""


class PrunedNetworks(NamedTuple):
    """Networks of one packing."""

    weights: NDArray[np.float64]
    """`[network, bond]`: 1 where a bond is there."""
    ratios: NDArray[np.float64]
    """`[network, 2]`: quasi-static ν12 and ν21 about rest, of a box that stays rectangular."""


def filled_up(connections: Connections) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Bonds `[bond, 2]`, images `[bond, 2]` and weights `[bond]`: those there are, then copies of the first of weight 0."""
    count = len(connections.bonds)
    more = -count % PADDED
    bonds, images = (
        np.concatenate([each, np.repeat(each[:1], more, 0)]) for each in (connections.bonds, connections.images)
    )
    return bonds, images, (np.arange(count + more) < count).astype(float)


def network_of(packing: Packing) -> SpringNetwork:
    """As jammed, with K = 1/l, bonds filled up."""
    bonds, images, weights = filled_up(packing.connections)
    factors = np.ones(len(bonds))
    return SpringNetwork(packing.positions, packing.connections.box, bonds, images, weights, factors)


def pruned_networks(
    network: SpringNetwork,
    *,
    angle_stiffness: float,
    lowest: float,
    number: int,
    least_degree: int,
    name: str,
    highest: float | None = None,
) -> PrunedNetworks:
    """On the way to the mean of ν12 and ν21 being `lowest` those that first reach each of as many evenly spaced values from
    `highest` on, by default that of the network as it is; one bond after the other is removed.

    Raises:
        SamplingFailed: where no bond that may be removed lowers the ratio any more, it is lower from the start, or the
            network is floppy.
    """
    weights = np.array(network.weights, float)
    (mean, ratios), gradient = _response(network, jnp.asarray(weights), angle_stiffness)
    if not np.isfinite(mean):
        raise SamplingFailed(
            f"{name}: nothing resists some movement of the network's nodes (it is floppy)",
            remedy="an `angle_stiffness` above zero, or a higher pressure",
        )
    if number > 1 and mean <= lowest:
        raise SamplingFailed(
            f"{name}: Poisson's ratio is {float(mean):.3g} before any bond is removed, and {lowest:g} is to be the lowest",
            remedy="a smaller `lowest`",
        )
    targets = np.linspace(float(mean) if highest is None else highest, lowest, number)
    found = [(weights.copy(), np.asarray(ratios))] if float(mean) <= targets[0] else []
    bonds = np.asarray(network.bonds)
    while len(found) < number:
        trials = _promising(bonds, weights, np.asarray(gradient), least_degree, len(network.positions))
        means = np.asarray(_without(network, jnp.asarray(weights), trials, angle_stiffness)) if len(trials) else np.array([])
        if not len(trials) or not means.min() < mean:
            raise SamplingFailed(
                f"{name}: no bond that may be removed lowers Poisson's ratio below {float(mean):.3g}, "
                f"and {lowest:g} is asked for",
                remedy="a higher `lowest`, a smaller `least_degree`, or more nodes",
            )
        weights[trials[int(np.argmin(means))]] = 0.0
        (mean, ratios), gradient = _response(network, jnp.asarray(weights), angle_stiffness)
        # One bond may pass several values: each network is there once.
        if float(mean) <= targets[len(found)]:
            found.append((weights.copy(), np.asarray(ratios)))
    return PrunedNetworks(np.stack([each[0] for each in found]), np.stack([each[1] for each in found]))


def pruned_to(
    network: SpringNetwork, *, angle_stiffness: float, ratio: float, least_degree: int, name: str
) -> NDArray[np.float64]:
    """`[bond]` weights: the first network on the way down whose mean of ν12 and ν21 is not above `ratio`.

    Raises:
        SamplingFailed: see `pruned_networks`.
    """
    whole = pruned_networks(
        network, angle_stiffness=angle_stiffness, lowest=ratio, number=1, least_degree=least_degree, name=name
    )
    if whole.ratios[0].mean() <= ratio:
        return whole.weights[0]
    pruned = pruned_networks(
        network, angle_stiffness=angle_stiffness, lowest=ratio, number=2, least_degree=least_degree, name=name
    )
    return pruned.weights[1]


def _promising(
    bonds: NDArray[np.int64], weights: NDArray[np.float64], gradient: NDArray[np.float64], least_degree: int, nodes: int
) -> NDArray[np.int64]:
    """`[TRIES]`: bonds without which the ratio falls most to first order; some twice where there are fewer, none if none."""
    there = weights > 0
    degrees = np.bincount(bonds[there].ravel(), minlength=nodes)
    removable = np.flatnonzero(there & (np.minimum(degrees[bonds[:, 0]], degrees[bonds[:, 1]]) > least_degree))
    return most_promising(removable, gradient, TRIES) if len(removable) else removable


def _mean(weights: Array, network: SpringNetwork, angle_stiffness: Array | float) -> tuple[Array, Array]:
    constants = elastic_constants(replace(network, weights=weights), angle_stiffness)
    # NaN where the network is floppy.
    ratios = box_ratios(constants.stiffness) + 0 * lax.stop_gradient(constants.residual)
    return jnp.mean(ratios), ratios


@jax.jit
def _response(network: SpringNetwork, weights: Array, angle_stiffness: Array | float) -> tuple[tuple[Array, Array], Array]:
    """Mean of ν12 and ν21, both, and the derivative of the mean by the weights `[bond]`."""

    def mean(weights: Array) -> tuple[Array, tuple[Array, Array]]:
        value, ratios = _mean(weights, network, angle_stiffness)
        return value, (value, ratios)

    gradient, found = jax.grad(mean, has_aux=True)(weights)
    return found, gradient


@jax.jit
def _without(network: SpringNetwork, weights: Array, trials: Array, angle_stiffness: Array | float) -> Array:
    """`[trial]`: the mean without each of some bonds, infinite where the network would be floppy."""
    # One after the other: batched factorisations take twice the time, and threads that run them wait for each other.
    means = lax.map(lambda bond: _mean(weights.at[bond].set(0.0), network, angle_stiffness)[0], trials)
    return jnp.where(jnp.isfinite(means), means, jnp.inf)
