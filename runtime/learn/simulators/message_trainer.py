"""Training of message passing on single steps (Salman et al., section II), or on a few, the weights best in rollouts.

Adam, an exponentially falling rate. A sample is a network and a snapshot; the places that the network is shown may be
shifted at random, from each snapshot to the next as a random walk, and what it is to say is then the acceleration that
leads to the true place (Sanchez-Gonzalez et al., ICML 2020). The error of one step does not rank simulators: weights are
chosen by rollouts of the validation packings. Every random number follows from the seed and the number of the step.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array

from metac.runtime.datasets.trajectories.trajectories import Trajectories
from metac.runtime.learn.simulators.conditions import TrajectoryConditions
from metac.runtime.learn.simulators.message_passing import MessageConfiguration, features, with_statistics
from metac.runtime.learn.simulators.message_simulator import Known, MessageMotion, MessageSimulator, free_edge, rolled_on
from metac.runtime.learn.simulators.simulator_trainer import CheckedTraining, Samples, Scales, Steps
from metac.runtime.learn.supervised.supervised_trainer import rate_at
from metac.runtime.learn.validated_training import ValidatedResult
from metac.runtime.springs.network import SpringNetwork

ADAM = optax.scale_by_adam()
EARLY = 12
"""Snapshots in which networks that are compressed settle down."""
RATIO = 0.02
"""Error of Poisson's ratio that counts as much as an error of accelerations by their own scale."""
LOST = 10.0
"""Error of a rollout, over its scale, beyond which it is lost."""
LAW_STEPS, LAW_BATCH, LAW_RATE = 600, 32, 1e-2
"""How the law of the free edge is learned."""
SAMPLED = 2048
"""Samples whose features give means and scales."""


@dataclass(frozen=True)
class MessageRecipe:
    """How message passing is trained.

    `steps` of `batch` samples each; `rate` and `last_rate` of learning; `window`: snapshots of the trajectories that are
    learned from; `unrolled`: snapshots that a sample goes on for, one number after the other, each for an equal share of the
    steps; `noise`: standard deviation of the shift of places from snapshot to snapshot; `checks`: how often the validation
    packings are rolled out; `seed` of weights, batches and noise.
    """

    steps: int
    batch: int
    rate: float
    last_rate: float
    window: int
    unrolled: tuple[int, ...]
    noise: float
    checks: int
    seed: int

    def describe(self) -> dict[str, Any]:
        """As plain values."""
        return {**asdict(self), "unrolled": list(self.unrolled)}


class SnapshotWindow(NamedTuple):
    """A few snapshots of a network, `[sample, …]` where there are several."""

    network: SpringNetwork
    positions: Array
    """`[snapshot, node, 2]`: 1 + history that are shown, then those to come."""
    box: Array
    """`[snapshot, 2]`."""
    there: Array
    """`[node]`."""


def window_of(samples: Samples, row: Array, first: Array, length: int) -> SnapshotWindow:
    """So many snapshots of a network, from the first on."""
    network = jax.tree.map(lambda leaf: leaf[row], samples.networks)
    positions, box = (jax.lax.dynamic_slice_in_dim(each[row], first, length) for each in (samples.positions, samples.box))
    return SnapshotWindow(network, positions, box, samples.there[row])


def window_loss(
    networks: Any, statistics: Any, window: SnapshotWindow, key: Array, configuration: MessageConfiguration, noise: float
) -> Array:
    """Mean square error of the places that it leads to, over what an acceleration of its scale would make of them.

    Of one snapshot that is the mean square error of the scaled acceleration. With relative inputs places are compared beside
    the box, and Poisson's ratio of the box as well.
    """
    weights, shown = {"networks": networks, "statistics": statistics}, configuration.history + 1
    shifts = jnp.cumsum(noise * jax.random.normal(key, window.positions[:shown].shape), axis=0)
    places = window.positions[:shown] + shifts * window.there[:, None]
    moving = MessageMotion(weights, window.network, window.box[0, 0] - window.box[1, 0], configuration)

    def step(state: Known, given: tuple[Array, Array, Array]) -> tuple[Known, Array]:
        truth, box, number = given
        state = moving.advance(state)
        now, error = state.positions[-1], jnp.zeros(())
        if configuration.relative:
            now, truth = (each / edges * window.network.box for each, edges in ((now, state.boxes[-1]), (truth, box)))
            error = ratio_error(window.network, state.boxes[-1], box)
        off = (now - truth) / (statistics["output"]["scale"] * (number * (number + 1) / 2))
        return state, error + jnp.sum(off**2 * window.there[:, None]) / (2 * jnp.sum(window.there))

    # One program for all steps, however many.
    numbers = jnp.arange(1, len(window.positions) - shown + 1)
    given = (window.positions[shown:], window.box[shown:], numbers)
    _, errors = jax.lax.scan(step, moving.start(places, window.box[:shown]), given)
    return jnp.mean(errors)


