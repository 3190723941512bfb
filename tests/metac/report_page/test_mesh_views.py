"""What the field viewer is given is what the VTU files hold."""

import base64
import gzip

import numpy as np
import pytest

from metac.api.report_page import mesh_views as module
from metac.api.report_page.mesh_views import MeshView, mesh_views
from metac.runtime.grid.mesh import grid_mesh
from metac.runtime.report.mesh_export import write_vtu
from tests.runtime.report.conftest import make_sheet

MESHES = {
    "triangle": lambda: make_sheet(1),
    "triangle6": lambda: make_sheet(2),
    "quad": lambda: grid_mesh(2, 3, 3.0, 2.0, 1),
    "quad9": lambda: grid_mesh(2, 3, 3.0, 2.0, 2),
}


def unpacked(data, place):
    block = gzip.decompress(base64.b64decode(data["block"]))
    whole = np.frombuffer(block, {2: "<u2", 4: "<u4"}[place["bytes"]], place["length"], place["offset"])
    return whole if "low" not in place else place["low"] + (place["high"] - place["low"]) * whole / 65535


def pairs(data, places):
    return np.stack([unpacked(data, place) for place in places], axis=1)


def areas(points, triangles):
    a, b, c = np.moveaxis(points[triangles], 1, 0)
    return ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]) / 2


def write_states(folder, mesh, count=3):
    displacements = [0.1 * number * mesh.nodes * [0.5, -1.0] for number in range(1, count + 1)]
    for number, displacement in enumerate(displacements, start=1):
        fields = {"displacement": displacement, "energy_density": displacement[:, 1] ** 2}
        write_vtu(folder / f"pull-{number:02d}.vtu", mesh, mesh.nodes, points=fields, state=f"nominal strain {number} %")
    return displacements


@pytest.mark.parametrize("kind", MESHES)
def test_elements_of_every_kind_fill_the_body_and_have_its_outline(tmp_path, kind):
    mesh = MESHES[kind]()
    write_vtu(tmp_path / "design.vtu", mesh, mesh.nodes)
    (view,) = mesh_views(tmp_path)
    points = pairs(view.data, view.data["points"])
    np.testing.assert_allclose(points, mesh.nodes, atol=8 / 65535)
    found = areas(points, unpacked(view.data, view.data["triangles"]).reshape(-1, 3))
    whole = 48.0 if kind.startswith("triangle") else 6.0
    assert (found > 0).all() and found.sum() == pytest.approx(whole, rel=1e-3)
    assert len(found) == view.data["pieces"] * len(mesh.cells)
    edges = points[unpacked(view.data, view.data["outline"]).reshape(-1, 2)]
    length = np.linalg.norm(edges[:, 0] - edges[:, 1], axis=1).sum()
    assert length == pytest.approx(48.0 if kind.startswith("triangle") else 10.0, rel=1e-3)
    words = ("quadratic" if kind[-1] in "69" else "linear") + (" triangles" if "tri" in kind else " quadrilaterals")
    assert words in view.statistics and f"least angle {45 if 'tri' in kind else 90}°" in view.statistics


def test_states_are_shown_with_displacements_fields_and_what_is_applied(tmp_path):
    mesh = make_sheet(2)
    displacements = write_states(tmp_path, mesh)
    write_vtu(tmp_path / "design.vtu", mesh, mesh.nodes)
    (view,) = mesh_views(tmp_path)
    assert view.name == "pull" and view.left_out is None
    labels = [state["label"] for state in view.data["states"]]
    assert labels == [f"increment {number} of 3: nominal strain {number} %" for number in (1, 2, 3)]
    for state, displacement in zip(view.data["states"], displacements, strict=True):
        span = np.ptp(displacement)
        np.testing.assert_allclose(pairs(view.data, state["displacement"]), displacement, atol=span / 65535)
        energy = state["fields"]["energy_density"]
        assert energy["title"] == "energy density W (MPa)"
        np.testing.assert_allclose(unpacked(view.data, energy), displacement[:, 1] ** 2, atol=span**2 / 65535)


def test_a_body_that_no_load_shows_has_a_view_of_its_own_with_the_values_of_its_cells(tmp_path):
    mesh, other = grid_mesh(2, 3, 3.0, 2.0, 1), grid_mesh(4, 4, 1.0, 1.0, 1)
    write_states(tmp_path, mesh)
    density = np.linspace(0, 1, len(other.cells))
    write_vtu(tmp_path / "beam.vtu", other, other.nodes, cells={"density": density})
    pull, beam = mesh_views(tmp_path)
    assert (pull.name, beam.name) == ("pull", "beam") and beam.data["states"] == []
    np.testing.assert_allclose(unpacked(beam.data, beam.data["cells"]["density"]), density, atol=1e-5)


def test_a_view_that_would_be_too_large_leaves_increments_out_and_says_so(tmp_path, monkeypatch):
    mesh = make_sheet(2)
    write_states(tmp_path, mesh, count=9)
    monkeypatch.setattr(module, "LARGEST", 3000)
    (view,) = mesh_views(tmp_path)
    labels = [state["label"].split(":")[0] for state in view.data["states"]]
    assert 1 <= len(labels) < 9 and labels[-1] == "increment 9 of 9"
    assert view.left_out == f"{len(labels)} of 9 increments are shown, to keep the page small; all are in the VTU files"


def test_a_hundred_increments_stand_in_their_order(tmp_path):
    displacements = write_states(tmp_path, make_sheet(1), count=101)
    (view,) = mesh_views(tmp_path)
    highest = [state["displacement"][0]["high"] for state in view.data["states"]]
    np.testing.assert_allclose(highest, [displacement[:, 0].max() for displacement in displacements])


def test_what_cannot_be_shown_is_said(tmp_path):
    mesh = make_sheet(1)
    write_vtu(tmp_path / "a.vtu", mesh, mesh.nodes * np.nan)
    (tmp_path / "b.vtu").write_text("<VTKFile>")
    write_states(tmp_path, mesh, count=1)
    other = make_sheet(2)
    write_vtu(tmp_path / "pull-02.vtu", other, other.nodes, points={"displacement": other.nodes})
    views = mesh_views(tmp_path)
    assert not [view for view in views if isinstance(view, MeshView)]
    assert "a is not shown: a value is not finite" in views
    assert any(view.startswith("b is not shown: b.vtu cannot be read") for view in views)
    assert "pull is not shown: its increments are on different meshes" in views
