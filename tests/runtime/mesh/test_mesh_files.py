"""Meshes of other programs: what is read, what is mended, and that everything else is told with its place."""

import os
import zlib

import meshio
import numpy as np
import pytest

from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.mesh.file_mesh import FileMesh, NoMesh
from metac.runtime.mesh.imported_mesh import imported
from metac.runtime.mesh.matched_period import matched_period
from metac.runtime.mesh.mesh_files import read_mesh_file
from metac.runtime.mesh.quality import area
from metac.runtime.mesh.triangle_edges import second_order, subdivided
from metac.runtime.report.mesh_export import write_vtu
from tests.mechanics import rectangle
from tests.runtime.mesh.mesh_writers import spatial, write_inp, write_msh

DOMAIN = Rectangle(0.0, 0.0, 4.0, 3.0)
NAMES = ["steel", "rubber"]


def halves(mesh):
    return (mesh.nodes[mesh.cells[:, :3]].mean(axis=1)[:, 1] > 1.5).astype(int)


@pytest.mark.parametrize("order", [1, 2])
def test_a_file_of_gmsh_gives_nodes_groups_and_named_edges(tmp_path, order):
    mesh = rectangle(4, 4, order, DOMAIN, hole=True)
    path = write_msh(tmp_path / "part.msh", mesh, halves(mesh), NAMES, {"base": mesh.facets["bottom"]})
    found, phases = imported(read_mesh_file(path), 1.0, NAMES)
    assert np.allclose(found.nodes, mesh.nodes, rtol=1e-15, atol=1e-15) and found.cells.shape == mesh.cells.shape
    middles = found.nodes[found.cells[:, :3]].mean(axis=1)
    assert np.array_equal(phases, middles[:, 1] > 1.5)
    assert float(area(found, found.nodes)) == pytest.approx(12 - 12 / 16)
    for side in ("left", "right", "bottom", "top"):
        assert set(found.nodes_on(side)) == set(mesh.nodes_on(side))
    assert len(found.facets["pores"]) == 4
    assert set(np.unique(found.named["base"])) == set(mesh.nodes_on("bottom"))


def test_the_unit_scales(tmp_path):
    mesh = rectangle(2, 2, 1, DOMAIN)
    path = write_msh(tmp_path / "part.msh", mesh, halves(mesh), NAMES)
    assert imported(read_mesh_file(path), 25.4, ()).mesh.domain.width == pytest.approx(4 * 25.4)


def test_a_file_of_metac_is_read_back(tmp_path):
    mesh = rectangle(3, 3, 2, DOMAIN, distort=0.2)
    write_vtu(tmp_path / "own.vtu", mesh, mesh.nodes, cells={"material": halves(mesh) + 1.0, "other": np.linspace(0, 1, 18)})
    read = read_mesh_file(tmp_path / "own.vtu")
    assert set(read.groups) == {"material=1", "material=2"}
    found, phases = imported(read, 1.0, ["material=1", "material=2"])
    assert np.array_equal(found.nodes, mesh.nodes) and np.array_equal(found.cells, mesh.cells)
    assert np.array_equal(phases, halves(mesh))


def test_abaqus_sets_and_plane_strain(tmp_path):
    mesh = rectangle(2, 2, 1, DOMAIN)
    halved = halves(mesh)
    sets = {"Steel": np.flatnonzero(halved == 0)}
    more = "*ELSET, ELSET=RUBBER, GENERATE\n5, 8, 1\n*NSET, NSET=BASE\n1, 2, 3\n*STEP\n*END STEP"
    assert np.array_equal(np.flatnonzero(halved), [4, 5, 6, 7])
    read = read_mesh_file(write_inp(tmp_path / "part.inp", mesh, sets, more=more))
    found, phases = imported(read, 1.0, ["STEEL", "RUBBER"])
    assert np.array_equal(found.nodes, mesh.nodes) and np.array_equal(phases, halved)
    assert set(np.unique(found.named["BASE"])) == set(mesh.nodes_on("bottom"))


