"""Outlines of pores around the origin, as dense points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metac.runtime.geometry.outline import SAMPLES, Outline


def circle(radius: float) -> Outline:
    """A circle, mm."""
    return Outline(polar(sample_angles(), np.full(SAMPLES, radius)))


def ellipse(first: float, second: float, angle: float) -> Outline:
    """An ellipse with two semi-axes (mm), the first at an angle (radian) to x."""
    angles = sample_angles()
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-along[1], along[0]])
    return Outline(first * np.cos(angles)[:, None] * along + second * np.sin(angles)[:, None] * across)


def sample_angles() -> NDArray[np.float64]:
    """`[SAMPLES]` angles, equally spaced from 0, radian."""
    return 2 * np.pi * np.arange(SAMPLES) / SAMPLES


def polar(angles: NDArray[np.float64], radii: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cartesian points `[point, 2]` of polar coordinates."""
    return radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
