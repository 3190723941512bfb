"""Meshes of one sort of elements as plain arrays: the static half of a body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import factorial

import numpy as np
from numpy.typing import NDArray

from metac.runtime.fem.elements.known import ELEMENTS
from metac.runtime.fem.elements.reference import ReferenceElement
from metac.runtime.geometry.rectangle import Rectangle


@dataclass(frozen=True, eq=False)
class Mesh:
    """Straight-sided or isoparametric elements of one sort; compared and hashed by identity.

    Arrays are made read-only. `facets` names the parts of the boundary: left, right, bottom, top, pores.
    """

    nodes: NDArray[np.float64]
    """`[node, d]`, reference positions, mm, in two or three dimensions."""
    cells: NDArray[np.int32]
    """`[cell, node]`: triangles of 3 nodes (linear) or 6 (quadratic: v0 v1 v2 m01 m12 m20), counter-clockwise, or
    quadrilaterals of 4 or 9, row by row from a corner (`elements/quadrilateral.py`); in space tetrahedra of 4 or hexahedra
    of 8 (`elements/hexahedron.py`)."""
    facets: Mapping[str, NDArray[np.int32]]
    """By name of the part: in the plane `[facet, 2]` (linear: a, b) or `[facet, 3]` (quadratic: a, b, middle), in space the
    nodes of the elements' facets."""
    domain: Rectangle
    """The rectangle, in space the `Box`, that the specimen fills, pores included."""
    named: Mapping[str, NDArray[np.int32]] = field(default_factory=dict)
    """Facets by names that a file has given them: on the boundary or between elements, beside `facets`."""

    def __post_init__(self) -> None:
        nodes = np.array(self.nodes, dtype=np.float64)
        cells = np.array(self.cells, dtype=np.int32)
        if nodes.ndim != 2 or nodes.shape[1] not in (2, 3):
            raise ValueError(f"nodes must be [node, 2] or [node, 3], got {nodes.shape}")
        if cells.ndim != 2 or (nodes.shape[1], cells.shape[1]) not in ELEMENTS or len(cells) == 0:
            known = ", ".join(f"[cell, {count}]" for dimension, count in ELEMENTS if dimension == nodes.shape[1])
            raise ValueError(f"cells of these nodes must be one of {known} and not empty, got {cells.shape}")
        if cells.min() < 0 or cells.max() >= len(nodes):
            raise ValueError(f"cells name nodes outside 0 .. {len(nodes) - 1}")
        width = len(ELEMENTS[nodes.shape[1], cells.shape[1]].facets[0])
        for parts in ("facets", "named"):
            given = getattr(self, parts)
            object.__setattr__(self, parts, {name: _facets(name, part, width, len(nodes)) for name, part in given.items()})
        nodes.setflags(write=False)
        cells.setflags(write=False)
        object.__setattr__(self, "nodes", nodes)
        object.__setattr__(self, "cells", cells)

    @property
    def dimension(self) -> int:
        """Of the space that its nodes stand in: 2 or 3."""
        return self.nodes.shape[1]

    @property
    def order(self) -> int:
        """Polynomial order of the elements: 1 or 2."""
        return self.element.order

    @property
    def element(self) -> ReferenceElement:
        """What its cells are."""
        return ELEMENTS[self.dimension, self.cells.shape[1]]

    @cached_property
    def node_areas(self) -> NDArray[np.float64]:
        """`[node]`: area (volume in space) of the elements around each node, edges straight, as meshed, mm² (mm³)."""
        places = self.nodes[self.cells[:, np.array(self.element.simplices)]]  # [cell, simplex, vertex, d]
        volumes = np.linalg.det(places[:, :, 1:] - places[:, :, :1]) / factorial(self.dimension)
        areas = np.abs(volumes.sum(axis=1))
        weights = np.repeat(areas, self.cells.shape[1])
        return np.bincount(self.cells.ravel(), weights, len(self.nodes)).astype(np.float64)

    def nodes_on(self, part: str) -> NDArray[np.int32]:
        """Sorted nodes of a named part of the boundary; KeyError where the mesh has no such part."""
        return np.unique(self.facets[part])


def _facets(name: str, part: NDArray, width: int, node_count: int) -> NDArray[np.int32]:
    """`[facet, width]`, read-only; ValueError where they name other nodes."""
    part = np.array(part, dtype=np.int32).reshape(-1, width)
    if part.size and (part.min() < 0 or part.max() >= node_count):
        raise ValueError(f"facets of {name!r} name nodes outside 0 .. {node_count - 1}")
    part.setflags(write=False)
    return part
