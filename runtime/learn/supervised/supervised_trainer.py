"""Training of networks on labelled designs: Adam or RMSprop, a cosine of the rate, the weights of the best epoch.

Every random number follows from the seed and the number of the step, so a training that was interrupted and
resumed gives the same bits as one that was not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array
from numpy.typing import NDArray

from metac.runtime.learn.epoch_loop import EpochPlan, run_epochs
from metac.runtime.learn.supervised.labelled_data import LabelledSamples, Rows
from metac.runtime.learn.validated_training import ValidatedResult, ValidatedState

Objective = Callable[[Any, LabelledSamples, Array], Array]
"""Weights, a batch of samples (designs float32), a key -> the mean loss of the batch."""

OPTIMISERS = {"adam": optax.scale_by_adam(), "rmsprop": optax.scale_by_rms()}
LAST_RATE = 0.01
"""Of the cosine, over the first learning rate."""
AT_ONCE = 128
"""Most steps in one call of compiled code."""
ROWS = 4096
"""Samples at once where nothing is learned."""


@dataclass(frozen=True)
class SupervisedRecipe:
    """How a network is trained on labelled designs.

    `epochs` times all samples at most, in batches of `batch`, the rest of each epoch left out; `rate`: the first learning
    rate; `patience`: epochs without a better loss of the validation set after which it ends, None for no such end;
    `optimiser`: adam or rmsprop; `seed` of order and noise.
    """

    epochs: int = 200
    batch: int = 32
    rate: float = 1e-4
    patience: int | None = None
    optimiser: str = "adam"
    seed: int = 0

    def describe(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


def train_supervised(
    objective: Objective,
    weights: Any,
    samples: LabelledSamples,
    rows: tuple[Rows, Rows],
    recipe: SupervisedRecipe,
    folder: Path,
    title: str,
    *,
    rows_at_once: int = ROWS,
) -> ValidatedResult:
    """Train from the start, or from the last checkpoint in `folder`.

    Args:
        objective: what becomes small.
        weights: to start from.
        samples: arrays in memory, or memory maps.
        rows: those to learn from, and those that tell which epoch is best.
        recipe: how.
        folder: takes checkpoints.
        title: for messages.
        rows_at_once: samples of the validation set that are in memory together.

    Raises:
        Interrupted: if the user wants to stop; what was reached is saved.
        TrainingFailed: if the loss is no number, that of validation never is one, or a checkpoint cannot be written.
    """
    training = _Training(objective, samples, rows, recipe, rows_at_once)
    described = {**recipe.describe(), "samples": len(rows[0])}
    plan = EpochPlan(folder, title, described, training.steps_per_epoch, recipe.epochs)
    patience = partial(_ended, patience=recipe.patience)
    state, losses, seconds = run_epochs(
        plan, training.initial_state(weights), training.advance, ended=patience, describe=_describe
    )
    epochs = len(losses) // training.steps_per_epoch
    return ValidatedResult.of(state, losses[: epochs * training.steps_per_epoch], epochs, seconds, title)


class _Training:
    """The steps of one training, by batches of rows, and the validation at the end of each epoch."""

    def __init__(
        self,
        objective: Objective,
        samples: LabelledSamples,
        rows: tuple[Rows, Rows],
        recipe: SupervisedRecipe,
        rows_at_once: int,
    ) -> None:
        self._samples, self._recipe, self._rows_at_once = samples, recipe, rows_at_once
        learned, self._watched = rows
        self._batch = min(recipe.batch, len(learned))
        self.steps_per_epoch = len(learned) // self._batch
        self._steps, self._loss_of = make_steps(objective, recipe.optimiser), compiled(objective)
        self._key, self._orders = jax.random.key(recipe.seed), _Orders(learned, recipe.seed)

    def initial_state(self, weights: Any) -> ValidatedState:
        """No steps, no epochs yet."""
        moments = jax.jit(OPTIMISERS[self._recipe.optimiser].init)(weights)
        return ValidatedState.begun(weights, moments, self._recipe.epochs)

    def advance(self, state: ValidatedState, done: int) -> tuple[ValidatedState, NDArray[np.float32]]:
        """Further steps after so many, up to the end of the epoch, and the loss of each."""
        epoch, place = divmod(done, self.steps_per_epoch)
        rows, count = self.batches(epoch, place)
        total, rate = self.steps_per_epoch * self._recipe.epochs, self._recipe.rate
        weights, moments, losses = self._steps(
            state.weights, state.moments, self._samples.take(rows), count, done, total, rate, self._key
        )
        state = state._replace(weights=weights, moments=moments)
        if place + count == self.steps_per_epoch:
            loss = mean_loss(self._loss_of, weights, self._samples, self._watched, self._key, self._rows_at_once)
            state = state.validated(epoch, loss)
        return state, np.asarray(losses)[:count]

    def batches(self, epoch: int, place: int) -> tuple[Rows, int]:
        """Rows `[step, sample]` from a step of an epoch on, padded to the compiled length, and how many steps count."""
        most, size = min(AT_ONCE, self.steps_per_epoch), self._batch
        count = min(most, self.steps_per_epoch - place)
        chosen = self._orders.of(epoch)[place * size : (place + count) * size].reshape(count, size)
        return np.concatenate([chosen, np.repeat(chosen[-1:], most - count, axis=0)]), count


def rate_at(step: Array | int, total: Array | int, first: Array | float) -> Array:
    """The learning rate of a step (from 0) of so many: a cosine from the first rate to a hundredth of it."""
    turn = jnp.pi * jnp.asarray(step, jnp.float32) / jnp.asarray(total, jnp.float32)
    return jnp.asarray(first, jnp.float32) * (LAST_RATE + (1 - LAST_RATE) * (1 + jnp.cos(turn)) / 2)


@cache
def make_steps(objective: Objective, optimiser: str) -> Callable[..., tuple[Any, Any, Array]]:
    """Compiled steps of an objective.

    They take weights, moments, batches `[step, sample, …]`, how many of them count, steps before and in all, the first
    learning rate and a key; and give weights, moments and losses `[step]`.
    """
    method = OPTIMISERS[optimiser]

    @partial(jax.jit, donate_argnums=(0, 1))
    def steps(
        weights: Any,
        moments: Any,
        batches: LabelledSamples,
        count: Array,
        done: Array,
        total: Array,
        rate: Array,
        key: Array,
    ) -> tuple[Any, Any, Array]:
        def one(place: Array, carry: tuple[Any, Any, Array]) -> tuple[Any, Any, Array]:
            weights, moments, losses = carry
            batch = as_float(LabelledSamples(*(each[place] for each in batches)))
            drawn = jax.random.fold_in(jax.random.fold_in(key, 1), done + place)
            loss, change = jax.value_and_grad(objective)(weights, batch, drawn)
            updates, moments = method.update(change, moments, weights)
            length = rate_at(done + place, total, rate)
            updates = jax.tree.map(lambda update: -length * update, updates)
            return optax.apply_updates(weights, updates), moments, losses.at[place].set(loss)

        losses = jnp.zeros(len(batches.labels), jnp.float32)
        return jax.lax.fori_loop(0, count, one, (weights, moments, losses))

    return steps


@cache
def compiled(objective: Objective) -> Objective:
    """The objective, compiled."""
    return jax.jit(objective)


def mean_loss(
    objective: Objective, weights: Any, samples: LabelledSamples, rows: Rows, key: Array, at_once: int = ROWS
) -> float:
    """The loss of many samples, with the same random numbers each time."""
    total = 0.0
    for place, start in enumerate(range(0, len(rows), at_once)):
        chosen = rows[start : start + at_once]
        drawn = jax.random.fold_in(jax.random.fold_in(key, 2), place)
        total += len(chosen) * float(objective(weights, as_float(samples.take(chosen)), drawn))
    return total / len(rows)


def as_float(samples: LabelledSamples) -> Any:
    """The same with designs as float32."""
    return samples._replace(designs=samples.designs.astype(np.float32))


class _Orders:
    """The order of the samples in each epoch; that of one epoch is cached."""

    def __init__(self, rows: Rows, seed: int) -> None:
        self._rows, self._seed = rows, seed
        self._epoch, self._order = -1, rows

    def of(self, epoch: int) -> Rows:
        """All rows, shuffled."""
        if epoch != self._epoch:
            random = np.random.Generator(np.random.PCG64([self._seed, epoch]))
            self._epoch, self._order = epoch, random.permutation(self._rows)
        return self._order


def _ended(state: ValidatedState, patience: int | None) -> bool:
    known = state.known
    return patience is not None and len(known) > 0 and len(known) - 1 - int(np.argmin(known)) >= patience


def _describe(state: ValidatedState) -> str:
    known = state.known
    return f"validation {known[-1]:.4g}, " if len(known) else ""
