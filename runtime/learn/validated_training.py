"""Training whose weights are those of the check with the lowest validation loss: its state, and what it ends with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from metac.runtime.learn.failures import TrainingFailed


class ValidatedState(NamedTuple):
    """What steps and checks change; a pytree."""

    weights: Any
    moments: Any
    best: Any
    """The weights of the check with the lowest validation loss."""
    validation: Any
    """`[check]`: that loss, no number for checks to come."""

    @classmethod
    def begun(cls, weights: Any, moments: Any, checks: int) -> ValidatedState:
        """No steps, no checks yet."""
        return cls(weights, moments, jax.tree.map(jnp.copy, weights), np.full(checks, np.nan, np.float32))

    @property
    def known(self) -> NDArray[np.float32]:
        """The validation losses so far."""
        validation = np.asarray(self.validation)
        return validation[~np.isnan(validation)]

    def validated(self, check: int, loss: float) -> ValidatedState:
        """With the validation loss of a check, and its weights where they are the best; a loss that is no number is not."""
        validation = np.array(self.validation)
        better = loss < np.min(validation, where=np.isfinite(validation), initial=np.inf)
        validation[check] = loss
        best = jax.tree.map(jnp.copy, self.weights) if better else self.best
        return self._replace(best=best, validation=validation)


@dataclass(frozen=True)
class ValidatedResult:
    """What a training ends with: the weights of the best check, and the losses of every check up to the last."""

    weights: Any
    training: NDArray[np.float32]
    """`[check]`: mean loss of the steps before it."""
    validation: NDArray[np.float32]
    """`[check]`."""
    seconds: float

    @classmethod
    def of(
        cls, state: ValidatedState, losses: NDArray[np.float32], checks: int, seconds: float, title: str
    ) -> ValidatedResult:
        """Of the state after so many checks, and the loss `[step]` of all steps before them.

        Raises:
            TrainingFailed: where no validation loss is a finite number.
        """
        validation = np.asarray(state.validation)[:checks]
        if not np.isfinite(validation).any():
            raise TrainingFailed(
                f"{title} cannot be trained: no validation loss is a finite number",
                remedy="take a lower `rate`, and look at the validation part of the data",
            )
        means = losses.reshape(checks, -1).mean(axis=1)
        return cls(jax.tree.map(np.asarray, state.best), means, validation, seconds)

    @property
    def best(self) -> int:
        """The best check, from 0."""
        return int(np.argmin(np.where(np.isfinite(self.validation), self.validation, np.inf)))
