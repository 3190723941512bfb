"""Families moved towards their gradation: what samples are off by, as homogenised, is taken back in the latent space."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from metac.runtime.families.decoded_family import DecodedFamily, FamilyReader
from metac.runtime.families.gradation import Gradation

Array = NDArray[np.float64]

DAMPING = 0.8
"""Share of what samples are off by that is taken back at once: slopes are those of a regressor."""
SLACK = 1e-3
"""Added to the squares of slopes, over the solid's stiffness: where the regressor is flat a sample stays."""
WEIGHTS = np.array([1.0, 2.0, 3.0, 2.0, 1.0]) / 9
"""By which the steps of neighbouring samples are averaged: the family stays a smooth curve."""


def corrected(
    family: DecodedFamily, reader: FamilyReader, gradation: Gradation, slopes: Callable[[Array], Array], scale: Array
) -> DecodedFamily:
    """The family with each sample moved by the smallest step that takes back what it is off by, to first order.

    Args:
        family: as it is.
        reader: decodes and homogenises the moved samples.
        gradation: what is prescribed.
        slopes: `[sample, 4, latent]`, MPa: derivatives of the stiffness by `[sample, latent]`, of a regressor.
        scale: `[4]`, MPa: what makes the four entries comparable.
    """
    stiffness = family.cells.stiffness
    known = np.isfinite(stiffness).all(axis=1, keepdims=True)
    off = np.where(known, stiffness - gradation.nearest(np.where(known, stiffness, 0.0)), 0.0) / scale
    slope = slopes(family.latents) / scale[:, None]
    squares = slope @ np.swapaxes(slope, 1, 2) + SLACK * np.eye(len(scale))
    steps = (np.swapaxes(slope, 1, 2) @ np.linalg.solve(squares, off[..., None]))[..., 0]
    latents = family.latents - DAMPING * _averaged(steps)
    cells = reader.read(latents)
    return replace(family, latents=latents, cells=cells, distances=gradation.distances_of(cells.stiffness))


def _averaged(steps: Array) -> Array:
    """Along the samples; the ends are repeated."""
    reach = len(WEIGHTS) // 2
    padded = np.pad(steps, ((reach, reach), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, WEIGHTS, mode="valid") for column in padded.T], axis=1)
