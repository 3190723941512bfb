"""Ligaments: how near the outlines of a body come to each other, those of its images among them where it repeats.

An outline is a pore, whole also where a period cuts it, or a straight edge of a sheet. Which nodes are on which outline is
known with the mesh; distances, of nodes to the straight edges of elements, follow the nodes, with derivatives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float, Int

from metac.runtime.dimensions import PLANE
from metac.runtime.fem.assembly.constraints import MultiPointConstraints
from metac.runtime.mesh.mesh import Mesh

PORES = "pores"


@dataclass(frozen=True, eq=False)
class RimOutlines:
    """The rim of a mesh, cut into outlines."""

    nodes: Int[np.ndarray, " place"]
    """Corner nodes on the rim."""
    shifts: Float[np.ndarray, "place 2"]
    """mm: brings the parts of a pore together that a period has cut apart."""
    outline: Int[np.ndarray, " place"]
    """The number of the outline that a place is on."""
    segments: Int[np.ndarray, "segment 2"]
    """Places at the ends of each element's edge on the rim."""
    is_pore: np.ndarray
    """`[outline]`: whether it is a pore, no edge of a sheet."""
    touching: np.ndarray
    """`[outline, outline]`: whether two share a node: a pore that an edge cuts, say."""
    translations: Float[np.ndarray, "image 2"]
    """mm: zero first, then where images of a period are."""


@lru_cache(maxsize=16)
def outlines(mesh: Mesh, constraints: MultiPointConstraints | None) -> RimOutlines:
    """The outlines of a mesh; of a period without its edges, which are none."""
    parts: Mapping[str, np.ndarray] = (
        mesh.facets if constraints is None else {PORES: mesh.facets.get(PORES, np.zeros((0, 2)))}
    )
    nodes, shifts, owner, segments, pores, number = [], [], [], [], [], 0
    for name, facets in parts.items():
        ends = np.asarray(facets)[:, :2].astype(int)
        for group, moved in _connected(ends, mesh, constraints) if name == PORES else [_whole(ends)]:
            if not group:
                continue
            place = {node: len(nodes) + position for position, node in enumerate(group)}
            nodes += group
            shifts += [moved[node] for node in group]
            owner += [number] * len(group)
            segments += [(place[a], place[b]) for a, b in ends if a in place]
            pores.append(name == PORES)
            number += 1
    found = np.array(nodes, int), np.array(owner, int)
    sets = [set(found[0][found[1] == each].tolist()) for each in range(number)]
    touching = np.array([[bool(one & other) for other in sets] for one in sets]).reshape(number, number)
    return RimOutlines(
        found[0],
        np.array(shifts, float).reshape(-1, PLANE),
        found[1],
        np.array(segments, int).reshape(-1, 2),
        np.array(pores, bool),
        touching,
        _translations(constraints),
    )


def smallest_ligament(
    mesh: Mesh, constraints: MultiPointConstraints | None, coordinates: Float[Array, "node 2"]
) -> Float[Array, ""]:
    """The smallest distance between two outlines, mm; infinite where there are no two."""
    rim = outlines(mesh, constraints)
    if not len(rim.segments):
        return jnp.asarray(jnp.inf)
    places = coordinates[rim.nodes] + rim.shifts
    start, end = places[rim.segments[:, 0]], places[rim.segments[:, 1]]
    own, other = rim.outline, rim.outline[rim.segments[:, 0]]
    touching = rim.touching[own[:, None], other[None, :]]

    def nearest(image: Array) -> Array:
        moved, along = places[:, None] + image, end - start
        share = jnp.sum((moved - start) * along, axis=-1) / jnp.sum(along**2, axis=-1)
        square = jnp.sum((moved - start - jnp.clip(share, 0, 1)[..., None] * along) ** 2, axis=-1)
        itself = (image == 0).all()
        # Images of one pore are outlines of their own; only what touches where it stands is left out.
        return jnp.where(touching & itself, jnp.inf, square).min()

    squares = jax.lax.map(nearest, jnp.asarray(rim.translations))
    smallest = squares.min()
    found = jnp.isfinite(smallest)
    return jnp.where(found, jnp.sqrt(jnp.where(found, smallest, 1.0)), jnp.inf)


def _whole(ends: np.ndarray) -> tuple[list[int], dict[int, np.ndarray]]:
    group = np.unique(ends).tolist()
    return group, {node: np.zeros(PLANE) for node in group}


def _connected(
    ends: np.ndarray, mesh: Mesh, constraints: MultiPointConstraints | None
) -> list[tuple[list[int], dict[int, np.ndarray]]]:
    """Nodes that are connected, through the edges of a period too, with what brings each to the others."""
    near: dict[int, list[tuple[int, np.ndarray]]] = {int(node): [] for node in np.unique(ends)}
    for a, b in ends.tolist():
        near[a].append((b, np.zeros(PLANE)))
        near[b].append((a, np.zeros(PLANE)))
    if constraints is not None:
        by_point: dict[int, list[int]] = {}
        for node in near:
            by_point.setdefault(int(constraints.points[node]), []).append(node)
        for same in by_point.values():
            for a, b in pairwise(same):
                apart = constraints.length * (constraints.arms[a] - constraints.arms[b])
                near[a].append((b, apart))
                near[b].append((a, -apart))
    found, left = [], set(near)
    while left:
        first = min(left)
        shift, waiting = {first: np.zeros(PLANE)}, [first]
        while waiting:
            node = waiting.pop()
            for beside, apart in near[node]:
                if beside not in shift:
                    shift[beside] = shift[node] + apart
                    waiting.append(beside)
        left -= shift.keys()
        found.append((sorted(shift), shift))
    return found


def _translations(constraints: MultiPointConstraints | None) -> np.ndarray:
    if constraints is None:
        return np.zeros((1, PLANE))
    arms = np.unique(np.round(constraints.arms, 12), axis=0)
    basis = arms[np.abs(arms).sum(axis=1) > 0]
    combined = np.concatenate([arms, -arms, *(arms - each for each in basis), *(arms + each for each in basis)])
    rounded = np.unique(np.round(np.concatenate([combined, -combined]), 9), axis=0) * constraints.length
    order = np.argsort(np.linalg.norm(rounded, axis=1))
    return rounded[order]
