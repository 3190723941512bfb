"""Meshes refuse what makes no sense, and do not change."""

import numpy as np
import pytest

from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.mesh.mesh import Mesh
from tests.mechanics import rectangle

UNIT = Rectangle(0, 0, 1, 1)
CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])


def test_order_and_parts():
    mesh = rectangle(2, 2, 2)
    assert mesh.order == 2
    assert mesh.nodes_on("left").tolist() == sorted(np.flatnonzero(mesh.nodes[:, 0] == 0))
    with pytest.raises(KeyError):
        mesh.nodes_on("pores")


def test_arrays_are_read_only():
    mesh = rectangle(1, 1, 1)
    for array in (mesh.nodes, mesh.cells, mesh.facets["top"]):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 5


@pytest.mark.parametrize(
    ("nodes", "cells", "facets", "message"),
    [
        (CORNERS[:, :1], [[0, 1, 2]], {}, "nodes must be"),
        (CORNERS, [[0, 1, 2, 0, 1]], {}, "cells of these nodes must be"),
        (CORNERS, np.zeros((0, 3)), {}, "cells of these nodes must be"),
        (CORNERS, [[0, 1, 3]], {}, "outside"),
        (CORNERS, [[0, 1, 2]], {"top": [[0, 7]]}, "'top'"),
    ],
)
def test_nonsense_is_refused(nodes, cells, facets, message):
    with pytest.raises(ValueError, match=message):
        Mesh(nodes, np.asarray(cells), facets, UNIT)


def test_empty_rectangles_are_refused():
    with pytest.raises(ValueError, match="x0 < x1"):
        Rectangle(0, 0, 0, 1)