def test_a_set_belongs_to_its_own_block(tmp_path):
    """meshio gives it to the first block."""
    nodes = "*NODE\n1, 0, 0\n2, 1, 0\n3, 1, 1\n4, 0, 1\n"
    text = f"{nodes}*ELEMENT, TYPE=CPS3\n1, 1, 2, 3\n*ELEMENT, TYPE=CPS3, ELSET=SOFT\n2, 1, 3, 4\n"
    (tmp_path / "two.inp").write_text(text)
    assert read_mesh_file(tmp_path / "two.inp").groups["SOFT"].tolist() == [1]


def of(mesh, **changes):
    """What a file of this mesh says."""
    content = {"points": spatial(mesh.nodes), "cells": mesh.cells.astype(np.int64), "groups": {}, **changes}
    return FileMesh(**content)


def test_clockwise_elements_are_turned_and_unused_nodes_left_out():
    mesh = rectangle(2, 2, 2, DOMAIN)
    cells = mesh.cells.astype(np.int64).copy()
    cells[3] = cells[3][[0, 2, 1, 5, 4, 3]]
    points = np.concatenate([[[9.0, 9.0, 0.0]], spatial(mesh.nodes)])
    found = imported(of(mesh, points=points, cells=cells + 1), 1.0, ()).mesh
    assert len(found.nodes) == len(mesh.nodes) and float(area(found, found.nodes)) == pytest.approx(12)


SQUARE = rectangle(2, 2, 1, DOMAIN)


def moved(node, place):
    points = spatial(SQUARE.nodes)
    points[node] = place
    return {"points": points}


def split():
    """The elements of the right half with nodes of their own."""
    points, cells = spatial(SQUARE.nodes), SQUARE.cells.astype(np.int64).copy()
    right = SQUARE.nodes[cells].mean(axis=1)[:, 0] > 2
    cells[right] += len(points)
    return {"points": np.concatenate([points, points]), "cells": cells}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (moved(4, [np.nan, 0, 0]), "1 of 9 nodes have no finite coordinates"),
        (moved(4, [2, 1.5, 0.1]), "does not lie in a plane: z from 0 to 0.1 mm"),
        (moved(4, [0, 0, 0]), "nodes lie on each other, 1 pairs, the first at (0, 0) mm"),
        (moved(4, [2, 0, 0]), "nodes lie on each other"),
        (moved(4, [2, -1, 0]), "elements without area, or folded|elements lie on each other|no end of"),
        (split(), "nodes lie on each other, 3 pairs"),
        ({"cells": np.concatenate([SQUARE.cells, SQUARE.cells[:1]])}, "more than once: 1, the first at"),
        ({"cells": SQUARE.cells[[0, 7]]}, "2 pieces that share no edge, one of them at (3.333, 2.5) mm"),
        ({"cells": SQUARE.cells + 1}, "name nodes that are not in the file"),
        ({"cells": np.zeros((0, 3), np.int64)}, "no triangles"),
    ],
    ids=["nan", "plane", "same", "same-edge", "folded", "split", "twice", "pieces", "missing", "empty"],
)
def test_what_is_wrong_is_told_with_its_place(changes, words):
    with pytest.raises(NoMesh) as told:
        imported(of(SQUARE, **changes), 1.0, ())
    assert any(word in told.value.message for word in words.split("|")), told.value.message


