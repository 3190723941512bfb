"""Networks of springs and what they do when they are compressed: jammed, pruned and simulated packing by packing.

Packing i is that of `jammed` with the seed `seed + i`, and all that is drawn follows from it, so that trajectories are the
same however often they were interrupted, and a larger data set begins with a smaller one.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from metac.runtime.datasets.chunks import Arrays, Chunks
from metac.runtime.datasets.failures import SamplingFailed
from metac.runtime.datasets.trajectories.pruned_networks import network_of, pruned_networks
from metac.runtime.precision import enable_double_precision
from metac.runtime.springs.dynamics import Schedule, Trajectory, compressed
from metac.runtime.springs.jamming import NotJammed, jammed
from metac.runtime.springs.network import SpringNetwork
from metac.runtime.springs.status import dynamic_status
from metac.runtime.springs.time_steps import substeps_between

CHUNKS = "chunks"
SETS = ("training", "validation", "test")


@dataclass(frozen=True)
class TrajectoryRecipe:
    """What trajectories depend on, besides code; dimensionless (Lennard-Jones units)."""

    packings: int
    networks: int
    """Of each packing."""
    nodes: int
    sizes: tuple[float, ...]
    pressure: float
    lowest: float
    """Quasi-static Poisson's ratio of the last network of a packing, mean of both axes."""
    least_degree: int
    angle_stiffness: float
    mass: float
    damping: float
    temperature: float
    rate: float
    interval: float
    snapshots: int
    """Beside that at rest."""
    substeps: int | None
    """Time steps from snapshot to snapshot; None: such as networks with K = 1/l need."""
    validation: int
    """Packings, those before the last ones, that choose among models."""
    test: int
    """Packings, the last ones, that judge."""
    seed: int
    more_nodes: tuple[int, ...] = ()
    """Further numbers of nodes: packings take turns, beginning with `nodes`."""
    highest: float | None = None
    """That ratio of the first network of a packing; None: as jammed."""
    first_temperature: float | None = None
    """Of the velocities at first; None: that of the bath."""

    @property
    def turns(self) -> tuple[int, ...]:
        """Numbers of nodes that packings have, in turn."""
        return (self.nodes, *self.more_nodes)

    def describe(self) -> dict[str, Any]:
        """As plain values."""
        return {**asdict(self), "sizes": list(self.sizes), "more_nodes": list(self.more_nodes)}


class Trajectories(NamedTuple):
    """One row a network. Nodes beyond `nodes`, and bonds of weight 0, only fill the arrays up."""

    positions: NDArray[np.float64]
    """`[network, snapshot, node, 2]`: not wrapped into the box; snapshot 0 is at rest."""
    box: NDArray[np.float64]
    """`[network, snapshot, 2]`."""
    bonds: NDArray[np.int64]
    """`[network, bond, 2]`."""
    images: NDArray[np.int64]
    """`[network, bond, 2]`: see `SpringNetwork`."""
    weights: NDArray[np.float64]
    """`[network, bond]`: 1 where a bond is there."""
    nodes: NDArray[np.int64]
    """`[network]`."""
    ratios: NDArray[np.float64]
    """`[network, 2]`: quasi-static ν12 and ν21 about rest."""
    packing: NDArray[np.int64]
    """`[network]`: the seed of its packing."""
    set: NDArray[np.int64]
    """`[network]`: number in `SETS`; all networks of a packing are in the same."""

    @property
    def strain(self) -> NDArray[np.float64]:
        """`[network, snapshot]`: compression of the box along x."""
        return 1 - self.box[:, :, 0] / self.box[:, :1, 0]

    @property
    def poisson_ratio(self) -> NDArray[np.float64]:
        """`[network, snapshot]`: of the box; without that at rest, so that the first is after one snapshot."""
        return (self.box[:, 1:, 1] / self.box[:, :1, 1] - 1) / self.strain[:, 1:]


def trajectories(recipe: TrajectoryRecipe, folder: Path, title: str) -> Trajectories:
    """All trajectories; packings are cached in `folder` as they are made. Switches JAX to double precision.

    Raises:
        Interrupted: if the user wants to stop.
        SamplingFailed: if a packing does not jam, a network cannot be pruned or simulated, or chunks cannot be written.
    """
    enable_double_precision()
    names = [f"packing-{number:06d}" for number in range(recipe.packings)]
    # One at a time: two threads that run batched factorisations of XLA wait for each other.
    made = Chunks(folder / CHUNKS, title).made(names, partial(_packing, recipe), 1, "packings")
    return _together(recipe, made)


