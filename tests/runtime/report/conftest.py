"""A small sheet with a hole, of either order, for tests."""

from types import SimpleNamespace

import numpy as np
import pytest

from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.mesh.mesh import Mesh


def make_sheet(order=2, count=4, size=8.0):
    """A square of `count × count` squares, each two triangles, without the four in the middle; domain `size` mm wide."""
    ticks = np.linspace(0, size, count + 1)
    points = np.stack(np.meshgrid(ticks, ticks, indexing="ij"), axis=-1).reshape(-1, 2)
    number = np.arange((count + 1) ** 2).reshape(count + 1, count + 1)
    a, b, c, d = (part.ravel() for part in (number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]))
    corners = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
    centres = points[corners].mean(axis=1)
    corners = corners[np.abs(centres - size / 2).max(axis=1) > size / count]
    used, corners = np.unique(corners, return_inverse=True)
    points, corners = points[used], corners.reshape(-1, 3)
    if order == 2:
        edges = np.sort(corners[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
        unique, inverse = np.unique(edges, axis=0, return_inverse=True)
        middles = len(points) + inverse.reshape(-1, 3)
        points, corners = np.concatenate([points, points[unique].mean(axis=1)]), np.concatenate([corners, middles], axis=1)
    return Mesh(points, corners, {}, Rectangle(0.0, 0.0, size, size))


def make_body(order=2):
    """A body without material."""
    mesh = make_sheet(order)
    return SimpleNamespace(mesh=mesh, coordinates=mesh.nodes)


@pytest.fixture
def sheet():
    return make_sheet


@pytest.fixture
def body():
    return make_body
