"""Encoder, decoder and regressor of cells, and what they are trained for (Wang et al., sections 3.1 and 3.2, eq. 6)."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jax import Array

from metac.runtime.learn.autoencoders.vae_configuration import VaeConfiguration
from metac.runtime.learn.networks.dense import DenseConfiguration
from metac.runtime.learn.networks.functional import Network
from metac.runtime.learn.networks.initialisers import he_normal, lecun_normal
from metac.runtime.learn.networks.patch_convolution import PatchConvolution, Surroundings
from metac.runtime.learn.supervised.labelled_data import LabelledSamples
from metac.runtime.learn.supervised.supervised_trainer import Objective

LABELS = 4
"""C11, C12, C22, C66."""
FIRST_SIDE, SIDE = 5, 3
"""Of the encoder's first convolution, and of the others, pixels."""
COARSE = 12
"""Features of the decoder's coarse picture."""
LOG_VARIANCES = 10.0
"""Largest magnitude of the logarithm of a variance."""

_dense = partial(nnx.Linear, kernel_init=lecun_normal, param_dtype=jnp.float32)


class CellEncoder(nnx.Module):
    """`[cell, row, column]` of 0 … 1 -> mean and log-variance, `[cell, latent]` each."""

    def __init__(self, configuration: VaeConfiguration, *, rngs: nnx.Rngs) -> None:
        sides = (FIRST_SIDE, *[SIDE] * (len(configuration.channels) - 1))
        self.convolutions = nnx.List([])
        channels, (rows, columns) = 1, configuration.seen
        for width, side in zip(configuration.channels, sides, strict=True):
            self.convolutions.append(PatchConvolution(channels, width, side, _around(configuration), 2, rngs=rngs))
            channels, rows, columns = width, -(-rows // 2), -(-columns // 2)
        self.dense = _dense(rows * columns * channels, configuration.hidden, kernel_init=he_normal, rngs=rngs)
        self.last = _dense(configuration.hidden, 2 * configuration.latent, rngs=rngs)

    def __call__(self, pictures: Array) -> tuple[Array, Array]:
        """Of the posterior."""
        here = pictures[..., None]
        for layer in self.convolutions:
            here = nnx.swish(layer(here))
        here = nnx.swish(self.dense(here.reshape(len(here), -1)))
        mean, log_variance = jnp.split(self.last(here), 2, axis=-1)
        return mean, jnp.clip(log_variance, -LOG_VARIANCES, LOG_VARIANCES)


class CellDecoder(nnx.Module):
    """`[cell, latent]` -> log-odds `[cell, row, column]` that a pixel is solid."""

    def __init__(self, configuration: VaeConfiguration, *, rngs: nnx.Rngs) -> None:
        self.rows, self.columns = configuration.seen
        self.coarse = (-(-self.rows // 2), -(-self.columns // 2))
        width = configuration.channels[0]
        self.dense = _dense(configuration.latent, self.coarse[0] * self.coarse[1] * COARSE, rngs=rngs)
        around = _around(configuration)
        self.entry = PatchConvolution(COARSE, 4 * COARSE, SIDE, around, rngs=rngs)
        self.middle = PatchConvolution(COARSE, width, SIDE, around, rngs=rngs)
        self.closing = PatchConvolution(width, 1, SIDE, around, kernel_init=lecun_normal, rngs=rngs)

    def __call__(self, latent: Array) -> Array:
        """Of the likelihood."""
        here = nnx.swish(self.dense(latent)).reshape(len(latent), *self.coarse, COARSE)
        here = _finer(nnx.swish(self.entry(here)))
        here = self.closing(nnx.swish(self.middle(here)))[..., 0]
        return here[:, : self.rows, : self.columns]


def _around(configuration: VaeConfiguration) -> Surroundings:
    """What lies beyond a quarter is its mirror image, beyond a cell the next period."""
    return "symmetric" if configuration.mirrored else "wrap"


def _finer(here: Array) -> Array:
    """Four features of a pixel as four pixels (Shi et al., 2016): twice the rows and columns."""
    cells, rows, columns, width = here.shape
    parts = here.reshape(cells, rows, columns, 2, 2, width // 4).transpose(0, 1, 3, 2, 4, 5)
    return parts.reshape(cells, 2 * rows, 2 * columns, width // 4)


class CellVae:
    """The three networks as functions of their weights, a dictionary of `encoder`, `decoder` and `regressor`."""

    def __init__(self, configuration: VaeConfiguration) -> None:
        self.configuration = configuration
        self.networks = _networks(configuration)

    @property
    def parameters(self) -> int:
        """How many numbers are trained."""
        return sum(network.parameters for network in self.networks.values())

    @property
    def weights_like(self) -> Any:
        """Shapes and types of the weights of all."""
        return {name: network.weights_like for name, network in self.networks.items()}

    def initial_weights(self, seed: int) -> Any:
        """Random weights of all."""
        return {name: network.initial_weights(seed + place) for place, (name, network) in enumerate(self.networks.items())}

    def posterior(self, weights: Any, pictures: Array) -> tuple[Array, Array]:
        """Mean and log-variance, `[cell, latent]` each, of `[cell, row, column]` as the networks see cells."""
        return self.networks["encoder"](weights["encoder"], pictures)

    def log_odds(self, weights: Any, latent: Array) -> Array:
        """`[cell, row, column]` of `[cell, latent]`."""
        return self.networks["decoder"](weights["decoder"], latent)

    def labels(self, weights: Any, mean: Array) -> Array:
        """Standardised stiffness `[cell, 4]` of means `[cell, latent]`."""
        return self.networks["regressor"](weights["regressor"], mean)


@cache
def _networks(configuration: VaeConfiguration) -> dict[str, Network]:
    dense = DenseConfiguration(configuration.latent, configuration.regressor, LABELS, "swish")
    return {
        "encoder": Network(lambda rngs: CellEncoder(configuration, rngs=rngs)),
        "decoder": Network(lambda rngs: CellDecoder(configuration, rngs=rngs)),
        "regressor": dense.network,
    }


@cache
def evidence_and_regression_loss(configuration: VaeConfiguration, divergence: float, guidance: float) -> Objective:
    """The negative of the bound on the log-likelihood, and the error of the stiffness (Wang et al., eqs. 4 to 6).

    Sum over the pixels of a cell of the cross-entropy, `divergence` times the Kullback–Leibler divergence from the normal
    prior, and `guidance` times the squared error of the four standardised stiffnesses. Noise is added for the decoder alone;
    the regressor takes the mean.
    """
    vae, (rows, columns) = CellVae(configuration), configuration.seen

    def objective(weights: Any, samples: LabelledSamples, key: Array) -> Array:
        pictures = jnp.asarray(samples.designs).reshape(-1, rows, columns)
        mean, log_variance = vae.posterior(weights, pictures)
        latent = mean + jnp.exp(log_variance / 2) * jax.random.normal(key, mean.shape, jnp.float32)
        odds = vae.log_odds(weights, latent)
        entropy = configuration.images * jnp.sum(jax.nn.softplus(odds) - pictures * odds, axis=(-2, -1))
        excess = jnp.sum(jnp.exp(log_variance) + mean**2 - 1 - log_variance, axis=-1) / 2
        miss = jnp.sum((vae.labels(weights, mean) - samples.labels) ** 2, axis=-1)
        return jnp.mean(entropy + divergence * excess + guidance * miss)

    return objective
