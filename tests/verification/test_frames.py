"""Frames of beams against Gibson and Ashby's honeycomb and against a continuum of the same drawing."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import shapely

from metac.runtime.beams.beam_element import BeamMaterial, beams_between, stiffness_blocks, straight_beams
from metac.runtime.beams.frame_equilibrium import equilibrium, forces
from metac.runtime.beams.frame_topology import FrameTopology
from metac.runtime.beams.grid_grips import solve_batched_between_grips
from metac.runtime.beams.node_grid import NodeGrid
from metac.runtime.fem.equilibrium.problem import make_problem
from metac.runtime.fem.path.incremental import solve_path
from metac.runtime.geometry.outline import closed_polygon
from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.mesh.meshing import mesh_region
from tests.mechanics import LINEAR_ELASTIC, degrees, lame


def honeycomb_stiffness(thinness):
    """Plane stiffness (11, 22, 12) over E_s of a regular honeycomb with struts of length 1 and width `thinness`.

    The middle of each strut is a centre of two-fold rotation: it moves as the mean strain says and bears no moment. So one
    node with three half struts stands for all.
    """
    angles = np.array([np.pi / 2, np.pi / 2 + 2 * np.pi / 3, np.pi / 2 - 2 * np.pi / 3])
    ends = np.stack([np.cos(angles), np.sin(angles)], axis=1) / 2
    edges = np.array([[0, 1], [0, 2], [0, 3]])
    prescribed = np.zeros((4, 3), bool)
    prescribed[1:, :2] = True
    strains = np.array([[[1, 0], [0, 0]], [[0, 0], [0, 1]], [[0, 0.5], [0.5, 0]]])
    given = np.zeros((4, 3, 3))
    given[1:, :2] = np.einsum("kij,nj->nik", strains, ends)
    frame = FrameTopology(edges, prescribed)

    def solve(given):
        beam = straight_beams(
            jnp.asarray(ends[:, 0]), jnp.asarray(ends[:, 1]), jnp.full(3, thinness), BeamMaterial(1.0, 0.3, 1.0)
        )
        stiffness = stiffness_blocks(beam)
        found, residual = equilibrium(frame, stiffness, given, jnp.zeros_like(given))
        return forces(frame, stiffness, found), residual

    held, residual = jax.jit(solve)(jnp.asarray(given))
    assert float(residual.max()) < 1e-8
    area = 3 * np.sqrt(3) / 4
    stress = np.einsum("nik,nj->kij", np.asarray(held)[1:, :2], ends) / area
    np.testing.assert_allclose(stress, np.swapaxes(stress, 1, 2), atol=1e-12)
    return np.stack([stress[:, 0, 0], stress[:, 1, 1], stress[:, 0, 1]])


@pytest.mark.parametrize("thinness", [0.01, 0.003])
def test_the_regular_honeycomb_of_gibson_and_ashby(thinness):
    """Cellular Solids, 2nd ed. (1997), section 4.3: E = 2.31 E_s (t/l)³, ν = 1, G = 0.577 E_s (t/l)³; all within 1 %."""
    compliance = np.linalg.inv(honeycomb_stiffness(thinness))
    assert 1 / compliance[0, 0] == pytest.approx(4 / np.sqrt(3) * thinness**3, rel=0.01)
    assert 1 / compliance[1, 1] == pytest.approx(4 / np.sqrt(3) * thinness**3, rel=0.01)
    assert -compliance[0, 1] / compliance[0, 0] == pytest.approx(1.0, rel=0.01)
    assert 1 / compliance[2, 2] == pytest.approx(thinness**3 / np.sqrt(3), rel=0.01)


SPACING, YOUNG, POISSON = 7.5, 0.6, 0.3
GRID = NodeGrid(3, 3)
EDGES = (0, 5, 7, 10, 13, 14)
"""Of one drawn cell, that bends and is not symmetric; none cross, since crossing beams are joined in a drawing alone."""
WIDTH, EXTENT = 0.25, 2 * SPACING


def drawn_mesh():
    """The union of the beams' rectangles, cut off where the grips hold it."""
    nodes = GRID.positions(SPACING)
    lines = [shapely.LineString(nodes[GRID.edges[edge]]) for edge in EDGES]
    drawn = shapely.union_all([line.buffer(WIDTH / 2, cap_style="square") for line in lines])
    domain = Rectangle(0.0, -WIDTH / 2, EXTENT, EXTENT + WIDTH / 2)
    around = shapely.box(domain.x0, domain.y0, domain.x1, domain.y1).difference(drawn)
    outlines = [closed_polygon(np.asarray(pore.exterior.coords)[:-1]) for pore in around.geoms]
    return mesh_region(domain, outlines, WIDTH, order=2)


def test_a_drawn_cell_against_the_continuum():
    """Slender beams (t/l = 1/30) leave out the extent of the joints: the continuum is stiffer, here by 1.0 %."""
    mesh = drawn_mesh()
    ends = np.concatenate([mesh.nodes_on("left"), mesh.nodes_on("right")])
    problem = make_problem(mesh, degrees(ends), LINEAR_ELASTIC)
    prescribed = np.zeros(mesh.nodes.shape)
    prescribed[mesh.nodes_on("right"), 0] = 1e-3
    mu, lam = lame(YOUNG, POISSON)
    parameters = (mu, 2 * lam * mu / (lam + 2 * mu))
    nodes = jnp.asarray(mesh.nodes)
    given = jnp.asarray(prescribed.reshape(-1)[problem.assembly.fixed])[None]
    displacement, status = solve_path(problem, nodes, parameters, given)
    assert bool(status.ok)
    shape = problem.geometry(nodes)
    inner = np.asarray(jax.jit(problem.internal_force)(parameters, shape, displacement[0])).reshape(-1, 2)
    continuum = float(inner[mesh.nodes_on("right"), 0].sum()) / 1e-3
    middle = np.argmin(np.linalg.norm(mesh.nodes - [SPACING, 2 * SPACING], axis=1))

    widths = np.zeros(GRID.edge_count)
    widths[list(EDGES)] = WIDTH
    material = BeamMaterial(YOUNG, POISSON, 1.0)
    beam = beams_between(GRID.edges, jnp.asarray(GRID.positions(SPACING)), jnp.asarray(widths), material)
    frame = jax.jit(lambda beam: solve_batched_between_grips(GRID, beam, 0))(beam)
    assert 1.0 < continuum / float(frame.force) < 1.015
    np.testing.assert_allclose(displacement[0, middle] / 1e-3, frame.displacement[7, :2], rtol=0.005)
