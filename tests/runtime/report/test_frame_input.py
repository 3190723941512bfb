"""Input files of frames: read by meshio, run by CalculiX where it is installed, with the values of the beam model."""

import re
import shutil
import subprocess

import jax
import jax.numpy as jnp
import meshio
import numpy as np
import pytest

from metac.runtime.beams.beam_element import BeamMaterial, beams_between, stiffness_blocks
from metac.runtime.beams.frame_equilibrium import equilibrium
from metac.runtime.beams.frame_topology import FrameTopology
from metac.runtime.beams.grid_grips import gripped_nodes, gripped_topology, solve_between_grips
from metac.runtime.beams.node_grid import NodeGrid
from metac.runtime.report.frame_export import DrawnFrame
from metac.runtime.report.frame_input import DIVISIONS, AppliedLoad, input_file

GRID = NodeGrid(4, 4)
NODES = GRID.positions(7.5)
KEPT = np.sort(np.random.default_rng(3).permutation(42)[:26])
WIDTH = 0.25


def drawn(shear=True):
    return DrawnFrame(NODES, GRID.edges[KEPT], np.full(26, WIDTH), 10.0, 0.6, 0.3, shear)


def pulled(axis, moved=None):
    prescribed = np.where(gripped_topology(GRID, axis).prescribed, 0.0, np.nan)
    prescribed[gripped_nodes(GRID, axis)[1], axis if moved is None else moved] = 0.225
    return AppliedLoad(f"along {'xy'[axis]}", prescribed, np.zeros((16, 3)))


def beams(theory):
    widths = np.zeros(42)
    widths[KEPT] = WIDTH
    return beams_between(GRID.edges, jnp.asarray(NODES), jnp.asarray(widths), BeamMaterial(0.6, 0.3, 10.0, theory))


def test_meshio_reads_a_copy_for_each_load_and_the_travel_is_what_the_load_prescribes(tmp_path):
    content = input_file(drawn(), [pulled(0), pulled(1)])
    (tmp_path / "frame.inp").write_bytes(content)
    mesh = meshio.read(tmp_path / "frame.inp")
    lines = np.concatenate([block.data for block in mesh.cells])
    assert len(lines) == 2 * DIVISIONS * 26
    length = np.linalg.norm(np.diff(mesh.points[lines][..., :2], axis=1), axis=2).sum()
    one = np.linalg.norm(np.diff(NODES[GRID.edges[KEPT]], axis=1), axis=2).sum()
    assert length == pytest.approx(2 * one, rel=1e-9)
    given = {float(value) for value in re.findall(r"^\d+, [126], [126], (\S+)$", content.decode(), re.M)}
    assert given == {0.0, 0.225}


def test_numbers_are_those_of_the_tables():
    text = input_file(drawn(), [pulled(0)]).decode()
    for node in np.unique(GRID.edges[KEPT]):
        x, y = NODES[node]
        assert f"\n{node + 1}, {x:.12g}, {y:.12g}, 0.\n" in text
    first, second = GRID.edges[KEPT][4] + 1
    numbers = 4 * DIVISIONS + np.array([1, DIVISIONS])
    assert re.search(rf"^{numbers[0]}, {first}, \d+$", text, re.M) and re.search(
        rf"^{numbers[1]}, \d+, {second}$", text, re.M
    )


def run(tmp_path, content):
    """What CalculiX prints."""
    if shutil.which("ccx") is None:
        pytest.skip("CalculiX (ccx) is not installed")
    (tmp_path / "frame.inp").write_bytes(content)
    done = subprocess.run(["ccx", "frame"], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert "*ERROR" not in done.stdout, done.stdout[-2000:]
    return (tmp_path / "frame.dat").read_text()


@pytest.mark.parametrize("theory", ["timoshenko", "euler_bernoulli"])
def test_calculix_finds_the_forces_of_the_beam_model(tmp_path, theory):
    """Slender beams: within 1 % (here 0.01 %). Twice the energy over the travel is the force."""
    printed = run(tmp_path, input_file(drawn(theory == "timoshenko"), [pulled(0), pulled(1), pulled(1, 0)]))
    energies = [float(value) for value in re.findall(r"total internal energy.*\n\n\s+(\S+)", printed)]
    assert len(energies) == 3
    for energy, (axis, moved) in zip(energies, ((0, 0), (1, 1), (1, 0)), strict=True):
        expected = 0.225 * float(solve_between_grips(GRID, beams(theory), axis, moved).force)
        assert 2 * energy / 0.225 == pytest.approx(expected, rel=0.01)


def test_calculix_finds_the_displacements_of_forces(tmp_path):
    prescribed = np.zeros((16, 3), bool)
    prescribed[GRID.numbers[0]] = True
    forces = np.zeros((16, 3))
    forces[12, 0] = 1e-5
    load = AppliedLoad("pushed", np.where(prescribed, 0.0, np.nan), forces)
    printed = run(tmp_path, input_file(drawn(), [load]))
    energy = float(re.findall(r"total internal energy.*\n\n\s+(\S+)", printed)[0])
    frame = FrameTopology(GRID.edges, prescribed)
    stiffness = stiffness_blocks(beams("timoshenko"))
    found = jax.jit(lambda load: equilibrium(frame, stiffness, jnp.zeros_like(load), load))(jnp.asarray(forces)[..., None])[
        0
    ]
    assert 2 * energy == pytest.approx(1e-5 * float(found[12, 0, 0]), rel=0.01)
