"""Triangle meshes of rectangles of parallel layers, whose elements share the nodes on their interfaces."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.mesh.composite_meshing import INTERFACE, CompositeMesh, welded
from metac.runtime.mesh.element_count import require_few
from metac.runtime.mesh.meshing import DividedBoundary, Division

NEAR = 1e-9
"""Interfaces this close to a corner, over the diagonal of the rectangle, go through it."""


@dataclass(frozen=True)
class Stack:
    """Layers on each other, repeated without end: the first lies above a line through the origin."""

    layers: tuple[float, ...]
    """Thicknesses, mm."""
    angle: float = 0.0
    """Of the layers, from x towards y, radian."""
    start: float = 0.0
    """How far the first layer begins from the origin, along the normal, mm."""

    @property
    def thickness(self) -> float:
        """Of all layers, mm."""
        return sum(self.layers)

    @property
    def normal(self) -> tuple[float, float]:
        """From the first layer to the second; exactly along an axis where it is so to rounding."""
        x, y = -math.sin(self.angle), math.cos(self.angle)
        return (0.0, math.copysign(1.0, y)) if abs(x) < NEAR else (math.copysign(1.0, x), 0.0) if abs(y) < NEAR else (x, y)

    def interfaces(self, low: float, high: float) -> list[tuple[float, int]]:
        """Where layers begin along the normal, mm, and which, ascending: the first at `low` or below, the last at `high`."""
        found: list[tuple[float, int]] = []
        turn = math.floor((low - self.start) / self.thickness) - 1
        while True:
            place = self.start + turn * self.thickness
            for number, layer in enumerate(self.layers):
                found.append((place, number))
                if place >= high:
                    first = max(index for index, (each, _) in enumerate(found) if each <= low)
                    return found[first:]
                place += layer
            turn += 1


def mesh_laminate(domain: Rectangle, stack: Stack, size: float, order: int, *, across: float) -> CompositeMesh:
    """Triangles of edge `size` (mm), or smaller where a layer has not `across` of them over its thickness; `order` 1 or 2.

    Elements of layer n of the stack are of phase n. Raises MeshingFailed, MissingSystemLibrary, TooManyElements.
    """
    sizes = [min(size, layer / across) for layer in stack.layers]
    shares = [layer / stack.thickness for layer in stack.layers]
    require_few(sum(share * domain.area / edge**2 for share, edge in zip(shares, sizes, strict=True)))
    points, sides, strips = _strips(domain, stack)
    finest: dict[tuple[int, int], float] = {}
    for corners, layer in strips:
        for ends in _edges(corners):
            key = (min(ends), max(ends))
            finest[key] = min(finest.get(key, size), sizes[layer])
    divided = {ends: _divided(points[ends[0]], points[ends[1]], edge) for ends, edge in finest.items()}
    boundaries = []
    for corners, _ in strips:
        ring = []
        for first, second in _edges(corners):
            vertices, middles = divided[min(first, second), max(first, second)]
            part = sides.get((first, second), INTERFACE)
            backwards = first > second
            ring.append(Division(part, vertices[::-1], middles[::-1]) if backwards else Division(part, vertices, middles))
        boundaries.append(DividedBoundary([ring]))
    return welded(domain, boundaries, [layer for _, layer in strips], size, order, [__file__])


def _edges(corners: Sequence[int]) -> list[tuple[int, int]]:
    return list(pairwise((*corners, corners[0])))


def _strips(
    domain: Rectangle, stack: Stack
) -> tuple[NDArray[np.float64], dict[tuple[int, int], str], list[tuple[list[int], int]]]:
    """Points `[point, 2]` around the rectangle, counter-clockwise; the side between each two that follow each other; and the
    corners of every layer's part of the rectangle with the layer's number."""
    corners = np.array(
        [(domain.x0, domain.y0), (domain.x1, domain.y0), (domain.x1, domain.y1), (domain.x0, domain.y1)], np.float64
    )
    normal, near = np.array(stack.normal), NEAR * domain.diagonal
    heights = corners @ normal
    interfaces = stack.interfaces(heights.min() + near, heights.max() - near)
    points: list[NDArray[np.float64]] = []
    places: list[float] = []
    part_of: list[str] = []
    for number, part in enumerate(("bottom", "right", "top", "left")):
        here, there = corners[number], corners[(number + 1) % 4]
        low, high = heights[number], heights[(number + 1) % 4]
        crossing = [place for place, _ in interfaces if min(low, high) + near < place < max(low, high) - near]
        axis = 0 if part in ("bottom", "top") else 1
        points.append(here)
        places.append(low)
        part_of.append(part)
        for place in crossing if high > low else reversed(crossing):
            point = here.copy()
            point[axis] = here[axis] + (there[axis] - here[axis]) * (place - low) / (high - low)
            points.append(point)
            places.append(place)
            part_of.append(part)
    along = {(index, (index + 1) % len(points)): part for index, part in enumerate(part_of)}
    strips = []
    for (lower, layer), (upper, _) in pairwise(interfaces):
        inside = [index for index, place in enumerate(places) if lower - near <= place <= upper + near]
        if len(inside) > 2:
            strips.append((inside, layer))
    return np.array(points), along, strips


def _divided(
    first: NDArray[np.float64], last: NDArray[np.float64], size: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Vertices of a straight edge, its ends exactly, and the middles between them; equal lengths are divided equally."""
    count = max(1, math.ceil(float(np.linalg.norm(last - first)) / size - NEAR))
    vertices = first + (last - first) * (np.arange(count + 1) / count)[:, None]
    vertices[-1] = last
    return vertices, (vertices[:-1] + vertices[1:]) / 2