def ratio_error(network: SpringNetwork, found: Array, box: Array) -> Array:
    """Square of the error of Poisson's ratio that an edge across leads to, over `RATIO`."""
    strain = 1 - box[0] / network.box[0]
    return ((found[1] - box[1]) / (network.box[1] * strain * RATIO)) ** 2


def fitted_law(law: Any, samples: Samples, seed: int) -> Any:
    """The law of the free edge, learned from the true places: where they follow the box, it presses no more across.

    It says nothing of how nodes move, and is held while that is learned. Only ratios of its stiffnesses matter.
    """
    last = samples.positions.shape[1] - 1

    def error(law: Any, row: Array, place: Array) -> Array:
        network, box = jax.tree.map(lambda leaf: leaf[row], samples.networks), samples.box[row, place]
        before = box.at[1].set(samples.box[row, place - 1, 1])
        _, found = free_edge(law, network, samples.positions[row, place] * (before / box), before)
        return ratio_error(network, found, box)

    def step(carry: tuple[Any, Any], number: Array) -> tuple[tuple[Any, Any], Array]:
        law, moments = carry
        rows_key, places_key = jax.random.split(jax.random.fold_in(jax.random.key(seed), number))
        rows = jax.random.randint(rows_key, (LAW_BATCH,), 0, len(samples.positions))
        places = jax.random.randint(places_key, (LAW_BATCH,), 1, last + 1)
        loss = lambda law: jnp.mean(jax.vmap(error, (None, 0, 0))(law, rows, places))  # noqa: E731
        value, gradient = jax.value_and_grad(loss)(law)
        updates, moments = ADAM.update(gradient, moments, law)
        rate = rate_at(number, LAW_STEPS, LAW_RATE)
        return (jax.tree.map(lambda leaf, update: leaf - rate * update, law, updates), moments), value

    law = jax.tree.map(lambda leaf: jnp.asarray(leaf, float), law)
    (law, _), _ = jax.jit(lambda carry: jax.lax.scan(step, carry, jnp.arange(LAW_STEPS)))((law, ADAM.init(law)))
    return jax.tree.map(lambda leaf: leaf.astype(jnp.float32), law)


