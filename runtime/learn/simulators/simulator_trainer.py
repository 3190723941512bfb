"""Training of simulators on rollouts from rest: Adam, a cosine of the rate, the weights best on validation packings.

Every random number follows from the seed and the number of the step, so a training that was interrupted and resumed gives
the same bits as one that was not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array
from numpy.typing import NDArray

from metac.runtime.datasets.trajectories.trajectories import Trajectories
from metac.runtime.learn.epoch_loop import EpochPlan, run_epochs
from metac.runtime.learn.simulators.batches import networks_of
from metac.runtime.learn.simulators.conditions import TrajectoryConditions
from metac.runtime.learn.simulators.propagator import PropagatorConfiguration, rolled
from metac.runtime.learn.simulators.simulator import Simulator
from metac.runtime.learn.supervised.supervised_trainer import rate_at
from metac.runtime.learn.validated_training import ValidatedResult, ValidatedState
from metac.runtime.springs.network import SpringNetwork

ADAM = optax.scale_by_adam()


@dataclass(frozen=True)
class SimulatorRecipe:
    """How a simulator is trained.

    `steps` of `batch` networks each; `rate`: the first learning rate; `window`: snapshots of a rollout that is learned from;
    `checks`: how often the validation packings are rolled out; `seed` of the initial weights and of the batches.
    """

    steps: int
    batch: int
    rate: float
    window: int
    checks: int
    seed: int

    def describe(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


class Samples(NamedTuple):
    """Trajectories as they are learned from; `[network, …]`."""

    networks: SpringNetwork
    positions: Array
    """`[network, snapshot, node, 2]`."""
    box: Array
    """`[network, snapshot, 2]`."""
    there: Array
    """`[network, node]`: 1, and 0 for nodes that only fill the arrays up."""

    @classmethod
    def of(cls, trajectories: Trajectories, rows: NDArray[np.int64], snapshots: int) -> Samples:
        """Some networks, up to a snapshot."""
        networks = jax.tree.map(lambda leaf: jnp.asarray(leaf[rows]), networks_of(trajectories))
        there = np.arange(trajectories.positions.shape[2]) < trajectories.nodes[rows, None]
        positions, box = (each[rows, : snapshots + 1] for each in (trajectories.positions, trajectories.box))
        return cls(networks, jnp.asarray(positions), jnp.asarray(box), jnp.asarray(there, float))

    def take(self, rows: Array) -> Samples:
        """Some of them."""
        return jax.tree.map(lambda leaf: leaf[rows], self)


class Scales(NamedTuple):
    """What errors are measured by: means over all networks that are learned from, and over the window."""

    place: float
    """Mean square of what nodes move beside the box."""
    edge: float
    """Mean square of the change of the edge across."""

    @classmethod
    def of(cls, samples: Samples) -> Scales:
        """Of what is learned from."""
        factors = samples.box / samples.box[:, :1]
        beside = samples.positions - samples.positions[:, :1] * factors[:, :, None, :]
        squares = jnp.sum(beside[:, 1:] ** 2 * samples.there[:, None, :, None])
        count = 2 * jnp.sum(samples.there) * (samples.positions.shape[1] - 1)
        edges = jnp.mean((samples.box[:, 1:, 1] - samples.box[:, :1, 1]) ** 2)
        return cls(float(squares / count), float(edges))


Steps = Callable[[Any, Any, Samples, Any], tuple[Any, Any, Array]]
"""Weights, moments, samples and steps so far -> weights, moments, and the loss of each step up to the next check."""


class CheckedRecipe(Protocol):
    """What a recipe says of its checks."""

    @property
    def steps(self) -> int:
        """All of them."""
        ...

    @property
    def checks(self) -> int:
        """How often the validation packings are rolled out."""
        ...

    @property
    def window(self) -> int:
        """Snapshots of the trajectories that are learned from."""
        ...

    def describe(self) -> dict[str, Any]:
        """As plain values."""
        ...


@dataclass(frozen=True)
class CheckedTraining:
    """Trajectories of set 0 are learned from; those of set 1, whole, choose the weights at checks."""

    recipe: CheckedRecipe
    learned: Samples
    watched: Samples

    @classmethod
    def of(cls, trajectories: Trajectories, recipe: CheckedRecipe) -> CheckedTraining:
        """Of all trajectories."""
        last = trajectories.positions.shape[1] - 1
        sets = ((0, recipe.window), (1, last))
        learned, watched = (Samples.of(trajectories, np.flatnonzero(trajectories.set == each), to) for each, to in sets)
        return cls(recipe, learned, watched)

    def run(
        self, weights: Any, steps: Steps, error: Callable[[Any, Samples], Array], folder: Path, title: str
    ) -> ValidatedResult:
        """Train from these weights, or from the last checkpoint in `folder`; `error` is that of the watched samples.

        Raises what `train_simulator` raises.
        """
        recipe = self.recipe
        each = recipe.steps // recipe.checks

        def advance(state: ValidatedState, done: int) -> tuple[ValidatedState, NDArray[np.float32]]:
            """All steps up to the next check, and the loss of each."""
            weights, moments, losses = steps(state.weights, state.moments, self.learned, done)
            found = float(error(weights, self.watched))
            return state._replace(weights=weights, moments=moments).validated(done // each, found), np.asarray(losses)

        first = ValidatedState.begun(weights, ADAM.init(weights), recipe.checks)
        described = {**recipe.describe(), "networks": len(self.learned.positions)}
        plan = EpochPlan(folder, title, described, each, recipe.checks)
        state, losses, seconds = run_epochs(plan, first, advance, describe=_describe_check)
        return ValidatedResult.of(state, losses, recipe.checks, seconds, title)


def rollout_loss(
    weights: Any, samples: Samples, scales: Scales, configuration: PropagatorConfiguration, conditions: TrajectoryConditions
) -> Array:
    """Mean square error of rollouts from rest, of places and of the free edge, both over their scales."""
    snapshots = samples.positions.shape[1] - 1
    simulator = Simulator(configuration, weights, conditions)

    def error(sample: Samples) -> tuple[Array, Array]:
        moving = simulator.of(sample.networks)
        found = rolled(moving, moving.at_rest(sample.networks.positions), snapshots)
        places = jnp.sum((found.positions - sample.positions) ** 2, axis=(0, 2)) * sample.there
        return jnp.sum(places) / (2 * snapshots * jnp.sum(sample.there)), jnp.mean((found.box - sample.box)[1:, 1] ** 2)

    places, edges = jax.vmap(error)(samples)
    return jnp.mean(places) / scales.place + jnp.mean(edges) / scales.edge


def train_simulator(
    configuration: PropagatorConfiguration,
    conditions: TrajectoryConditions,
    trajectories: Trajectories,
    recipe: SimulatorRecipe,
    folder: Path,
    title: str,
) -> ValidatedResult:
    """Train from the start, or from the last checkpoint in `folder`.

    Args:
        configuration: what is trained.
        conditions: of the trajectories.
        trajectories: those of set 0 are learned from, those of set 1 choose the weights.
        recipe: how.
        folder: takes checkpoints.
        title: for messages.

    Raises:
        Interrupted: if the user wants to stop; what was reached is saved.
        TrainingFailed: if the loss is no number, no rollout of the validation packings gives one, or a checkpoint cannot be
            written.
    """
    training = CheckedTraining.of(trajectories, recipe)
    loss = partial(rollout_loss, scales=Scales.of(training.learned), configuration=configuration, conditions=conditions)
    weights = configuration.initial_weights(recipe.seed)
    return training.run(weights, _steps_of(loss, recipe), jax.jit(loss), folder, title)


def _steps_of(loss: Callable[..., Array], recipe: SimulatorRecipe) -> Callable[..., tuple[Any, Any, Array]]:
    """Compiled: weights, moments, samples and steps so far -> weights, moments, and the loss of each step up to a check."""
    key = jax.random.key(recipe.seed)

    @jax.jit
    def steps(weights: Any, moments: Any, samples: Samples, done: Array) -> tuple[Any, Any, Array]:
        def one(carry: tuple[Any, Any], number: Array) -> tuple[tuple[Any, Any], Array]:
            weights, moments = carry
            count = len(samples.positions)
            order = jax.random.permutation(jax.random.fold_in(key, number), count)
            batch = samples.take(order[: min(recipe.batch, count)])
            value, gradient = jax.value_and_grad(loss)(weights, batch)
            updates, moments = ADAM.update(gradient, moments, weights)
            length = rate_at(number, recipe.steps, recipe.rate)
            weights = jax.tree.map(lambda leaf, update: leaf - length * update, weights, updates)
            return (weights, moments), value

        numbers = done + jnp.arange(recipe.steps // recipe.checks)
        (weights, moments), losses = jax.lax.scan(one, (weights, moments), numbers)
        return weights, moments, losses

    return steps


def _describe_check(state: ValidatedState) -> str:
    """The validation loss of the last check, for people."""
    """The validation loss of the last check, for people."""
    known = state.known
    return f"validation {known[-1]:.4g}, " if len(known) else ""