def test_a_hanging_node_is_told():
    points = np.array([[0, 0], [2, 0], [2, 2], [0, 2], [1, 1.0]])
    cells = np.array([[0, 1, 2], [0, 4, 3], [4, 2, 3]])
    with pytest.raises(NoMesh, match=r"share no edge|no end of, at \(1, 1\) mm"):
        imported(FileMesh(points, cells, {}), 1.0, ())
    joined = np.array([[0, 0], [2, 0], [2, 2], [0, 2], [1, 1.0], [4, 1.0], [4, 4.0]])
    around = np.array([[0, 1, 2], [0, 4, 3], [4, 2, 3], [1, 5, 2], [2, 5, 6], [2, 6, 3]])
    with pytest.raises(NoMesh, match=r"no end of, at \(1, 1\) mm"):
        imported(FileMesh(joined, around, {}), 1.0, ())


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        (["a", "c"], "no group of triangles `c`"),
        (["a"], "4 of 8 elements are of none of these groups, the first at (1.333, 2) mm"),
        (["a", "b", "all"], "8 of 8 elements are of more than one of these groups"),
        (["a", "a", "b"], "4 of 8 elements are of more than one"),
    ],
)
def test_groups_cover_the_body_once(groups, words):
    known = {"a": np.arange(4), "b": np.arange(4, 8), "all": np.arange(8)}
    with pytest.raises(NoMesh) as told:
        imported(of(SQUARE, groups=known), 1.0, groups)
    assert words in told.value.message and told.value.field == "groups"


def test_the_unit_is_looked_at():
    with pytest.raises(NoMesh, match="4e-09 mm large") as told:
        imported(of(SQUARE), 1e-9, ())
    assert told.value.field == "unit"


def test_other_elements_are_told(tmp_path):
    quads = meshio.Mesh(spatial(SQUARE.nodes), [("quad", [[0, 1, 4, 3]]), ("triangle", [[1, 2, 5]])])
    quads.write(tmp_path / "quads.msh", file_format="gmsh22")
    with pytest.raises(NoMesh, match="1 of type quad"):
        read_mesh_file(tmp_path / "quads.msh")
    write_inp(tmp_path / "bricks.inp", SQUARE, {}, kind="C3D8")
    with pytest.raises(NoMesh, match="8 of type C3D8"):
        read_mesh_file(tmp_path / "bricks.inp")


@pytest.mark.parametrize("name", ["part.msh", "part.vtu", "part.inp"])
def test_damaged_files_are_refused(tmp_path, name):
    """Cut anywhere, or with bytes changed, a file is read or refused, and nothing else is raised."""
    mesh = rectangle(2, 2, 1, DOMAIN)
    path = tmp_path / name
    if name.endswith("msh"):
        write_msh(path, mesh, halves(mesh), NAMES)
    elif name.endswith("vtu"):
        write_vtu(path, mesh, mesh.nodes, cells={"material": halves(mesh) + 1.0})
    else:
        write_inp(path, mesh, {"STEEL": np.arange(4)})
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    refused = 0
    for trial in range(60):
        content = bytearray(whole[: int(rng.integers(len(whole)))] if trial % 2 else whole)
        for place in rng.integers(len(content), size=3 if len(content) and not trial % 2 else 0):
            content[place] = int(rng.integers(256))
        path.write_bytes(bytes(content))
        try:
            imported(read_mesh_file(path), 1.0, ())
        except NoMesh:
            refused += 1
    assert refused > 30


@pytest.mark.parametrize(
    "text",
    [
        "$MeshFormat\n4.1 0 8\n$EndMeshFormat\n$Nodes\n1 99999999999999 1 9\n",
        "$MeshFormat\n2.2 0 8\n$EndMeshFormat\n$Nodes\n99999999999999\n1 0 0 0\n$EndNodes\n",
        "$MeshFormat\n2.2 0 8\n$EndMeshFormat\n$Elements\n1\n1 2 2 1 1 1 2 3\n$EndElements\n",
        "$MeshFormat\n9.9 0 8\n$EndMeshFormat\n",
        "",
    ],
)
def test_lies_about_counts_are_refused(tmp_path, text):
    (tmp_path / "lie.msh").write_text(text)
    with pytest.raises(NoMesh):
        read_mesh_file(tmp_path / "lie.msh")


