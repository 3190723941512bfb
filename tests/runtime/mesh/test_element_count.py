"""Meshes that nothing could be computed on are refused before they are made."""

import numpy as np
import pytest

from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.geometry.sheet import cut_sheet
from metac.runtime.mesh import element_count
from metac.runtime.mesh.cell_meshing import mesh_cell
from metac.runtime.mesh.element_count import TooManyElements, require_countable
from metac.runtime.mesh.laminate_meshing import Stack, mesh_laminate
from metac.runtime.mesh.meshing import mesh_region
from tests.runtime.mesh.test_meshing import circle

SHEET = Rectangle(0.0, 0.0, 30.0, 20.0)
PORES = [circle(10.0, 10.0, 5.0)]


@pytest.mark.parametrize(
    "meshed",
    [
        lambda: mesh_region(SHEET, PORES, 1e-4),
        lambda: mesh_region(SHEET, PORES, 1.0, refinement=1e4),
        lambda: mesh_cell(np.diag([30.0, 20.0]), PORES, 1e-4),
        lambda: mesh_laminate(SHEET, Stack((1e-6, 1e-6)), 1.0, 1, across=2.0),
    ],
    ids=["sheet", "refined", "cell", "layers"],
)
def test_too_many_are_refused_at_once(meshed):
    with pytest.raises(TooManyElements, match="triangles, more than 4,000,000") as caught:
        meshed()
    assert caught.value.of_geometry and "larger mesh `size`" in caught.value.remedy


def test_pores_do_not_count(monkeypatch):
    """The estimate is that of the mesh, to the half."""
    made = len(mesh_region(SHEET, PORES, 1.0, 1, across=1.0).cells)
    monkeypatch.setattr(element_count, "MOST", 0)
    with pytest.raises(TooManyElements) as caught:
        require_countable(cut_sheet(SHEET, PORES), 1.0)
    (estimate,) = (float(word) for word in caught.value.message.split() if word.startswith("1e"))
    assert estimate == pytest.approx(made, rel=0.5)
