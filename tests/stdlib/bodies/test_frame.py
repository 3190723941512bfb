"""Frames through the language: values, tilings, derivatives, what a run leaves."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import metac
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.beams.beam_element import BeamMaterial, beams_between
from metac.runtime.beams.grid_grips import solve_between_grips
from metac.runtime.beams.network_geometry import NetworkGeometry
from metac.runtime.beams.node_grid import NodeGrid
from metac.runtime.beams.strut_net import StrutNet
from metac.runtime.report.frame_plots import bent, rectangles
from metac.stdlib.bodies.frame import Frame
from metac.stdlib.measures.solid_volume import SolidVolume
from tests.mechanics import LINEAR_ELASTIC, Material, lame, taylor_remainders
from tests.stdlib.bodies.frames import SPEC

GRID = NodeGrid(3, 3)


def plane_stress():
    mu, lam = lame(0.6, 0.3)
    return Material(LINEAR_ELASTIC, (mu, 2 * lam * mu / (lam + 2 * mu)))


def geometry():
    widths = np.random.default_rng(0).uniform(0.5, 1.0, GRID.edge_count)
    return NetworkGeometry(GRID, jnp.asarray(GRID.positions(5.0)), jnp.asarray(widths))


def made(**fields):
    given = {"network": geometry(), "width": 1.0, "material": plane_stress(), "thickness": 10.0, "tiles": (1, 1)}
    return Frame(**{**given, "theory": "timoshenko", **fields})


def test_the_material_counts_as_at_rest():
    frame = made(width=1.0)
    assert float(frame.beam_material.young) == pytest.approx(0.6, rel=1e-12)
    assert float(frame.beam_material.poisson) == pytest.approx(0.3, rel=1e-12)


def test_a_tiling_has_shared_nodes_and_its_extent():
    frame = made(width=0.7, tiles=(3, 2))
    assert frame.settings == {"D1": 3, "D2": 2} and frame.grid == NodeGrid(7, 5)
    np.testing.assert_allclose(frame.extent, [30.0, 20.0])
    assert float(frame.widths.max()) < 0.7


@pytest.mark.parametrize("tiles", [(2,), (0, 1), (1, 100)])
def test_tiles_that_make_no_tiling_are_refused(tiles):
    with pytest.raises(FieldError):
        made(tiles=tiles)


def test_rectangles_have_the_beams_width_and_bent_beams_end_at_their_nodes():
    nodes, edges, widths = GRID.positions(5.0), GRID.edges[:3], np.array([0.2, 0.4, 0.6])
    corners = rectangles(nodes, edges, widths)
    areas = [0.5 * np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) for x, y in np.moveaxis(corners, 2, 1)]
    np.testing.assert_allclose(areas, 5.0 * widths)
    displacement = np.random.default_rng(1).normal(size=(9, 3))
    curves = bent(nodes, edges, displacement)
    for end, node in ((0, edges[:, 0]), (-1, edges[:, 1])):
        np.testing.assert_allclose(curves[:, end], nodes[node] + displacement[node, :2], atol=1e-12)


def test_measures_and_their_derivatives_through_the_language():
    program = metac.compile(SPEC).program()
    theta = program.init(jax.random.key(0))

    def both(theta):
        objects = program.objects(theta)
        cell = objects["cell"]
        beam = beams_between(cell.grid.edges, cell.positions, cell.widths, BeamMaterial(0.6, 0.3, 10.0))
        return objects["pull"].response, solve_between_grips(cell.grid, beam, 0)

    response, alone = jax.jit(both)(theta)
    assert float(response.modulus[0]) == pytest.approx(float(alone.force) / 10.0, rel=1e-9)
    np.testing.assert_allclose(response.displacement[0], alone.displacement * 0.05 * 15.0, atol=1e-9)

    random = np.random.default_rng(3)
    direction = jax.tree.map(lambda x: jnp.asarray(random.normal(size=x.shape)), theta)
    direction["net"]["edges"] = jnp.zeros(20)
    steps = np.array([4e-3, 2e-3, 1e-3])
    remainders, slope, difference = taylor_remainders(jax.jit(program.loss), theta, direction, steps)
    assert abs(np.polyfit(np.log(steps), np.log(remainders), 1)[0] - 2) < 0.05
    assert slope == pytest.approx(difference, rel=1e-6)


@pytest.mark.slow
def test_a_run_keeps_the_design_and_draws_it(tmp_path):
    result = metac.compile(SPEC).run(seed=0, out=tmp_path / "run")
    assert np.isfinite(result.summary["loss"])
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert {"cell.png", "cell.npz", "cell.stl", "cell.inp", "cell-nodes.csv", "pull.png"} <= names
    kept = np.load(tmp_path / "run" / "cell.npz")
    assert kept["edges"].shape == (14, 2) and kept["widths"].min() >= 0.5 and kept["widths"].max() <= 1.5


def test_the_volume_is_that_of_all_beams_and_has_a_gradient():
    """Both sides of a square of four, twice as long on a side: beams that two cells share count once."""
    square = StrutNet(np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]), np.array([[0, 1], [1, 2], [3, 2], [0, 3]]))

    def volume(width, thickness=10.0):
        network = NetworkGeometry(square, jnp.asarray(5.0 * square.nodes), jnp.ones(4), spacing=5.0)
        frame = made(network=network, width=width, thickness=thickness, tiles=(2, 1))
        return SolidVolume(of=frame, material=None).value

    assert float(volume(0.4)) == pytest.approx(7 * 5 * 0.4 * 10, rel=1e-12)
    assert float(jax.grad(volume)(0.4)) == pytest.approx(7 * 5 * 10, rel=1e-12)
    assert float(jax.grad(volume, argnums=1)(0.4, 10.0)) == pytest.approx(7 * 5 * 0.4, rel=1e-12)