@pytest.mark.parametrize(
    "text",
    [
        "*ELSET, ELSET=A, GENERATE\n1, 99999999999, 1\n",
        "*ELSET, ELSET=A, GENERATE\n1\n",
        "*NODE\nnan, 0, 0\n",
        "*NODE\n1, 0, 0\n1, 1, 0\n",
        "*NODE\n1.5, 0, 0\n",
        "*INCLUDE, INPUT=lie.inp\n",
        "*ELSET, ELSET=A\nB\n",
    ],
)
def test_damaged_input_files_are_refused_with_the_line(tmp_path, text):
    (tmp_path / "lie.inp").write_text(text)
    with pytest.raises(NoMesh, match="line "):
        read_mesh_file(tmp_path / "lie.inp")


def test_a_small_file_that_unpacks_to_much_is_not_read(tmp_path):
    path = tmp_path / "bomb.vtu"
    path.write_bytes(
        b'<VTKFile type="UnstructuredGrid" compressor="vtkZLibDataCompressor">' + zlib.compress(b"0") * 2_500_000
    )
    with pytest.raises(NoMesh, match="more than are read"):
        read_mesh_file(path)


def test_what_is_no_file_is_an_error_of_the_system(tmp_path):
    for name in ("nothing.msh", "folder.msh", "pipe.msh"):
        path = tmp_path / name
        if name.startswith("folder"):
            path.mkdir()
        elif name.startswith("pipe") and hasattr(os, "mkfifo"):
            os.mkfifo(path)
        with pytest.raises(OSError):
            read_mesh_file(path)
    (tmp_path / "mesh.stl").write_text("solid")
    with pytest.raises(NoMesh, match=r"`\.msh`, `\.vtu` and `\.inp`"):
        read_mesh_file(tmp_path / "mesh.stl")


@pytest.mark.parametrize("order", [1, 2])
def test_subdivision_keeps_area_edges_and_parts(order):
    mesh = rectangle(3, 2, order, DOMAIN, distort=0.3)
    nodes = mesh.nodes.copy()
    if order == 2:
        bent = mesh.facets["top"][:, 2]
        nodes[bent, 1] += 0.1
    mesh = type(mesh)(nodes, mesh.cells, mesh.facets, mesh.domain, {"base": mesh.facets["bottom"]})
    finer = subdivided(mesh)
    assert len(finer.cells) == 4 * len(mesh.cells) and finer.order == order
    assert float(area(finer, finer.nodes)) == pytest.approx(float(area(mesh, mesh.nodes)), rel=1e-13)
    assert len(finer.facets["top"]) == 2 * len(mesh.facets["top"]) and len(finer.named["base"]) == 6
    centres = finer.nodes[finer.cells[:, :3]].mean(axis=1).reshape(-1, 4, 2).mean(axis=1)
    assert np.abs(centres - mesh.nodes[mesh.cells[:, :3]].mean(axis=1)).max() < 0.1
    if order == 2:
        x, y = finer.nodes[finer.nodes_on("top")].T
        assert np.allclose(y, 3 + 0.1 * (1 - (2 * (x * 3 / 4 % 1) - 1) ** 2))


def test_second_order_has_straight_edges():
    mesh = rectangle(3, 2, 1, DOMAIN, distort=0.3)
    richer = second_order(mesh)
    assert np.allclose(richer.nodes[richer.cells[:, 3]], richer.nodes[richer.cells[:, :2]].mean(axis=1))
    assert np.allclose(richer.nodes[richer.facets["left"][:, 2]], richer.nodes[richer.facets["left"][:, :2]].mean(axis=1))


def test_a_period_has_images():
    mesh = rectangle(3, 3, 2, DOMAIN, distort=0.2)
    _, constraints = matched_period(mesh)
    assert constraints.point_count == len(mesh.nodes) - 13 + 2
    nodes = mesh.nodes.copy()
    corner = mesh.facets["left"][1, 0]
    nodes[corner, 1] += 0.2
    with pytest.raises(NoMesh, match=r"the node at \(0, 1.2\) mm on the left side has no image on the right side"):
        matched_period(type(mesh)(nodes, mesh.cells, mesh.facets, mesh.domain))
