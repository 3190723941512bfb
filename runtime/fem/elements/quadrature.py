"""Gauss rules on the reference triangle (Dunavant, Int. J. Numer. Meth. Eng. 21, 1985) and tetrahedron (Stroud, Approximate
Calculation of Multiple Integrals, 1971), on the unit interval, square and cube."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True, eq=False)
class Quadrature:
    """Points and weights; the weights sum to the measure of the reference cell."""

    points: Float[np.ndarray, " point *d"]
    """`[point, d]`; `[point]` for `interval`."""
    weights: Float[np.ndarray, " point"]
    """`[point]`."""


def _orbit(*barycentric: float) -> Float[np.ndarray, "point d"]:
    """All points that permuting barycentric coordinates gives, `[point, d]`."""
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
def segment(degree: int) -> Quadrature:
    """On the unit interval, exact to `degree`; points `[point, 1]`."""
    return _product_rule(degree, 1)


@lru_cache
def square(degree: int) -> Quadrature:
    """On the unit square, exact to `degree` in each coordinate; points row by row from the lower left."""
    return _product_rule(degree, 2)


@lru_cache
def cube(degree: int) -> Quadrature:
    """On the unit cube, exact to `degree` in each coordinate; x runs fastest, z slowest."""
    return _product_rule(degree, 3)


def _product_rule(degree: int, dimension: int) -> Quadrature:
    line = interval(degree // 2 + 1)
    grids = np.meshgrid(*(line.points,) * dimension, indexing="ij")
    weights = np.prod(np.meshgrid(*(line.weights,) * dimension, indexing="ij"), axis=0)
    return Quadrature(np.stack([grid.ravel() for grid in reversed(grids)], axis=1), weights.ravel())


@lru_cache
def tetrahedron(degree: int) -> Quadrature:
    """Positive weights and inner points, exact to `degree`: symmetric to degree 2, a conical product beyond.

    The map (a, b, c) → (a, b (1 − a), c (1 − a)(1 − b)) of the cube has the Jacobian (1 − a)²(1 − b), which Gauss–Jacobi
    points take as their weight.
    """
    if degree <= 1:
        return Quadrature(np.full((1, 3), 1 / 4), np.array([1 / 6]))
    if degree == 2:
        inner = (5 - np.sqrt(5)) / 20
        return Quadrature(_orbit(inner, inner, inner, 1 - 3 * inner), np.full(4, 1 / 24))
    from scipy.special import roots_jacobi

    count = degree // 2 + 1
    # Roots are on [−1, 1] with weight (1 − x)^k, which on [0, 1] is 2^(k + 1) times as much.
    (a, wa), (b, wb), (c, wc) = (
        ((nodes + 1) / 2, weights / 2 ** (power + 1))
        for power, (nodes, weights) in ((power, roots_jacobi(count, power, 0)) for power in (2, 1, 0))
    )
    a, b, c = (grid.ravel() for grid in np.meshgrid(a, b, c, indexing="ij"))
    weights = np.einsum("i,j,k->ijk", wa, wb, wc).ravel()
    return Quadrature(np.stack([a, b * (1 - a), c * (1 - a) * (1 - b)], axis=1), weights)
