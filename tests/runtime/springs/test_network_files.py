"""Files: what is written is read again; what makes no network is refused with its place."""

from pathlib import Path

import numpy as np
import pytest

from metac.runtime.springs.lammps_files import lammps_data
from metac.runtime.springs.network import NetworkRefused
from metac.runtime.springs.network_files import read_network
from metac.runtime.springs.read_network import ReadNetwork
from tests.runtime.springs.networks import packed

GOOD = {"positions": [[0.0, 0.0], [1.0, 0.0], [0.5, 0.9]], "box": [4.0, 4.0], "bonds": [[0, 1], [1, 2], [2, 0]]}


@pytest.fixture(scope="module")
def found() -> ReadNetwork:
    network, connections = packed(36)
    return ReadNetwork(np.asarray(network.positions), connections, np.linspace(0.5, 1.5, len(connections.bonds)))


def saved(folder: Path, **arrays) -> Path:
    path = folder / "net.npz"
    np.savez(path, **{**{name: np.array(value) for name, value in GOOD.items()}, **arrays})
    return path


@pytest.mark.parametrize("angle", [0.0, 0.01])
def test_lammps_data_are_read_again(found, tmp_path, angle):
    path = tmp_path / "net.data"
    path.write_bytes(lammps_data(found, angle, 100.0))
    again = read_network(path)
    np.testing.assert_allclose(again.connections.box, found.connections.box, rtol=1e-15)
    np.testing.assert_array_equal(again.connections.bonds, found.connections.bonds)
    np.testing.assert_allclose(again.factors, found.factors, rtol=1e-12)
    shift = again.positions - found.positions
    np.testing.assert_allclose(shift, np.round(shift / found.connections.box) * found.connections.box, atol=1e-12)
    assert (b"Angle Coeffs" in path.read_bytes()) == (angle > 0)


def test_all_pairs_of_bonds_at_a_node_are_angles(found):
    degrees = np.bincount(found.connections.bonds.ravel())
    text = lammps_data(found, 0.01, 1.0).decode()
    assert f"{sum(d * (d - 1) // 2 for d in degrees)} angles" in text


def test_archives_have_images_found_from_the_box(tmp_path):
    read = read_network(saved(tmp_path, positions=np.array([[0.1, 0.0], [3.9, 0.0], [0.5, 0.9]])))
    np.testing.assert_array_equal(read.connections.images[0], [-1, 0])
    np.testing.assert_allclose(read.factors, 1.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bonds": np.array([[0, 1], [1, 3]])}, "ends at node 4 of 3"),
        ({"bonds": np.array([[0, 1], [1, 0], [1, 2]])}, "nodes 1 and 2 are joined twice"),
        ({"bonds": np.array([[0, 1]])}, "node 3 has no bond"),
        ({"bonds": np.zeros((0, 2), int)}, "no bonds"),
        ({"positions": np.array([[0.0, 0.0], [0.0, 0.0], [0.5, 0.9]])}, "has no length"),
        ({"positions": np.array([[0.0, np.nan], [1.0, 0.0], [0.5, 0.9]])}, "not a positive, finite number"),
        ({"box": np.array([4.0])}, "`box` is an array"),
        ({"stiffness": np.array([1.0, -1.0, 1.0])}, "stiffness is not a positive number"),
        ({"stiffness": np.array(["a", "b", "c"])}, "`stiffness` is an array"),
    ],
)
def test_arrays_that_make_no_network_are_refused(tmp_path, change, message):
    with pytest.raises(NetworkRefused, match=message):
        read_network(saved(tmp_path, **change))


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("Bonds\n", "Impropers\n", "no row of numbers|no section `Bonds`"),
        ("xlo xhi", "xlo xho", "does not say how large the box is"),
        ("Atoms # molecular", "Atoms # sphere", "atoms of style `sphere` cannot be read"),
        ("\n1 1 1 ", "\n1 1 one ", "is no row of numbers"),
        ("-0.5 0.5 zlo zhi", "-0.5 0.5 zlo zhi\n0.5 0 0 xy xz yz", "the box is not rectangular"),
    ],
)
def test_data_that_make_no_network_are_refused(found, tmp_path, before, after, message):
    text = lammps_data(found, 0.0, 100.0).decode()
    assert before in text
    path = tmp_path / "net.data"
    path.write_text(text.replace(before, after, 1))
    with pytest.raises(NetworkRefused, match=message):
        read_network(path)


def test_networks_under_stress_are_refused(found, tmp_path):
    lines = lammps_data(found, 0.0, 100.0).decode().splitlines()
    place = lines.index("Bond Coeffs") + 2
    number, stiffness, rest = lines[place].split()
    lines[place] = f"{number} {stiffness} {1.01 * float(rest)}"
    path = tmp_path / "net.data"
    path.write_text("\n".join(lines))
    with pytest.raises(NetworkRefused, match="at rest"):
        read_network(path)


def test_the_stiffness_of_angles_is_read(found, tmp_path):
    path = tmp_path / "net.data"
    for angle, read in ((0.0, None), (0.02, 0.02)):
        path.write_bytes(lammps_data(found, angle, 100.0))
        assert read_network(path).angle_stiffness == read


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda number, stiffness, rest: f"{number} {2 * float(stiffness)} {rest}", "stiffnesses from 0.02 to 0.04"),
        (lambda number, stiffness, rest: f"{number} {stiffness} {float(rest) + 1}", "is 1° away from what it is at rest"),
        (lambda number, stiffness, rest: f"{number} {stiffness}", "angles are incomplete"),
        (None, "pairs of bonds meet at nodes"),
    ],
)
def test_angles_of_another_law_are_refused(found, tmp_path, change, message):
    lines = lammps_data(found, 0.02, 100.0).decode().splitlines()
    if change is None:
        lines.pop()
    else:
        place = lines.index("Angle Coeffs") + 2
        lines[place] = change(*lines[place].split())
    path = tmp_path / "net.data"
    path.write_text("\n".join(lines))
    with pytest.raises(NetworkRefused, match=message):
        read_network(path)
