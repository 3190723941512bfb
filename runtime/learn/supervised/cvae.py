"""Conditional variational autoencoders of binary designs (Pahlavani et al., sections 2.2 and 5.2; Sohn et al., 2015)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import ArrayLike, NDArray

from metac.runtime.learn.networks.dense import DenseConfiguration
from metac.runtime.learn.supervised.labelled_data import LabelledSamples
from metac.runtime.learn.supervised.supervised_trainer import Objective
from metac.runtime.learn.supervised.surrogate import Columns, Surrogate, in_batches

ROWS = 8192
"""Designs drawn at once."""
LOG_VARIANCES = 10.0
"""Largest magnitude of the logarithm of a variance."""


@dataclass(frozen=True)
class CvaeConfiguration:
    """Two networks of dense layers: from a design and its condition to mean and log-variance of each latent variable, and
    from latent variables and condition to the log-odds of each feature.

    The condition is the scaled labels, and the scaled settings where there are any.
    """

    features: int
    conditions: int
    latent: int = 8
    hidden: tuple[int, ...] = (512, 260)
    activation: str = "relu"

    @property
    def recognition(self) -> DenseConfiguration:
        """Q(z | x, y)."""
        return DenseConfiguration(self.features + self.conditions, self.hidden, 2 * self.latent, self.activation)

    @property
    def reconstruction(self) -> DenseConfiguration:
        """P(x | z, y); its hidden layers in the same order."""
        return DenseConfiguration(self.latent + self.conditions, self.hidden, self.features, self.activation)

    @property
    def parameters(self) -> int:
        """How many numbers are trained."""
        return self.recognition.network.parameters + self.reconstruction.network.parameters

    @property
    def weights_like(self) -> Any:
        """Shapes and types of the weights of both."""
        return {
            "recognition": self.recognition.network.weights_like,
            "reconstruction": self.reconstruction.network.weights_like,
        }

    def initial_weights(self, seed: int) -> Any:
        """Random weights of both."""
        return {
            "recognition": self.recognition.network.initial_weights(seed),
            "reconstruction": self.reconstruction.network.initial_weights(seed + 1),
        }

    def recognised(self, weights: Any, designs: Array, condition: Array) -> tuple[Array, Array]:
        """Mean and log-variance, `[…, latent]` each, of `[…, feature]` and `[…, condition]`."""
        found = self.recognition.network(weights["recognition"], jnp.concatenate([designs, condition], axis=-1))
        mean, log_variance = jnp.split(found, 2, axis=-1)
        return mean, jnp.clip(log_variance, -LOG_VARIANCES, LOG_VARIANCES)

    def log_odds(self, weights: Any, latent: Array, condition: Array) -> Array:
        """`[…, feature]` of `[…, latent]` and `[…, condition]`."""
        return self.reconstruction.network(weights["reconstruction"], jnp.concatenate([latent, condition], axis=-1))

    def describe(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "features": self.features,
            "conditions": self.conditions,
            "latent": self.latent,
            "hidden": list(self.hidden),
            "activation": self.activation,
        }

    @classmethod
    def read(cls, description: Mapping[str, Any]) -> CvaeConfiguration:
        """The inverse of `describe`. Raises ValueError, KeyError or TypeError where it describes none."""
        return cls(**{**description, "hidden": tuple(int(width) for width in description["hidden"])})


def evidence_and_property_loss(
    configuration: CvaeConfiguration, guide: Surrogate, divergence: float, guidance: float
) -> Objective:
    """The negative of the bound on the log-likelihood, and the error of the properties (Pahlavani et al., eqs. 4 and 5).

    Sum over features of the cross-entropy, `divergence` times the Kullback–Leibler divergence from the normal prior, and
    `guidance` times the mean squared error of the scaled labels that the guide, whose weights are fixed, finds for
    the reconstructed design. That design is 0 or 1 in each feature, as the guide knows designs; derivatives go through the
    probabilities (a straight-through estimate: Bengio et al., 2013).
    """

    def objective(weights: Any, samples: LabelledSamples, key: Array) -> Array:
        designs, settings, labels = (jnp.asarray(each) for each in samples)
        condition = jnp.concatenate([labels, settings], axis=-1)
        mean, log_variance = configuration.recognised(weights, designs, condition)
        latent = mean + jnp.exp(log_variance / 2) * jax.random.normal(key, mean.shape, jnp.float32)
        odds = configuration.log_odds(weights, latent, condition)
        entropy = jnp.sum(jax.nn.softplus(odds) - designs * odds, axis=-1)
        excess = jnp.sum(jnp.exp(log_variance) + mean**2 - 1 - log_variance, axis=-1) / 2
        likely = jax.nn.sigmoid(odds)
        drawn = likely + jax.lax.stop_gradient((odds > 0).astype(jnp.float32) - likely)
        miss = jnp.mean((guide.scaled(drawn, settings) - labels) ** 2)
        return jnp.mean(entropy + divergence * excess) + guidance * miss

    return objective


@dataclass(frozen=True, eq=False)
class CvaeGenerator:
    """Designs of wanted labels, drawn from the reconstruction network."""

    configuration: CvaeConfiguration
    weights: Any
    columns: Columns
    known: NDArray[np.float32]
    """`[sample, label]`: scaled labels of designs that it has learned from; what completes wanted labels that are few."""

    def draw(self, labels: ArrayLike, settings: ArrayLike = (), *, seed: int = 0) -> NDArray[np.uint8]:
        """One design for each row of `[design, label]`, label units, at settings `[setting]`: `[design, feature]`, 0 or 1.

        The same seed draws the same designs.
        """
        scaled = self.columns.labels.scale(np.atleast_2d(np.asarray(labels, float)))
        wide = np.broadcast_to(self.columns.settings.scale(settings), (len(scaled), len(self.columns.setting_names)))
        condition = np.concatenate([scaled, wide], axis=1)
        latent = np.random.Generator(np.random.PCG64(seed)).standard_normal(
            (len(scaled), self.configuration.latent), np.float32
        )
        return in_batches(lambda z, y: self._compiled(self.weights, z, y), ROWS, latent, condition)

    def conditions(self, wanted: Mapping[str, float], count: int, *, seed: int = 0) -> NDArray[np.float64]:
        """`[count, label]` in label units: the wanted labels, and, where not all are, others that go with them in the data.

        The others are those of the nearest samples that were learned from, a hundredth of them, drawn at random.
        """
        places = [self.columns.label_names.index(name) for name in wanted]
        target = np.zeros(len(self.columns.label_names))
        target[places] = list(wanted.values())
        scaled = self.columns.labels.scale(target)
        if len(places) == len(target):
            return np.tile(target, (count, 1))
        distance = np.square(self.known[:, places] - scaled[places]).sum(axis=1)
        near = np.argsort(distance, kind="stable")[: max(1, len(self.known) // 100)]
        random = np.random.Generator(np.random.PCG64([seed, 1]))
        found = self.columns.labels.restore(self.known[random.choice(near, count)])
        found[:, places] = target[places]
        return found

    def reconstruct(self, samples: LabelledSamples) -> NDArray[np.uint8]:
        """Designs `[sample, feature]` from the mean of their latent variables."""
        condition = np.concatenate([samples.labels, samples.settings], axis=1)
        return in_batches(lambda x, y: self._recovered(self.weights, x, y), ROWS, samples.designs, condition)

    @cached_property
    def _compiled(self) -> Any:
        return jax.jit(lambda weights, z, y: (self.configuration.log_odds(weights, z, y) > 0).astype(jnp.uint8))

    @cached_property
    def _recovered(self) -> Any:
        def recovered(weights: Any, designs: Array, condition: Array) -> Array:
            mean, _ = self.configuration.recognised(weights, designs.astype(jnp.float32), condition)
            return (self.configuration.log_odds(weights, mean, condition) > 0).astype(jnp.uint8)

        return jax.jit(recovered)


def f1_score(truth: NDArray[np.uint8], found: NDArray[np.uint8]) -> float:
    """Harmonic mean of precision and recall of features that are present (Pahlavani et al., eq. 6)."""
    both = np.count_nonzero(truth & found)
    return 2 * both / max(1, np.count_nonzero(truth) + np.count_nonzero(found))
