"""Regular grids as meshes, for whatever is solved on meshes."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from metac.runtime.fem.assembly.constraints import MultiPointConstraints
from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.mesh.mesh import Mesh

MAXIMUM_CACHED = 32
"""Meshes that are cached."""


@lru_cache(maxsize=MAXIMUM_CACHED)
def grid_mesh(rows: int, columns: int, width: float, height: float, order: int) -> Mesh:
    """`rows` by `columns` rectangular elements of an order (1 or 2) on `width` by `height` mm; the same object each time.

    Elements and nodes are numbered row by row from the top left, as images are: element `row · columns + column`. The
    origin is the lower left corner.
    """
    numbers = _numbers(rows, columns, order)
    y, x = np.meshgrid(
        height * np.linspace(1, 0, order * rows + 1), width * np.linspace(0, 1, order * columns + 1), indexing="ij"
    )
    # The lowest row of an element's nodes is the last one in the order of the image.
    down = order * np.arange(rows)[:, None] + order - np.arange(order + 1)
    right = order * np.arange(columns)[:, None] + np.arange(order + 1)
    cells = numbers[down[:, None, :, None], right[None, :, None, :]].reshape(rows * columns, -1)
    edges = {"bottom": numbers[-1], "top": numbers[0], "left": numbers[:, 0], "right": numbers[:, -1]}
    facets = {
        name: np.stack([line[:-order:order], line[order::order], *(line[k::order] for k in range(1, order))], axis=1)
        for name, line in edges.items()
    }
    nodes = np.stack([x.ravel(), y.ravel()], axis=1)
    return Mesh(nodes, cells.astype(np.int32), facets, Rectangle(0.0, 0.0, width, height))


@lru_cache(maxsize=MAXIMUM_CACHED)
def grid_constraints(rows: int, columns: int, width: float, height: float, order: int) -> MultiPointConstraints:
    """The nodes of `grid_mesh` as images of each other: opposite edges are one, but for the macroscopic displacement."""
    down, right = order * rows, order * columns
    row, column = np.divmod(np.arange((down + 1) * (right + 1)), right + 1)
    # Nodes on the left and on the bottom edge are points themselves.
    points = ((row - 1) % down) * right + column % right
    length = float(np.sqrt(width * height))
    shifts = np.stack([width * (column == right), height * (row == 0)], axis=1)
    return MultiPointConstraints(points.astype(np.int32), shifts / length, length)


def _numbers(rows: int, columns: int, order: int) -> NDArray[np.int64]:
    shape = (order * rows + 1, order * columns + 1)
    return np.arange(shape[0] * shape[1]).reshape(shape)