def sets_of(recipe: TrajectoryRecipe) -> NDArray[np.int64]:
    """`[packing]`: the number in `SETS`."""
    numbers, last = np.arange(recipe.packings), recipe.packings - recipe.test
    return np.where(numbers >= last, 2, np.where(numbers >= last - recipe.validation, 1, 0))


def _packing(recipe: TrajectoryRecipe, number: int) -> Arrays:
    """The networks of a packing, and their trajectories."""
    seed = recipe.seed + number
    name = f"packing {number + 1} (seed {seed})"
    try:
        packing = jammed(recipe.turns[number % len(recipe.turns)], recipe.sizes, recipe.pressure, seed)
    except NotJammed as problem:
        raise SamplingFailed(f"{name}: {problem.message}", remedy=problem.remedy) from problem
    network = network_of(packing)
    pruned = pruned_networks(
        network,
        angle_stiffness=recipe.angle_stiffness,
        lowest=recipe.lowest,
        highest=recipe.highest,
        number=recipe.networks,
        least_degree=recipe.least_degree,
        name=name,
    )
    between = recipe.interval / (recipe.rate * float(packing.connections.box[0]))
    substeps = recipe.substeps or substeps_between(between, recipe.mass)
    schedule = Schedule(axis=0, snapshots=recipe.snapshots, substeps=substeps, free=True)
    numbers = {
        each: float(getattr(recipe, each)) for each in ("angle_stiffness", "mass", "damping", "temperature", "interval")
    }
    hot = recipe.first_temperature
    numbers["first_temperature"] = recipe.temperature if hot is None else hot
    keys = jax.random.split(jax.random.key(seed), recipe.networks)
    # As arrays: another box is no reason to compile again.
    numbers = {each: jnp.asarray(value) for each, value in {**numbers, "between": between}.items()}
    made = _compressed(network, jnp.asarray(pruned.weights), keys, numbers, schedule)
    for row in range(recipe.networks):
        status = dynamic_status(jax.tree.map(lambda leaf, row=row: leaf[row], made), substeps)
        if (failure := status.failure(f"{name}, network {row + 1}")) is not None:
            raise SamplingFailed(failure.message, remedy=failure.remedy) from failure
    return {
        "positions": np.asarray(made.positions),
        "box": np.asarray(made.box),
        "bonds": np.asarray(network.bonds),
        "images": np.asarray(network.images),
        "weights": pruned.weights,
        "ratios": pruned.ratios,
    }


@partial(jax.jit, static_argnames=("schedule",))
def _compressed(
    network: SpringNetwork, weights: Array, keys: Array, numbers: dict[str, Array], schedule: Schedule
) -> Trajectory:
    """`[network, …]`: those of one packing in one batch."""

    def run(weights: Array, key: Array) -> Trajectory:
        return compressed(replace(network, weights=weights), key=key, schedule=schedule, **numbers)

    return jax.vmap(run)(weights, keys)


def _together(recipe: TrajectoryRecipe, packings: list[Arrays]) -> Trajectories:
    """All packings in one, filled up to the most nodes and bonds."""
    nodes = [each["positions"].shape[2] for each in packings]
    bonds = [each["bonds"].shape[0] for each in packings]
    rows = recipe.networks

    def every(values: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.repeat(values, rows)

    return Trajectories(
        positions=np.concatenate([_longer(each["positions"], 2, max(nodes)) for each in packings]),
        box=np.concatenate([each["box"] for each in packings]),
        bonds=np.concatenate([np.repeat(_longer(each["bonds"], 0, max(bonds))[None], rows, 0) for each in packings]),
        images=np.concatenate([np.repeat(_longer(each["images"], 0, max(bonds))[None], rows, 0) for each in packings]),
        weights=np.concatenate([_longer(each["weights"], 1, max(bonds), copied=False) for each in packings]),
        nodes=every(np.asarray(nodes)),
        ratios=np.concatenate([each["ratios"] for each in packings]),
        packing=every(recipe.seed + np.arange(recipe.packings)),
        set=every(sets_of(recipe)),
    )


def _longer(array: NDArray[Any], axis: int, length: int, *, copied: bool = True) -> NDArray[Any]:
    """Filled up along an axis: by copies of the first entry, so that no bond has length 0, or by zeros."""
    more = length - array.shape[axis]
    filling = np.repeat(np.take(array, [0], axis), more, axis)
    return np.concatenate([array, filling if copied else np.zeros_like(filling)], axis)
