"""What networks predict of designs, in the units of the labels that they were trained on."""

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
from metac.runtime.learn.supervised.labelled_data import Scaling

ROWS = 8192
"""Designs at once."""


@dataclass(frozen=True)
class Columns:
    """What the columns of a labelled data set are, and over which range they go."""

    features: int
    """Length of a design."""
    label_names: tuple[str, ...]
    label_units: tuple[str, ...]
    setting_names: tuple[str, ...]
    labels: Scaling
    settings: Scaling

    def describe(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "features": self.features,
            "label_names": list(self.label_names),
            "label_units": list(self.label_units),
            "setting_names": list(self.setting_names),
            "labels": self.labels.describe(),
            "settings": self.settings.describe(),
        }

    @classmethod
    def read(cls, description: Mapping[str, Any]) -> Columns:
        """The inverse of `describe`. Raises KeyError or TypeError where it describes none."""
        names = [tuple(map(str, description[key])) for key in ("label_names", "label_units", "setting_names")]
        scalings = [Scaling.read(description[key]) for key in ("labels", "settings")]
        return cls(int(description["features"]), names[0], names[1], names[2], *scalings)


@dataclass(frozen=True, eq=False)
class Surrogate:
    """Labels of designs by a network that takes a design and scaled settings, and gives scaled labels."""

    configuration: DenseConfiguration
    weights: Any
    columns: Columns

    def scaled(self, designs: Array, settings: Array) -> Array:
        """`[…, feature]` (0 to 1), `[…, setting]` scaled -> `[…, label]` scaled; float32, traceable."""
        return predicted(self.configuration, self.weights, designs, settings)

    def predict(self, designs: NDArray[Any], settings: ArrayLike = ()) -> NDArray[np.float64]:
        """`[design, feature]`, and settings `[setting]` for all or `[design, setting]` -> `[design, label]`, label units."""
        scaled = self.columns.settings.scale(settings)
        wide = np.broadcast_to(scaled, (len(designs), len(self.columns.setting_names)))
        found = in_batches(lambda designs, wide: self._compiled(self.weights, designs, wide), ROWS, designs, wide)
        return self.columns.labels.restore(found)

    @cached_property
    def _compiled(self) -> Any:
        configuration = self.configuration
        return jax.jit(lambda weights, designs, settings: predicted(configuration, weights, designs, settings))


def predicted(configuration: DenseConfiguration, weights: Any, designs: Array, settings: Array) -> Array:
    """The network's scaled labels; see `Surrogate.scaled`."""
    inputs = jnp.concatenate([designs.astype(jnp.float32), settings.astype(jnp.float32)], axis=-1)
    return configuration.network(weights, inputs)


def in_batches(function: Any, rows: int, *columns: NDArray[Any]) -> NDArray[Any]:
    """`function(*columns)`, so many rows at once; the last ones are filled up, so that it is compiled once."""
    count = len(columns[0])
    rows = min(rows, 1 << max(0, count - 1).bit_length())
    parts = []
    for start in range(0, count, rows):
        part = [column[start : start + rows] for column in columns]
        missing = rows - len(part[0])
        if missing:
            part = [np.concatenate([each, np.zeros((missing, *each.shape[1:]), each.dtype)]) for each in part]
        parts.append(function(*part))
    return np.concatenate([np.asarray(part) for part in parts] or [np.zeros((0, 0))])[:count]