def train_messages(
    configuration: MessageConfiguration,
    conditions: TrajectoryConditions,
    trajectories: Trajectories,
    recipe: MessageRecipe,
    folder: Path,
    title: str,
) -> ValidatedResult:
    """Train from the start, or from the last checkpoint in `folder`; the result's weights have their statistics.

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
    messages = _Messages(configuration, conditions, training.learned, recipe)
    steps, error = messages.compiled_steps(), jax.jit(messages.rollout_error)
    first = messages.first["networks"]
    result = training.run(first, ADAM.init(first), steps, error, folder, title)
    return ValidatedResult(messages.whole(result.weights), result.training, result.validation, result.seconds)


class _Messages:
    """What is computed in a training: its steps, and the error of rollouts."""

    def __init__(
        self,
        configuration: MessageConfiguration,
        conditions: TrajectoryConditions,
        learned: Samples,
        recipe: MessageRecipe,
    ) -> None:
        self._configuration, self._conditions, self._recipe = configuration, conditions, recipe
        self._scales = Scales.of(learned)
        first = configuration.initial_weights(recipe.seed)
        if configuration.relative:
            first["networks"]["law"] = fitted_law(first["networks"]["law"], learned, recipe.seed)
        self.first = _statistics(first, learned, configuration, recipe)

    def whole(self, networks: Any) -> Any:
        """Weights with their statistics."""
        return {**self.first, "networks": networks}

    def rollout_error(self, networks: Any, watched: Samples) -> Array:
        """Mean square error of whole rollouts, of places and of the free edge, both over their scales.

        No snapshot counts more than `LOST`, so that among rollouts that leave those are better that leave later.
        """
        simulator = MessageSimulator(self._configuration, self.whole(networks), self._conditions)
        begun = simulator.begun

        def error(sample: Samples) -> Array:
            moving = simulator.of(sample.networks)
            start = moving.start(sample.positions[: begun + 1], sample.box[: begun + 1])
            places, boxes = rolled_on(moving, start, len(sample.positions) - 1 - begun)
            squares = jnp.sum((places - sample.positions[begun + 1 :]) ** 2, axis=2) @ sample.there
            edges = (boxes - sample.box[begun + 1 :])[:, 1] ** 2
            found = squares / (2 * jnp.sum(sample.there) * self._scales.place) + edges / self._scales.edge
            return jnp.mean(jnp.minimum(jnp.nan_to_num(found, nan=LOST, posinf=LOST), LOST))

        return jnp.mean(jax.vmap(error)(watched))

    def compiled_steps(self) -> Steps:
        """Weights, moments, samples and steps so far -> weights, moments, and the loss of each step up to a check."""
        recipe = self._recipe
        programs = {length: self._steps_of(length) for length in recipe.unrolled}

        def steps(weights: Any, moments: Any, samples: Samples, done: Any) -> tuple[Any, Any, Array]:
            # A check is one program: lengths take equal shares of the checks.
            check = int(done) // (recipe.steps // recipe.checks)
            length = recipe.unrolled[check * len(recipe.unrolled) // recipe.checks]
            return programs[length](weights, moments, samples, done)

        return steps

    def _steps_of(self, unrolled: int) -> Steps:
        """Those that learn from so many snapshots of each sample."""
        recipe, key = self._recipe, jax.random.key(self._recipe.seed)
        length = self._configuration.history + 1 + unrolled
        one_loss = partial(window_loss, configuration=self._configuration, noise=recipe.noise)
        statistics = self.first["statistics"]

        def loss(networks: Any, windows: SnapshotWindow, keys: Array) -> Array:
            return jnp.mean(jax.vmap(one_loss, in_axes=(None, None, 0, 0))(networks, statistics, windows, keys))

        @jax.jit
        def steps(weights: Any, moments: Any, samples: Samples, done: Array) -> tuple[Any, Any, Array]:
            def one(carry: tuple[Any, Any], number: Array) -> tuple[tuple[Any, Any], Array]:
                weights, moments = carry
                batch, noise = drawn(jax.random.fold_in(key, number), samples, recipe.batch, length)
                value, gradient = jax.value_and_grad(loss)(weights, batch, noise)
                updates, moments = ADAM.update(gradient, moments, weights)
                rate = recipe.rate * (recipe.last_rate / recipe.rate) ** (number / recipe.steps)
                weights = jax.tree.map(lambda leaf, update: (leaf - rate * update).astype(leaf.dtype), weights, updates)
                return (weights, moments), value

            numbers = done + jnp.arange(recipe.steps // recipe.checks)
            (weights, moments), losses = jax.lax.scan(one, (weights, moments), numbers)
            return weights, moments, losses

        return steps


def drawn(key: Array, samples: Samples, count: int, length: int) -> tuple[SnapshotWindow, Array]:
    """`[sample, …]`: networks and snapshots at random, and a key for the noise of each.

    Every other sample begins within the first `EARLY` snapshots: there transients die away, which are all that is hard.
    """
    rows_key, first_key, noise = jax.random.split(key, 3)
    rows = jax.random.randint(rows_key, (count,), 0, len(samples.positions))
    last = samples.positions.shape[1] - length
    ends = jnp.where(jnp.arange(count) % 2 == 0, last, min(last, EARLY - 1))
    firsts = jax.random.randint(first_key, (count,), 0, ends + 1)
    windows = jax.vmap(lambda row, first: window_of(samples, row, first, length))(rows, firsts)
    return windows, jax.random.split(noise, count)


def _statistics(weights: Any, samples: Samples, configuration: MessageConfiguration, recipe: MessageRecipe) -> Any:
    """The weights with means and scales of features and accelerations, over samples without noise."""
    shown = configuration.history + 1
    windows, _ = drawn(jax.random.fold_in(jax.random.key(recipe.seed), recipe.steps), samples, SAMPLED, shown + 1)

    def seen(window: SnapshotWindow) -> tuple[Array, Array, Array]:
        found = features(configuration, window.network, window.positions[:shown], window.box[:shown])
        places, boxes = window.positions[-3:], window.box[-3:]
        if configuration.relative:
            places = places * (window.network.box / boxes)[:, None]
        return found.nodes, found.edges, jnp.diff(places, n=2, axis=0)[0]

    nodes, edges, accelerations = (np.asarray(each) for each in jax.jit(jax.vmap(seen))(windows))
    there, bonds = np.asarray(windows.there) > 0, np.asarray(windows.network.weights) > 0
    # Bonds are seen from both of their ends.
    turned = np.where(np.arange(edges.shape[-1]) < 2, -1.0, 1.0)
    both = np.concatenate([edges[bonds], edges[bonds] * turned])
    known = {"node": nodes[there], "edge": both, "output": accelerations[there]}
    return with_statistics(weights, **{name: jnp.asarray(each) for name, each in known.items()})
