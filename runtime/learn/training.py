"""Training of denoising networks: AdamW with warm-up and cosine, a running mean of the weights, checkpoints.

The objective is the mean squared difference between the noise that was added and the noise that the network finds (Ho et
al., 2020, eq. 14; Xu et al., eq. 9). Every random number follows from the seed and the number of the step, so a training
that was interrupted goes on bit for bit as if it had not been.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array
from numpy.typing import NDArray

from metac.runtime.artefacts.watch import present_watch
from metac.runtime.learn.failures import TrainingFailed
from metac.runtime.learn.schedule import LinearSchedule
from metac.runtime.optimise.flat import DoesNotFit, flatten, restore
from metac.runtime.runs.checkpoints import Checkpoint, latest, save
from metac.runtime.runs.failures import Interrupted

TrainingNetwork = Callable[[Any, Array, Array, Array], Array]
"""As a denoiser's network, and a key for what it leaves out at random."""

BETWEEN_CHECKPOINTS = 120.0
"""Seconds."""
BETWEEN_LINES = 5.0
"""Seconds between two lines of progress."""
LAST_RATE = 0.01
"""Of the cosine, over the largest learning rate."""


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    `epochs` times all samples in batches of `batch`, the rest of each epoch left out; `rate`: largest learning rate, reached
    after `warm_up` steps (or a tenth of all, where that is less); `decay`: of the weights; `mean`: share of the running mean
    of the weights that a step keeps; `clip`: largest norm of a gradient; `seed` of all random numbers.
    """

    epochs: int = 100
    batch: int = 128
    rate: float = 2e-4
    warm_up: int = 500
    decay: float = 1e-4
    mean: float = 0.999
    clip: float = 1.0
    seed: int = 0

    def steps(self, samples: int) -> tuple[int, int, int]:
        """Steps an epoch, steps in all, and samples a step, for so many samples."""
        batch = min(self.batch, samples)
        return samples // batch, self.epochs * (samples // batch), batch

    def describe(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


class State(NamedTuple):
    """What a step changes; a pytree."""

    weights: Any
    mean: Any
    """Running mean of the weights: what is used afterwards."""
    moments: Any


@dataclass(frozen=True)
class Trained:
    """What a training ends with: the running mean of the weights, and the loss of every step."""

    weights: Any
    losses: NDArray[np.float32]
    seconds: float


def train(
    network: TrainingNetwork,
    weights: Any,
    samples: NDArray[np.float32],
    schedule: LinearSchedule,
    recipe: Recipe,
    folder: Path,
    title: str,
) -> Trained:
    """Train from the start, or from the last checkpoint in `folder`.

    Args:
        network: what is trained.
        weights: to start from.
        samples: `[sample, …]`.
        schedule: of the noise.
        recipe: how.
        folder: takes checkpoints.
        title: for messages.

    Raises:
        Interrupted: if the user wants to stop; what was reached is saved.
        TrainingFailed: if the loss is no number, or a checkpoint cannot be written.
    """
    a_epoch, total, batch = recipe.steps(len(samples))
    optimiser = make_optimiser(recipe, total)
    step = make_step(network, schedule, recipe, len(samples), batch)
    state = State(weights, jax.tree.map(jnp.copy, weights), jax.jit(optimiser.init)(weights))
    run = _Run(folder, title, recipe, a_epoch, total)
    state = run.begin(state)
    data, key = jnp.asarray(samples), jax.random.key(recipe.seed)
    watch = present_watch()
    while run.done < total:
        if watch.wanted():
            run.save(state)
            watch.note(f"{title}: saved after {run.place}; it goes on from there when it is needed again")
            raise Interrupted
        state, loss = step(state, data, key, run.done)
        run.took(float(loss))
        run.tell()
        if run.checkpoint_due:
            run.save(state)
    run.save(state)
    return Trained(jax.tree.map(np.asarray, state.mean), np.asarray(run.losses, np.float32), run.seconds)


def make_optimiser(recipe: Recipe, total: int) -> optax.GradientTransformation:
    """AdamW (Loshchilov and Hutter, 2019) behind a bound on the gradient's norm, for `total` steps."""
    warm_up = min(recipe.warm_up, math.ceil(total / 10))
    rate = optax.warmup_cosine_decay_schedule(
        recipe.rate / (warm_up + 1), recipe.rate, warm_up, max(total, warm_up + 1), LAST_RATE * recipe.rate
    )
    return optax.chain(optax.clip_by_global_norm(recipe.clip), optax.adamw(rate, weight_decay=recipe.decay))


