"""Regular lattices of beams by name, cut out as rectangles of whole periods.

A pattern is one rectangular period: the beams in it, of which the next periods draw the same. A rectangle cuts beams that
cross its sides, and a node stands at the cut; both sides are cut alike, so that what is cut repeats. Lengths are in units of
the edge: the beams of square, triangular and kagome lattices, the inclined beams of honeycombs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metac.runtime.beams.strut_net import StrutNet, coincident
from metac.runtime.dimensions import PLANE

NEAR = 1e-9
"""Rounding of places, in edges."""
ROOT = float(np.sqrt(3))
REGULAR_ANGLE = np.pi / 6
"""Of the inclined beams of a regular honeycomb, from x."""
HONEYCOMBS = ("honeycomb", "re_entrant_honeycomb")


@dataclass(frozen=True, eq=False)
class LatticePattern:
    """One period."""

    size: tuple[float, float]
    """Width and height."""
    beams: NDArray[np.float64]
    """`[beam, end, 2]`: each beam of the endless lattice once, in whichever period."""


def lattice_pattern(name: str, angle: float, ratio: float) -> LatticePattern:
    """The pattern of `square`, `triangular`, `kagome`, `honeycomb` or `re_entrant_honeycomb`.

    `angle` (radian, of the inclined beams from x, positive) and `ratio` (length of the upright beams over that of the
    inclined ones) count for honeycombs (Gibson and Ashby, Cellular Solids, 1997, figure 4.3: θ, and h/l; re-entrant: −θ).
    """
    match name:
        case "square":
            return LatticePattern((1.0, 1.0), np.array([[[0, 0], [1, 0]], [[0, 0], [0, 1]]], float))
        case "triangular":
            return _of_triangles(1.0, ((0.0, 0.0), (1.0, 0.0), (0.5, ROOT / 2)), both=False)
        case "kagome":
            return _of_triangles(2.0, ((0.0, 0.0), (1.0, 0.0), (0.5, ROOT / 2)), both=True)
        case _:
            return _honeycomb(-angle if name == "re_entrant_honeycomb" else angle, ratio)


def _of_triangles(width: float, corners: tuple[tuple[float, float], ...], both: bool) -> LatticePattern:
    """Two triangles in a period as high as √3 times its width, and, if `both`, each upside down as well."""
    triangle = np.array(corners)
    sides = np.stack([triangle, np.roll(triangle, -1, axis=0)], axis=1)
    sides = np.concatenate([sides, -sides]) if both else sides
    size = (width, ROOT * width)
    return LatticePattern(size, np.concatenate([sides, sides + np.array(size) / 2]))


def _honeycomb(angle: float, ratio: float) -> LatticePattern:
    """Periods are cut through the middle of upright beams, where no other beam is."""
    half, rise = np.cos(angle), np.sin(angle)
    a, b, c, d = (0.0, ratio / 2), (half, ratio / 2 + rise), (half, 1.5 * ratio + rise), (0.0, 1.5 * ratio + 2 * rise)
    left_b, left_c = (-b[0], b[1]), (-c[0], c[1])
    top = (0.0, d[1] + ratio)
    beams = np.array([(a, b), (a, left_b), (b, c), (c, d), (left_c, d), (d, top)])
    return LatticePattern((2 * float(half), 2 * ratio + 2 * float(rise)), beams)


def lattice_net(pattern: LatticePattern, along_x: int, along_y: int) -> StrutNet:
    """`along_x` by `along_y` periods, lower left corner at the origin; in edges.

    Nodes are numbered from the lower left along x, then upwards; beams by their lower node, then by the other one.
    """
    size, counts = np.array(pattern.size), (along_x, along_y)
    low = np.floor((pattern.beams.min(axis=(0, 1)) - NEAR) / size).astype(int)
    high = np.ceil((pattern.beams.max(axis=(0, 1)) + NEAR) / size).astype(int)
    shifts = np.stack(
        np.meshgrid(*(np.arange(-top, count - bottom + 1) for top, bottom, count in zip(high, low, counts, strict=True))), -1
    ).reshape(-1, 1, 1, PLANE)
    beams = (pattern.beams + shifts * size).reshape(-1, 2, PLANE)
    inside = _clipped(beams, size * counts)
    first, number = coincident(inside.reshape(-1, PLANE), NEAR)
    nodes = inside.reshape(-1, PLANE)[first]
    order = np.lexsort(np.rint(nodes / NEAR).T)
    edges = np.argsort(order)[number.reshape(-1, 2)]
    return StrutNet(nodes[order], np.unique(np.sort(edges, axis=1), axis=0))


def _clipped(beams: NDArray[np.float64], corner: NDArray[np.float64]) -> NDArray[np.float64]:
    """`[beam, end, 2]`: what lies in the rectangle from the origin to `corner` (Liang and Barsky 1984)."""
    start, way = beams[:, 0], beams[:, 1] - beams[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        enters, leaves = -start / way, (corner - start) / way
    flat = np.abs(way) < NEAR
    enters, leaves = np.where(way > 0, enters, leaves), np.where(way > 0, leaves, enters)
    outside = (flat & ((start < -NEAR) | (start > corner + NEAR))).any(axis=1)
    begin = np.where(flat, 0.0, enters).max(axis=1).clip(min=0.0)
    end = np.where(flat, 1.0, leaves).min(axis=1).clip(max=1.0)
    kept = ~outside & ((end - begin) * np.linalg.norm(way, axis=1) > np.sqrt(NEAR))
    cut = start[kept, None] + np.stack([begin, end], axis=1)[kept, :, None] * way[kept, None]
    return np.where(np.abs(cut) < NEAR, 0.0, cut)
