"""Meshes that are kept: found again where everything is equal, made again where anything is not or a file is damaged."""

import numpy as np
import pytest

from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.mesh import mesh_cache, meshing
from metac.runtime.mesh.meshing import mesh_region

SHEET = Rectangle(0.0, 0.0, 4.0, 3.0)


@pytest.fixture
def folder(tmp_path):
    mesh_cache.cache_in(tmp_path)
    yield tmp_path
    mesh_cache.cache_in(None)


@pytest.fixture
def fillings(monkeypatch):
    """Counts the times that gmsh was used."""
    count, fill = [], meshing._fill
    monkeypatch.setattr(meshing, "_fill", lambda *arguments: count.append(1) or fill(*arguments))
    return count


def same(first, second):
    parts = [name for name in first.facets if np.array_equal(first.facets[name], second.facets[name])]
    return (
        np.array_equal(first.nodes, second.nodes)
        and np.array_equal(first.cells, second.cells)
        and parts == list(second.facets)
    )


def test_a_mesh_is_made_once(folder, fillings):
    first, second = mesh_region(SHEET, [], 1.0), mesh_region(SHEET, [], 1.0)
    assert same(first, second)
    assert len(fillings) == 1
    mesh_cache.cache_in(None)
    assert same(first, mesh_region(SHEET, [], 1.0))
    assert len(fillings) == 2


@pytest.mark.parametrize("other", [{"size": 1.0 + 1e-12}, {"order": 1}, {"domain": Rectangle(0.0, 0.0, 4.0, 3.0 + 1e-9)}])
def test_anything_else_is_another_mesh(other, folder, fillings):
    plain = {"domain": SHEET, "size": 1.0, "order": 2}
    for settings in (plain, plain | other):
        mesh_region(settings["domain"], [], settings["size"], settings["order"])
    assert len(fillings) == 2


def test_another_mesher_or_other_code_is_another_mesh(folder, fillings, monkeypatch):
    mesh_region(SHEET, [], 1.0)
    monkeypatch.setattr(meshing, "version", lambda package: "0.0")
    mesh_region(SHEET, [], 1.0)
    monkeypatch.setattr(mesh_cache, "code_of", lambda files: {"meshing.py": "changed"})
    mesh_region(SHEET, [], 1.0)
    assert len(fillings) == 3


def flip_a_byte(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))


def other_numbers(file):
    with np.load(file) as found:
        arrays = dict(found)
    arrays["nodes"] = arrays["nodes"] + 1.0
    np.savez(file, **arrays)


@pytest.mark.parametrize(
    "damage",
    [flip_a_byte, other_numbers, lambda file: file.write_bytes(file.read_bytes()[:100]), lambda file: file.write_text("")],
)
def test_a_damaged_file_is_made_again(damage, folder, fillings):
    first = mesh_region(SHEET, [], 1.0)
    damage(next(folder.glob("*.npz")))
    for _ in range(2):
        assert same(first, mesh_region(SHEET, [], 1.0))
    assert len(fillings) == 2


def test_a_folder_that_is_gone_keeps_nothing(folder, fillings):
    mesh_cache.cache_in(folder / "not there")
    for _ in range(2):
        mesh_region(SHEET, [], 1.0)
    assert len(fillings) == 2


def test_the_oldest_are_forgotten(folder, monkeypatch):
    monkeypatch.setattr(mesh_cache, "MAXIMUM_CACHED", 2)
    for size in (1.0, 1.1, 1.2):
        mesh_region(SHEET, [], size)
    assert len(list(folder.glob("*.npz"))) == 2
