"""Gauss rules on the reference triangle (Dunavant, Int. J. Numer. Meth. Eng. 21, 1985), the unit interval and square."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Quadrature:
    """Points and weights; the weights sum to the measure of the reference cell."""

    points: NDArray[np.float64]
    weights: NDArray[np.float64]


def _orbit(*barycentric: float) -> NDArray[np.float64]:
    """All points that permuting barycentric coordinates gives, `[point, 2]`."""
    return np.array(sorted(set(permutations(barycentric))))[:, 1:]


@lru_cache
def triangle(degree: int) -> Quadrature:
    """A symmetric rule with positive weights and inner points, exact to `degree` (1 to 4)."""
    if degree <= 1:
        return Quadrature(np.array([[1 / 3, 1 / 3]]), np.array([0.5]))
    if degree == 2:
        return Quadrature(_orbit(2 / 3, 1 / 6, 1 / 6), np.full(3, 1 / 6))
    if degree <= 4:
        # Exact forms of Dunavant's six-point rule.
        root = np.sqrt(38 - 44 * np.sqrt(2 / 5))
        inner, outer = (8 - np.sqrt(10) + root) / 18, (8 - np.sqrt(10) - root) / 18
        spread = np.sqrt(213125 - 53320 * np.sqrt(10))
        weights = ((620 + spread) / 3720, (620 - spread) / 3720)
        points = np.concatenate([_orbit(a, a, 1 - 2 * a) for a in (inner, outer)])
        return Quadrature(points, np.repeat(weights, 3) / 2)
    raise ValueError(f"there is no triangle rule of degree {degree}; 1 to 4 exist")


def interval(points: int) -> Quadrature:
    """Gauss–Legendre on [0, 1], exact to degree `2 points − 1`; points `[point]`."""
    nodes, weights = np.polynomial.legendre.leggauss(points)
    return Quadrature((nodes + 1) / 2, weights / 2)


@lru_cache
def square(degree: int) -> Quadrature:
    """On the unit square, exact to `degree` in each coordinate; points row by row from the lower left."""
    line = interval(degree // 2 + 1)
    y, x = np.meshgrid(line.points, line.points, indexing="ij")
    return Quadrature(np.stack([x.ravel(), y.ravel()], axis=1), np.outer(line.weights, line.weights).ravel())
