"""The latent space of a trained variational autoencoder of cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray
from scipy.spatial import KDTree

from metac.runtime.datasets.cells.property_index import PropertyIndex
from metac.runtime.learn.autoencoders.cell_vae import CellVae
from metac.runtime.learn.autoencoders.vae_configuration import VaeConfiguration

NEIGHBOURS = 5
"""Familiarity is the distance of the so-manieth nearest cell."""
MOST_MEASURED = 2000
"""Cells whose own distances say what is usual."""
AT_ONCE = 512
"""Cells encoded or decoded together."""


@dataclass(frozen=True)
class Standardisation:
    """Of columns to mean 0 and standard deviation 1; a column that does not vary is only shifted."""

    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    @classmethod
    def of(cls, columns: NDArray[np.float64]) -> Standardisation:
        """Of `[sample, column]`."""
        deviation = columns.std(axis=0)
        return cls(tuple(columns.mean(axis=0).tolist()), tuple(np.where(deviation > 0, deviation, 1.0).tolist()))

    def scale(self, columns: NDArray[np.float64]) -> NDArray[np.float32]:
        """`[…, column]` standardised."""
        return ((columns - np.asarray(self.mean)) / np.asarray(self.deviation)).astype(np.float32)

    def describe(self) -> dict[str, Any]:
        """As plain values."""
        return {"mean": list(self.mean), "deviation": list(self.deviation)}

    @classmethod
    def read(cls, description: Mapping[str, Any]) -> Standardisation:
        """The inverse of `describe`. Raises KeyError or TypeError where it describes none."""
        return cls(tuple(map(float, description["mean"])), tuple(map(float, description["deviation"])))


@dataclass(frozen=True, eq=False)
class CellLatentSpace:
    """See `compiler/interfaces/latent.py: LatentSpace`."""

    configuration: VaeConfiguration
    weights: Any
    labels: Standardisation
    """Of C11, C12, C22, C66, MPa."""
    latents: NDArray[np.float32]
    stiffness: NDArray[np.float64]
    validation: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """See `LatentSpace`."""

    @property
    def cell(self) -> tuple[int, int]:
        """Rows and columns of a cell."""
        return self.configuration.cell

    def nearest(self, stiffness: NDArray[np.float64], count: int) -> NDArray[np.int64]:
        """See `LatentSpace`; each stiffness counts in its standard deviations among the cells."""
        return PropertyIndex(self.stiffness, np.asarray(self.labels.deviation)).nearest(stiffness, count).indices

    def encode(self, cells: Array) -> Array:
        """See `LatentSpace`. Of cells whose networks see quarters the mean of the four mirror images counts."""
        flat = cells.reshape(-1, *self.cell)
        mean, _ = self._vae.posterior(self._weights_of(flat), quartered(flat) if self.configuration.mirrored else flat)
        return mean.reshape(*cells.shape[:-2], -1)

    def decode(self, latent: Array) -> Array:
        """See `LatentSpace`."""
        flat = latent.reshape(-1, self.configuration.latent)
        solid = jax.nn.sigmoid(self._vae.log_odds(self._weights_of(flat), flat))
        found = unfolded(solid) if self.configuration.mirrored else solid
        return found.reshape(*latent.shape[:-1], *self.cell)

    def predict(self, latent: Array) -> Array:
        """See `LatentSpace`."""
        flat = latent.reshape(-1, self.configuration.latent)
        scaled = self._vae.labels(self._weights_of(flat), flat)
        found = scaled * jnp.asarray(self.labels.deviation) + jnp.asarray(self.labels.mean)
        return found.reshape(*latent.shape[:-1], -1)

    def familiarity(self, latent: Array) -> Array:
        """See `LatentSpace`: distance to the fifth nearest cell over the median of that among the cells themselves."""
        known = jnp.asarray(self.latents, latent.dtype)
        squares = jnp.sum((latent[..., None, :] - known) ** 2, axis=-1)
        # The root has no derivative at zero, where five cells were the same.
        nearest = -jax.lax.top_k(-squares, min(NEIGHBOURS, len(known)))[0][..., -1]
        return jnp.sqrt(nearest + 1e-24) / self.usual_distance

    @cached_property
    def usual_distance(self) -> float:
        """Median distance of a cell to the fifth nearest of the others."""
        chosen = np.random.default_rng(0).permutation(len(self.latents))[:MOST_MEASURED]
        neighbours = min(NEIGHBOURS + 1, len(self.latents))
        distances = np.asarray(KDTree(self.latents).query(self.latents[chosen], k=neighbours)[0])
        return float(np.median(distances.reshape(len(chosen), -1)[:, -1])) or 1.0

    def means_of(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """`[cell, latent]` of many pictures `[cell, row, column]` as the networks see them; on the host."""
        return _in_batches(lambda part: self._encoded(self.weights, part.astype(np.float32))[0], pictures)

    def log_variances_of(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Likewise."""
        return _in_batches(lambda part: self._encoded(self.weights, part.astype(np.float32))[1], pictures)

    def pictures_of(self, latent: NDArray[np.float32]) -> NDArray[np.float32]:
        """`[cell, row, column]`, 0 … 1, as the networks see cells, of many `[cell, latent]`; on the host."""
        return _in_batches(lambda part: self._decoded(self.weights, part), latent)

    @cached_property
    def _encoded(self) -> Any:
        return jax.jit(self._vae.posterior)

    @cached_property
    def _decoded(self) -> Any:
        return jax.jit(lambda weights, latent: jax.nn.sigmoid(self._vae.log_odds(weights, latent)))

    @cached_property
    def _vae(self) -> CellVae:
        return CellVae(self.configuration)

    def _weights_of(self, values: Array) -> Any:
        """In the precision of `values`."""
        return jax.tree.map(lambda leaf: jnp.asarray(leaf, values.dtype), self.weights)


def quartered(cells: Array) -> Array:
    """`[cell, row, column]` -> upper left quarters: the mean of the four parts, each mirrored to that place."""
    rows, columns = cells.shape[1] // 2, cells.shape[2] // 2
    upper = (cells[:, :rows] + cells[:, rows:][:, ::-1]) / 2
    return (upper[:, :, :columns] + upper[:, :, columns:][:, :, ::-1]) / 2


def unfolded(quarters: Array) -> Array:
    """Cells from their upper left quarters, mirrored at both mid-lines."""
    upper = jnp.concatenate([quarters, quarters[:, :, ::-1]], axis=2)
    return jnp.concatenate([upper, upper[:, ::-1]], axis=1)


def _in_batches(function: Any, values: NDArray[Any]) -> NDArray[np.float32]:
    """`function` of equal batches: each size would be compiled anew."""
    found = []
    for start in range(0, len(values), AT_ONCE):
        part = values[start : start + AT_ONCE]
        padded = np.concatenate([part, np.repeat(part[-1:], AT_ONCE - len(part), axis=0)])
        found.append(np.asarray(function(padded))[: len(part)])
    return np.concatenate(found)
