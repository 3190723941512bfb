"""Seeds of a data base: topology optimisation towards stiffnesses drawn at random (SIMP; Xia and Breitkopf, SMO 52, 2015).

Densities of a quarter are averaged with a Gaussian, projected (Wang, Lazarov, Sigmund, SMO 43, 2011), and raised to the
third power. The squared distance from the target is reduced by Adam on logits of the densities. Most of the targets drawn
are no composite's: they draw designs towards the edge of what can be.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from metac.runtime.datasets.cells.design_space import CellDesignSpace, Cells, independent

Array = NDArray[np.float64]

POWER = 3
FILTER = 1.2
"""Standard deviation of the average, pixels of a quarter with a side of `REFERENCE`."""
REFERENCE = 25
STAGES = ((1.0, 30), (4.0, 20), (12.0, 20))
"""Sharpness of the projection, and steps with it."""
RATE, LARGEST = 0.25, 6.0
"""Of Adam, on logits, and where these end."""
VOLUME = 0.5
"""Weight of the squared distance from the share of solid that was drawn."""
MODES = 4
"""Cosines along each side that a start is made of."""


class Targets(NamedTuple):
    """What designs are drawn to."""

    stiffness: Array
    """`[design, 4]`: C11, C12, C22, C66, in units of the design space's scale."""
    volume: Array
    """`[design]`: share of solid."""


def draw_targets(space: CellDesignSpace, count: int, random: np.random.Generator) -> Targets:
    """Evenly in the box that the phases' mean (Voigt) leaves for a volume; C12 as a share of the mean of C11 and C22."""
    volume = random.uniform(space.least, space.most, count)
    first, second, shear = random.uniform(0, 1, (3, count)) * volume
    coupling = random.uniform(-0.6, 0.9, count) * np.sqrt(first * second)
    return Targets(np.stack([first, coupling, second, shear], axis=-1), volume)


def optimised(space: CellDesignSpace, targets: Targets, random: np.random.Generator) -> Cells:
    """What remains of a design for each target once they are black and white, repaired and admitted."""
    down, right = _averaging(space.rows), _averaging(space.columns)
    descent = _Adam(_starts(space, targets.volume, random))
    smooth = np.zeros(descent.logits.shape)
    for sharpness, steps in STAGES:
        for _ in range(steps):
            density = 1 / (1 + np.exp(-descent.logits))
            smooth = down @ density @ right
            _, slope = distances(space, projected(smooth, sharpness), targets)
            slope *= projection_slope(smooth, sharpness)
            descent.step((down @ slope @ right) * density * (1 - density))
    return space.homogenised(space.admitted(smooth > 0.5))


class _Adam:
    """Kingma and Ba (2015); gradients of each design are brought to one size first, as targets lie near and far."""

    def __init__(self, logits: Array) -> None:
        self.logits = logits
        self._mean, self._square, self._steps = np.zeros_like(logits), np.zeros_like(logits), 0

    def step(self, slope: Array) -> None:
        """Move the logits against `slope[design, row, column]`."""
        self._steps += 1
        slope = slope / np.sqrt(np.mean(slope**2, axis=(1, 2), keepdims=True) + np.finfo(float).tiny)
        self._mean += 0.1 * (slope - self._mean)
        self._square += 0.01 * (slope**2 - self._square)
        mean, square = self._mean / (1 - 0.9**self._steps), self._square / (1 - 0.99**self._steps)
        self.logits = np.clip(self.logits - RATE * mean / (np.sqrt(square) + 1e-8), -LARGEST, LARGEST)


def _starts(space: CellDesignSpace, volume: Array, random: np.random.Generator) -> Array:
    """Logits `[design, row, column]` of smooth random densities around the volume."""
    down, right = (_cosines(size) for size in (space.rows, space.columns))
    weights = random.standard_normal((len(volume), MODES, MODES))
    waves = np.einsum("nkl,ka,lb->nab", weights, down, right)
    logits = np.log(volume / (1 - volume))[:, None, None] + waves / np.sqrt(MODES)
    return np.clip(logits, -LARGEST, LARGEST)


def _cosines(size: int) -> Array:
    """`[mode, pixel]`: even about both ends."""
    return np.cos(np.pi * np.arange(MODES)[:, None] * (np.arange(size) + 0.5) / size)


def _averaging(size: int) -> Array:
    """`[pixel, pixel]`: weights of a Gaussian whose tails the ends mirror; symmetric, rows sum to one."""
    here = np.arange(size)
    images = np.stack([here + period for period in (-2 * size, 0, 2 * size)])
    images = np.concatenate([images, -1 - images])
    distance = here[:, None, None] - images[None]
    weights = np.exp(-(distance**2) / (2 * (FILTER * size / REFERENCE) ** 2)).sum(axis=1)
    return weights / weights.sum(axis=1, keepdims=True)


def projected(density: Array, sharpness: float) -> Array:
    """Densities pushed towards 0 and 1 by a hyperbolic tangent; 0, 1/2 and 1 stay."""
    return 0.5 + np.tanh(sharpness * (density - 0.5)) / (2 * np.tanh(sharpness / 2))


def projection_slope(density: Array, sharpness: float) -> Array:
    """Derivative of `projected`."""
    return sharpness * (1 - np.tanh(sharpness * (density - 0.5)) ** 2) / (2 * np.tanh(sharpness / 2))


def distances(space: CellDesignSpace, density: Array, targets: Targets) -> tuple[Array, Array]:
    """`[design]`: squared distance of stiffness, and of the share of solid, from the targets; its derivative by `density`.

    `density[design, row, column]` of quarters, as projected.
    """
    found = space.quarter.homogenise(space.moduli(density**POWER))
    off = independent(found.stiffness) / space.scale - targets.stiffness
    excess = density.mean(axis=(1, 2)) - targets.volume
    by_modulus = np.einsum("nk,nabk->nab", 2 * off / space.scale, independent(found.slopes))
    by_density = by_modulus * (1 - 1 / space.contrast) * POWER * density ** (POWER - 1)
    slopes = by_density + 2 * VOLUME * excess[:, None, None] / density[0].size
    return np.sum(off**2, axis=1) + VOLUME * excess**2, slopes
