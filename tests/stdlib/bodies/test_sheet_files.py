"""Files of sheets: the outline of the mesh, a closed solid, and an input file that CalculiX solves as metac does."""

import re
import shutil
import subprocess
from dataclasses import replace

import jax.numpy as jnp
import meshio
import numpy as np
import pytest

from metac.api.body_drawings import _files
from metac.runtime.errors import RuntimeFailure
from metac.runtime.report.outline_export import NoOutline
from metac.runtime.report.sheet_export import elastic_constants
from metac.stdlib.shapes.tiled import Tiled
from tests.library import constructor
from tests.mechanics import LINEAR_ELASTIC, Material
from tests.runtime.report.test_frame_export import require_closed
from tests.stdlib import made
from tests.stdlib.groups import group

MU, LAMBDA = 3.0, 4.0
"""Lamé's parameters, MPa."""


@pytest.fixture(scope="module")
def sheet():
    circle = constructor("shape", "circle")(radius=3.9, at=[0.25, 0.25])
    shape = Tiled(motif=circle, symmetry=group("p4"))
    material = Material(LINEAR_ELASTIC, (jnp.asarray(MU), jnp.asarray(LAMBDA)))
    return made.specimen(shape=shape, cells=[1, 1], material=material, size=3.0, across=1.0, thickness=2.5)


@pytest.fixture(scope="module")
def load(sheet):
    return made.tension(sheet, 0.01, "y", 1)


def test_drawings_are_of_the_mesh(sheet):
    files = sheet.files()
    assert set(files) == {".dxf", ".svg", ".stl"}
    outline = sheet._drawn.outline()
    assert len(outline.geoms) == 1 and len(outline.geoms[0].interiors) == 4
    # Polygons through the nodes in the middles of edges too: nearer to the circles than straight elements, 3 % off.
    assert outline.area == pytest.approx(20**2 - 4 * np.pi * 3.9**2, rel=0.01)
    require_closed(sheet._drawn, files[".stl"])


def test_the_tangent_gives_the_constants(sheet):
    young, ratio = elastic_constants(sheet._drawn.tangents[0])
    assert young * ratio / ((1 + ratio) * (1 - 2 * ratio)) == pytest.approx(LAMBDA)
    assert young / (2 * (1 + ratio)) == pytest.approx(MU)


def test_a_material_with_a_direction_is_left_out_and_told(sheet):
    drawn = sheet._drawn
    tangents = drawn.tangents.copy()
    tangents[0, 0, 0, 0, 0] *= 2
    text = replace(drawn, tangents=tangents).input_file([]).decode()
    assert "*ELASTIC" not in text and "not isotropic" in text


def test_meshio_reads_the_mesh(sheet, load, tmp_path):
    (tmp_path / "sheet.inp").write_bytes(sheet.files_under({"pull": load})[".inp"])
    found = meshio.read(tmp_path / "sheet.inp")
    np.testing.assert_allclose(found.points[:, :2], sheet.mesh.nodes, atol=1e-9)
    np.testing.assert_array_equal(found.cells[0].data, sheet.mesh.cells)


def test_calculix_finds_the_force_of_metac(sheet, load, tmp_path):
    if shutil.which("ccx") is None:
        pytest.skip("CalculiX (ccx) is not installed")
    (tmp_path / "sheet.inp").write_bytes(sheet.files_under({"pull": load})[".inp"])
    done = subprocess.run(["ccx", "sheet"], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert "*ERROR" not in done.stdout, done.stdout[-2000:]
    forces = (tmp_path / "sheet.dat").read_text().split("forces (fx,fy,fz)")[1]
    values = {int(node): float(y) for node, y in re.findall(r"^\s+(\d+)\s+\S+\s+(\S+)\s+\S+$", forces, re.M)}
    top = sum(values[node + 1] for node in sheet.mesh.nodes_on("top"))
    response = load.response
    assert top == pytest.approx(float(response.reaction[0, sheet.mesh.nodes_on("top"), 1].sum()), rel=1e-5)


def test_an_outline_that_cannot_be_drawn_leaves_a_text():
    class Touching:
        def files(self):
            raise NoOutline

    assert issubclass(NoOutline, RuntimeFailure)
    ((name, content),) = _files(Touching(), {}).items()
    assert name == "-not-exported.txt" and b"touches itself" in content


def test_what_resists_nothing_has_no_constants():
    assert elastic_constants(np.zeros((2, 2, 2, 2))) is None
