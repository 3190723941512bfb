"""In which element of a mesh a point lies, and by which parts its nodes share what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from jaxtyping import Float, Int

if TYPE_CHECKING:
    from metac.runtime.mesh.mesh import Mesh

MAXIMUM_ITERATIONS = 20
"""Of Newton's method for the place in an element; elements with straight edges need one or two."""
INSIDE = 1e-6
"""How far outside the reference cell a point still counts as in it: rounding of coordinates."""


class Outside(Exception):
    """The mesh has no element at a point; `nearest` is the nearest node, mm."""

    def __init__(self, at: Float[np.ndarray, " d"], nearest: Float[np.ndarray, " d"]) -> None:
        place, other = (f"({', '.join(f'{x:.6g}' for x in point)}) mm" for point in (at, nearest))
        super().__init__(f"the body is not at {place}; its nearest point is near {other}")


class Location(NamedTuple):
    """A point of a body: a fixed combination of nodes."""

    nodes: Int[np.ndarray, " local"]
    """`[local]`: the nodes of one element."""
    weights: Float[np.ndarray, " local"]
    """`[local]`: values of their shape functions, which sum to 1."""


def locate(mesh: Mesh, at: Float[np.ndarray, " d"]) -> Location:
    """The element of the unloaded mesh that holds the point `at[d]`, mm, and its shape functions there.

    Raises:
        Outside: where no element does.
    """
    at = np.asarray(at, dtype=float)
    places = mesh.nodes[mesh.cells]  # [cell, node, d]
    low, high = places.min(axis=1), places.max(axis=1)
    # Quadratic edges may bulge beyond their nodes.
    margin = 0.25 * (high - low).max(axis=1, keepdims=True)
    candidates = np.flatnonzero(((at >= low - margin) & (at <= high + margin)).all(axis=1))
    best: tuple[float, Location] | None = None
    for cell in candidates:
        outside, weights = _inside(mesh, places[cell], at)
        if best is None or outside < best[0]:
            best = outside, Location(mesh.cells[cell], weights)
        if outside <= 0:
            break
    if best is None or best[0] > INSIDE:
        raise Outside(at, mesh.nodes[np.argmin(np.linalg.norm(mesh.nodes - at, axis=1))])
    return best[1]


def _inside(
    mesh: Mesh, nodes: Float[np.ndarray, "local d"], at: Float[np.ndarray, " d"]
) -> tuple[float, Float[np.ndarray, " local"]]:
    """How far outside the reference cell the point is, 0 and less inside, and the shape functions there."""
    element, place = mesh.element, mesh.element.nodes.mean(axis=0)
    for _ in range(MAXIMUM_ITERATIONS):
        gap = at - element.shape(place[None])[:, 0] @ nodes
        slope = nodes.T @ element.gradient(place[None])[:, :, 0]
        if not np.isfinite(slope).all() or abs(np.linalg.det(slope)) == 0.0:
            return np.inf, np.zeros(len(nodes))
        step = np.linalg.solve(slope, gap)
        place = place + step
        if np.abs(step).max() < 1e-13:
            break
    # A simplex has one corner more than dimensions; other cells are the unit square or cube.
    is_simplex = len(element.corners) == element.dimension + 1
    beyond = place.sum() - 1 if is_simplex else (place - 1).max()
    return float(max(-place.min(), beyond)), element.shape(place[None])[:, 0]
