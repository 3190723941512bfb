"""The C-shaped benchmark of contact through a third medium (Bluhm, Sigmund and Poulios, Comput. Mech. 67, 2021).

A C of two arms, 1 mm by 0.1 mm and 0.3 mm apart, on a clamped back. The end of the upper arm is pushed down at its upper
corner: it bends, touches the lower arm and slides along it. The literature gives curves in figures; the numbers here are of
CalculiX 2.20, whose contact is another method: 20-node bricks, 20 by 10 of them over 1 mm by 0.5 mm less the void, one
layer held in plane strain, `*HYPERELASTIC, NEO HOOKE` with E = 1 MPa and ν = 0.4 at rest, `*CONTACT PAIR, TYPE=SURFACE TO
SURFACE` between the inner faces of the arms, `*SURFACE BEHAVIOR, PRESSURE-OVERCLOSURE=LINEAR` of 50 MPa/mm, 14 steps of
0.05 mm at the corner. The reaction is over the thickness.
"""

import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.fem.equilibrium.problem import make_problem
from metac.runtime.fem.path.incremental import solve_path
from metac.runtime.fem.path.load_history import internal_forces_and_energies
from metac.runtime.fem.third_medium.filled_law import FilledMaterial
from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.mesh.closed_gaps import closed_gaps
from metac.runtime.mesh.mesh import Mesh
from metac.runtime.mesh.self_contact import first_self_contact
from tests.mechanics import degrees, rectangle
from tests.stdlib.materials.laws import material

LENGTH, HEIGHT, THICKNESS = 1.0, 0.5, 0.1
CORNER = np.linspace(0, 0.7, 15)[1:]
"""How far the corner has come down, mm."""
CALCULIX = 1e-4 * np.array(
    [
        *(0.173963, 0.347297, 0.522883, 0.703729, 0.893173, 1.095133, 1.462721),
        *(1.955375, 2.555338, 3.304706, 4.273908, 5.561656, 7.316168, 9.769048),
    ]
)
"""Force at the corner over the thickness, N/mm."""
E, NU = 1.0, 0.4


def c_shape(cells):
    """The C with its void filled, and a layer of the medium before its open end; `cells` over its length."""
    size = LENGTH / cells
    mesh = rectangle(cells + 1, cells // 2, 2, Rectangle(0.0, 0.0, LENGTH + size, HEIGHT))
    x, y = mesh.nodes[mesh.cells[:, :3]].mean(axis=1).T
    is_void = (x > LENGTH) | ((x > THICKNESS) & (abs(y - HEIGHT / 2) < HEIGHT / 2 - THICKNESS))
    return Mesh(mesh.nodes, mesh.cells[np.argsort(is_void, kind="stable")], mesh.facets, mesh.domain), int((~is_void).sum())


def pushed(cells, softness, regularisation):
    """Forces at the corner, displacements and status; `regularisation` in sizes of the void."""
    mesh, first = c_shape(cells)
    shear, bulk = E / (2 * (1 + NU)), E / (3 * (1 - 2 * NU))
    solid = material(f"compressible_neo_hookean {{ G = {shear} MPa, K = {bulk} MPa }}")
    void = np.sqrt((LENGTH - THICKNESS) * (HEIGHT - 2 * THICKNESS))
    body = FilledMaterial(solid, first, softness, regularisation * void)
    corner = np.flatnonzero(np.all(np.isclose(mesh.nodes, [LENGTH, HEIGHT]), axis=1))
    fixed = np.unique(np.concatenate([degrees(mesh.nodes_on("left")), degrees(corner, [1])]))
    problem = make_problem(mesh, fixed, body.functions)
    down = -np.isin(problem.assembly.fixed, degrees(corner, [1])).astype(float)
    nodes, parameters = jnp.asarray(mesh.nodes), body.parameters
    displacement, status = solve_path(problem, nodes, parameters, CORNER[:, None] * down)
    force, _ = internal_forces_and_energies(problem, nodes, parameters, displacement)
    return mesh, first, -np.asarray(force)[:, corner[0], 1], np.asarray(displacement), status


@pytest.mark.slow
def test_the_c_shape_closes_as_in_calculix():
    mesh, first, force, displacement, status = pushed(20, 1e-6, 5.0)
    assert bool(status.ok) and bool(status.stable.all())
    # Before the arms touch the medium carries most where they nearly do.
    assert force[:5] == pytest.approx(CALCULIX[:5], rel=0.04)
    assert force[6:] == pytest.approx(CALCULIX[6:], rel=0.04)
    contact = closed_gaps(mesh, first, mesh.nodes, displacement)
    assert contact is not None and contact.increment == 7
    assert contact.place[0] > 0.85 and contact.gap < 0.003
    assert first_self_contact(mesh, mesh.nodes, displacement, None, np.arange(len(mesh.cells)) < first) is None
