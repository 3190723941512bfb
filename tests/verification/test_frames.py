"""Frames of beams against Gibson and Ashby's honeycomb and against a continuum of the same drawing."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import shapely

from metac.runtime.beams.beam_element import BeamMaterial, beams_between
from metac.runtime.beams.grid_grips import solve_batched_between_grips
from metac.runtime.beams.node_grid import NodeGrid
from metac.runtime.beams.periodic_frame import solve_unit_strains
from metac.runtime.beams.periodic_topology import periodic_topology
from metac.runtime.fem.equilibrium.problem import make_problem
from metac.runtime.fem.path.incremental import solve_path
from metac.runtime.geometry.outline import closed_polygon
from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.mesh.meshing import mesh_region
from tests.mechanics import LINEAR_ELASTIC, degrees, lame
from tests.runtime.beams.lattices import honeycomb, square, triangular


def compliance(cell, thinness):
    """`[3, 3]` of a lattice of beams of length 1, width `thinness`, E_s = 1."""
    nodes, edges, periods = cell
    topology = periodic_topology(nodes, edges, periods)
    material, area = BeamMaterial(1.0, 0.3, 1.0), np.linalg.det(periods)
    solve = jax.jit(lambda widths: solve_unit_strains(topology, jnp.asarray(nodes), widths, material, area))
    found = solve(jnp.full(len(edges), thinness))
    assert float(found.residual.max()) < 1e-8
    return np.linalg.inv(found.stiffness)


@pytest.mark.parametrize("thinness", [0.01, 0.003])
def test_the_regular_honeycomb_of_gibson_and_ashby(thinness):
    """Cellular Solids, 2nd ed. (1997), section 4.3: E = 2.31 E_s (t/l)³, ν = 1, G = 0.577 E_s (t/l)³; all within 1 %."""
    found = compliance(honeycomb(), thinness)
    assert 1 / found[0, 0] == pytest.approx(4 / np.sqrt(3) * thinness**3, rel=0.01)
    assert 1 / found[1, 1] == pytest.approx(4 / np.sqrt(3) * thinness**3, rel=0.01)
    assert -found[0, 1] / found[0, 0] == pytest.approx(1.0, rel=0.01)
    assert 1 / found[2, 2] == pytest.approx(thinness**3 / np.sqrt(3), rel=0.01)


@pytest.mark.parametrize("thinness", [0.01, 0.003])
def test_the_triangular_lattice(thinness):
    """Gibson and Ashby, section 4.5: stretched beams, E = 2/√3 E_s t/l, ν = 1/3, isotropic: G = E / (2 (1 + ν))."""
    found = compliance(triangular(), thinness)
    young = 2 / np.sqrt(3) * thinness
    for axis in (0, 1):
        assert 1 / found[axis, axis] == pytest.approx(young, rel=0.001)
    assert -found[0, 1] / found[0, 0] == pytest.approx(1 / 3, rel=0.001)
    assert 1 / found[2, 2] == pytest.approx(young * 3 / 8, rel=0.001)


@pytest.mark.parametrize("thinness", [0.01, 0.003])
def test_the_square_lattice(thinness):
    """E = E_s t/l along the beams, exactly; ν = 0; G = E_s (t/l)³ / 2 by bending of slender beams between rigid nodes."""
    found = compliance(square(), thinness)
    np.testing.assert_allclose([1 / found[0, 0], 1 / found[1, 1]], thinness, rtol=1e-10)
    assert abs(found[0, 1]) < 1e-10
    assert 1 / found[2, 2] == pytest.approx(thinness**3 / 2, rel=0.001)


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


@pytest.mark.slow
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