@cache
def make_step(
    network: TrainingNetwork, schedule: LinearSchedule, recipe: Recipe, count: int, batch: int
) -> Callable[[State, Array, Array, int], tuple[State, Array]]:
    """The compiled step: state, `[sample, …]` (`count` of them), key, number of the step -> new state, loss."""
    optimiser = make_optimiser(recipe, recipe.steps(count)[1])
    picture = jnp.asarray(np.sqrt(schedule.kept), jnp.float32)
    level = jnp.asarray(np.sqrt(1 - schedule.kept), jnp.float32)
    a_epoch = count // batch

    def loss_of(weights: Any, clean: Array, key: Array) -> Array:
        for_time, for_noise, for_network = jax.random.split(key, 3)
        times = jax.random.randint(for_time, (batch,), 1, schedule.steps + 1)
        noise = jax.random.normal(for_noise, clean.shape, jnp.float32)
        each = (-1, *([1] * (clean.ndim - 1)))
        noisy = picture[times].reshape(each) * clean + level[times].reshape(each) * noise
        return jnp.mean((network(weights, noisy, times, for_network) - noise) ** 2)

    @partial(jax.jit, donate_argnums=0)
    def step(state: State, data: Array, key: Array, number: Array) -> tuple[State, Array]:
        epoch, place = number // a_epoch, number % a_epoch
        order = jax.random.permutation(jax.random.fold_in(jax.random.fold_in(key, 0), epoch), count)
        clean = data[jax.lax.dynamic_slice_in_dim(order, place * batch, batch)]
        loss, change = jax.value_and_grad(loss_of)(
            state.weights, clean, jax.random.fold_in(jax.random.fold_in(key, 1), number)
        )
        updates, moments = optimiser.update(change, state.moments, state.weights)
        weights = optax.apply_updates(state.weights, updates)
        # The first steps count for less: a mean that began at random weights would not forget them for long.
        kept = jnp.minimum(recipe.mean, (1.0 + number) / (10.0 + number)).astype(jnp.float32)
        mean = jax.tree.map(lambda old, new: kept * old + (1 - kept) * new, state.mean, weights)
        return State(weights, mean, moments), loss

    return step


class _Run:
    """Counting, telling and saving."""

    def __init__(self, folder: Path, title: str, recipe: Recipe, a_epoch: int, total: int) -> None:
        self.folder, self.title, self.recipe, self.a_epoch, self.total = folder, title, recipe, a_epoch, total
        self.losses: list[float] = []
        self._before, self._started = 0.0, time.monotonic()
        self._saved = self._told = self._compiled = self._started
        self._saved_steps = self._first = 0

    @property
    def done(self) -> int:
        """Steps so far."""
        return len(self.losses)

    @property
    def seconds(self) -> float:
        """Spent on all steps, those before an interruption among them."""
        return self._before + time.monotonic() - self._started

    @property
    def place(self) -> str:
        """For people."""
        return f"{self.done:,} of {self.total:,} steps"

    @property
    def checkpoint_due(self) -> bool:
        """Whether it is time to save."""
        return time.monotonic() - self._saved >= BETWEEN_CHECKPOINTS

    def begin(self, state: State) -> State:
        """The state to start from: that of the last checkpoint, where there is one of this training."""
        found, damaged = latest(self.folder)
        for message in damaged:
            present_watch().note(f"{self.title}: {message}")
        if found is None or found.numbers.get("recipe") != self.recipe.describe():
            present_watch().phase(f"training {self.title}: compiling")
            return state
        try:
            restored = State(*(restore(name, found.arrays, part) for name, part in state._asdict().items()))
        except DoesNotFit:
            return state
        self.losses = [float(loss) for loss in found.arrays["losses"]]
        self._before = float(found.numbers["seconds"])
        self._saved_steps = self._first = self.done
        present_watch().note(f"{self.title}: going on after {self.place}")
        return restored

    def took(self, loss: float) -> None:
        """Take a step into account."""
        if not math.isfinite(loss):
            raise TrainingFailed(
                f"the loss of {self.title} became {loss} at step {self.done + 1:,}, of {self.total:,}",
                remedy="a lower learning rate: `rate = 1e-4`",
            )
        self.losses.append(loss)
        if self.done == self._first + 1:
            self._compiled = time.monotonic()  # the first step holds the compilation

    def tell(self) -> None:
        """Show progress, now and then."""
        now = time.monotonic()
        if now - self._told < BETWEEN_LINES and self.done < self.total:
            return
        if self.done < min(self._first + 2, self.total):
            return  # nothing is known yet of how long a step takes
        self._told = now
        steps = min(self.done, self.a_epoch)
        mean = sum(self.losses[-steps:]) / steps
        left = (now - self._compiled) / max(1, self.done - self._first - 1) * (self.total - self.done)
        present_watch().phase(
            f"training {self.title}: epoch {self.done // self.a_epoch} of {self.recipe.epochs}, step {self.place}, "
            f"loss {mean:.4f}, {_duration(left)} left"
        )

    def save(self, state: State) -> None:
        """Write a checkpoint."""
        arrays = {"losses": np.asarray(self.losses, np.float32)}
        for name, part in state._asdict().items():
            arrays |= flatten(name, part)
        numbers: Mapping[str, Any] = {"recipe": self.recipe.describe(), "seconds": self.seconds}
        try:
            save(self.folder, Checkpoint(self.done, arrays, numbers))
        except OSError as error:
            kept = f"what was reached after {self._saved_steps:,} steps is kept" if self._saved_steps else "nothing is kept"
            raise TrainingFailed(
                f"{self.title} cannot be saved after {self.place}: {error.strerror or error}; {kept}",
                remedy="free some space, or name another folder in METAC_CACHE; the training goes on from what is kept",
            ) from error
        self._saved, self._saved_steps = time.monotonic(), self.done


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
