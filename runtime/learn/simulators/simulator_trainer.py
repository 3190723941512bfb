"""Training of simulators on rollouts from rest: L-BFGS with a line search, the weights best on validation packings.

A few hundred numbers are learned from data that they can explain down to the heat bath, and soft modes of networks depend
on them ten thousand times as much as stiff ones: first-order methods stop far from the least loss. Steps between two checks
have one objective, the rollouts of the same networks. Every random number follows from the seed and the number of the step,
so a training that was interrupted and resumed gives the same bits as one that was not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache, partial
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
from metac.runtime.learn.validated_training import ValidatedResult, ValidatedState
from metac.runtime.springs.network import SpringNetwork

MEMORY = 20
"""Past steps that L-BFGS knows the curvature from."""
METHOD = optax.lbfgs(memory_size=MEMORY)


@dataclass(frozen=True)
class SimulatorRecipe:
    """How a simulator is trained.

    `steps` on `batch` networks, others after each check, or on all (None); `window`: snapshots of a rollout that is
    learned from; `checks`: how often the validation packings are rolled out; `seed` of initial weights and of batches.
    """

    steps: int
    batch: int | None
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
        self, weights: Any, moments: Any, steps: Steps, error: Callable[[Any, Samples], Array], folder: Path, title: str
    ) -> ValidatedResult:
        """Train from these, or from the last checkpoint in `folder`; `error` is that of the watched samples.

        Raises what `train_simulator` raises.
        """
        recipe = self.recipe
        each = recipe.steps // recipe.checks

        def advance(state: ValidatedState, done: int) -> tuple[ValidatedState, NDArray[np.float32]]:
            """All steps up to the next check, and the loss of each."""
            weights, moments, losses = steps(state.weights, state.moments, self.learned, done)
            found = float(error(weights, self.watched))
            return state._replace(weights=weights, moments=moments).validated(done // each, found), np.asarray(losses)

        first = ValidatedState.begun(weights, moments, recipe.checks)
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
    weights = configuration.initial_weights(recipe.seed)
    steps, error = _compiled(recipe, Scales.of(training.learned), configuration, conditions)
    return training.run(weights, METHOD.init(weights), steps, error, folder, title)


@cache
def _compiled(
    recipe: SimulatorRecipe, scales: Scales, configuration: PropagatorConfiguration, conditions: TrajectoryConditions
) -> tuple[Steps, Callable[[Any, Samples], Array]]:
    """Steps up to a check, and the error of the watched samples; compiled once, also where a training is resumed."""
    loss = partial(rollout_loss, scales=scales, configuration=configuration, conditions=conditions)
    key = jax.random.key(recipe.seed)

    @jax.jit
    def steps(weights: Any, moments: Any, samples: Samples, done: Array) -> tuple[Any, Any, Array]:
        count = len(samples.positions)
        if recipe.batch is not None and recipe.batch < count:
            order = jax.random.permutation(jax.random.fold_in(key, done), count)
            # Another objective: what is known of the curvature of the last one would mislead.
            samples, moments = samples.take(order[: recipe.batch]), METHOD.init(weights)
        objective = partial(loss, samples=samples)
        known = optax.value_and_grad_from_state(objective)

        def one(carry: tuple[Any, Any], _: None) -> tuple[tuple[Any, Any], Array]:
            weights, moments = carry
            value, gradient = known(weights, state=moments)
            updates, moments = METHOD.update(gradient, moments, weights, value=value, grad=gradient, value_fn=objective)
            return (optax.apply_updates(weights, updates), moments), jnp.asarray(value)

        (weights, moments), losses = jax.lax.scan(one, (weights, moments), None, recipe.steps // recipe.checks)
        return weights, moments, losses

    return steps, jax.jit(loss)


def _describe_check(state: ValidatedState) -> str:
    """The validation loss of the last check, for people."""
    known = state.known
    return f"validation {known[-1]:.4g}, " if len(known) else ""
