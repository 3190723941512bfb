"""Grids of cells solved exactly: against a sparse factorisation of all pixels, closed forms, and differences."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.linalg

from metac.runtime.fem.numbering import element_degrees
from metac.runtime.grid.bounds import isotropic_stiffness, plane_moduli
from metac.runtime.multiscale import exact, memory
from metac.runtime.multiscale.cell_grid import CellGrid
from metac.runtime.multiscale.exact import CellModuli, all_moduli, displacements, equilibrium, internal_forces
from metac.runtime.multiscale.pixel_block import pixel_corners
from metac.runtime.multiscale.superelement import CellShape
from tests.mechanics import taylor_remainders

UNIT = isotropic_stiffness(*plane_moduli(1.0, 0.3, stress=True))


def shape_of(rows, columns, mirrored):
    return CellShape(rows, columns, tuple(tuple(float(v) for v in row) for row in UNIT), mirrored)


def grid_of(rows, columns, cell, mirrored=True, held="ends"):
    shape = shape_of(*cell, mirrored)
    nodes = np.arange((rows * cell[0] + 1) * (columns * cell[1] + 1)).reshape(rows * cell[0] + 1, columns * cell[1] + 1)
    if held == "ends":
        dofs = [*(2 * nodes[:, 0]), *(2 * nodes[:, -1]), 2 * nodes[-1, 0] + 1]
    elif held == "all":
        edge = np.concatenate([nodes[0], nodes[-1], nodes[1:-1, 0], nodes[1:-1, -1]])
        dofs = [*(2 * edge), *(2 * edge + 1)]
    else:
        dofs = held
    return CellGrid(rows, columns, shape, tuple(sorted(int(d) for d in dofs)))


def cells_of(kinds, grid, moduli):
    return CellModuli(jnp.asarray(kinds).reshape(grid.rows, grid.columns), jnp.asarray(moduli))


def random_cells(grid, kinds, contrast, seed=0):
    """Solid and void; what is solid percolates and fills the corners, else it would be held by void, and ill-conditioned."""
    solid = np.random.default_rng(seed).uniform(size=(max(kinds) + 1, *grid.shape.stored)) < 0.8
    solid[:, :2, :2] = True
    return cells_of(kinds, grid, np.where(solid, 1.0, 1 / contrast))


def sparse_reference(grid, cells, prescribed):
    """All pixels in one sparse LU."""
    rows, columns = grid.pixels
    degrees = element_degrees(pixel_corners(rows, columns), 2)
    values = np.asarray(all_moduli(grid, cells.kinds, cells.moduli)).ravel()[:, None, None] * grid.shape.element
    i, j = np.broadcast_arrays(degrees[:, :, None], degrees[:, None, :])
    matrix = scipy.sparse.csr_matrix((values.ravel(), (i.ravel(), j.ravel())), shape=(grid.degrees, grid.degrees))
    free = grid.free.ravel()
    found = np.where(free, 0.0, np.asarray(prescribed).ravel())
    load = -(matrix @ found)[free]
    solver = scipy.sparse.linalg.splu(matrix[free][:, free].tocsc())
    part = solver.solve(load)
    inner = matrix[free][:, free]
    for _ in range(3):
        part += solver.solve(load - inner @ part)
    found[free] = part
    return found.reshape(*grid.nodes, 2), (matrix @ found).reshape(*grid.nodes, 2)


def squeezed(grid):
    prescribed = np.zeros((*grid.nodes, 2))
    prescribed[:, -1, 0] = -1.0
    return jnp.asarray(prescribed)


@pytest.mark.parametrize("mirrored", [True, False])
@pytest.mark.parametrize("contrast", [1e6, 1e9])
def test_random_cells_agree_with_a_sparse_factorisation(mirrored, contrast):
    grid = grid_of(3, 3, (16, 12), mirrored)
    cells = random_cells(grid, range(9), contrast)
    found, residual = equilibrium(grid, cells, squeezed(grid))
    expected, forces = sparse_reference(grid, cells, squeezed(grid))
    assert float(residual) <= 1e-10
    stiff = np.abs(np.asarray(all_moduli(grid, cells.kinds, cells.moduli))) > 0.5
    touched = np.zeros(grid.nodes, bool)
    for a, b in ((0, 0), (0, 1), (1, 0), (1, 1)):
        touched[a : a + stiff.shape[0], b : b + stiff.shape[1]] |= stiff
    scale = np.abs(expected).max()
    error = np.abs(np.asarray(found) - expected).max(axis=-1) / scale
    limit = 1e-11 if contrast == 1e6 else 1e-8
    assert error[touched].max() <= limit
    reaction = np.asarray(internal_forces(grid, cells, found))[:, -1, 0].sum()
    assert reaction == pytest.approx(forces[:, -1, 0].sum(), rel=1e-10)


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 5), (4, 1), (3, 4)])
def test_shared_kinds_and_every_aspect_agree_with_a_sparse_factorisation(rows, columns):
    kinds = np.random.default_rng(1).integers(0, 3, rows * columns)
    kinds[:1] = 0
    grid = grid_of(rows, columns, (8, 10))
    cells = cells_of(kinds, grid, np.random.default_rng(2).uniform(0.1, 1, (3, *grid.shape.stored)))
    found, _ = equilibrium(grid, cells, squeezed(grid))
    np.testing.assert_allclose(found, sparse_reference(grid, cells, squeezed(grid))[0], atol=1e-12)


@pytest.mark.parametrize("mirrored", [True, False])
def test_an_even_sheet_passes_the_patch_test(mirrored):
    grid = grid_of(2, 3, (8, 8), mirrored, held="all")
    y, x = np.meshgrid(np.arange(grid.nodes[0])[::-1], np.arange(grid.nodes[1]), indexing="ij")
    gradient = np.array([[0.01, 0.02], [-0.03, 0.04]])
    affine = np.stack([x, y], axis=-1) @ gradient.T
    found, residual = equilibrium(grid, cells_of([0] * 6, grid, np.ones((1, *grid.shape.stored))), jnp.asarray(affine))
    np.testing.assert_allclose(found, affine, atol=1e-13)
    assert float(residual) <= 1e-10


def test_a_sheet_between_rollers_is_stretched_evenly():
    grid = grid_of(2, 4, (8, 8))
    cells = cells_of([0] * 8, grid, np.full((1, 4, 4), 0.7))
    found, _ = equilibrium(grid, cells, squeezed(grid))
    strain = -1.0 / 32
    y, x = np.meshgrid(np.arange(grid.nodes[0])[::-1], np.arange(grid.nodes[1]), indexing="ij")
    np.testing.assert_allclose(found[..., 0], strain * x, atol=1e-12)
    np.testing.assert_allclose(found[..., 1], -0.3 * strain * y, atol=1e-12)
    forces = internal_forces(grid, cells, found)
    assert float(forces[:, -1, 0].sum()) == pytest.approx(0.7 * strain * 16)


def test_forces_inside_cells_count():
    grid = grid_of(2, 2, (8, 8))
    cells = random_cells(grid, [0, 1, 1, 0], 1e3)
    forces = jnp.asarray(np.random.default_rng(4).normal(size=(*grid.nodes, 2)))
    found, residual = displacements(grid, cells, forces)
    assert float(residual) <= 1e-10
    left = internal_forces(grid, cells, found) - forces
    np.testing.assert_allclose(np.where(grid.free, left, 0), 0, atol=1e-8 * float(jnp.abs(forces).max()))


@pytest.mark.parametrize("mirrored", [True, False])
def test_derivatives_by_the_density_of_every_pixel(mirrored):
    grid = grid_of(2, 3, (8, 8), mirrored)
    moduli = jnp.asarray(np.random.default_rng(5).uniform(0.2, 1, (3, *grid.shape.stored)))
    target = jnp.asarray(np.random.default_rng(6).normal(size=grid.nodes))

    def miss(moduli):
        cells = cells_of([0, 1, 2, 2, 1, 0], grid, moduli)
        return jnp.sum((equilibrium(grid, cells, squeezed(grid))[0][..., 1] - 0.1 * target) ** 2)

    direction = jnp.asarray(np.random.default_rng(7).uniform(-0.1, 0.1, moduli.shape))
    steps = 2.0 ** -np.arange(1, 6)
    remainders, slope, difference = taylor_remainders(miss, moduli, direction, steps)
    assert difference == pytest.approx(slope, rel=1e-6)
    assert abs(np.polyfit(np.log(steps), np.log(remainders), 1)[0] - 2) < 0.05


def test_the_adjoint_does_not_factorise_again(monkeypatch):
    grid = grid_of(2, 2, (8, 8))
    made = []
    original = exact.Factorisation.__init__

    def counted(self, *arguments):
        made.append(1)
        original(self, *arguments)

    monkeypatch.setattr(exact.Factorisation, "__init__", counted)
    cells = random_cells(grid, [0, 1, 0, 1], 1e2, seed=11)

    def squares(moduli):
        return jnp.sum(equilibrium(grid, CellModuli(cells.kinds, moduli), squeezed(grid))[0][..., 1] ** 2)

    assert float(jnp.abs(jax.grad(squares)(cells.moduli)).max()) > 0
    assert sum(made) == 1


def test_a_system_that_can_move_has_no_solution():
    grid = grid_of(2, 2, (8, 8), held=[0, 2])
    found, residual = displacements(grid, cells_of([0] * 4, grid, np.ones((1, 4, 4))), jnp.ones((*grid.nodes, 2)))
    assert not float(residual) <= 1e-8
    assert np.isnan(np.asarray(found)).all()


def test_moduli_without_stiffness_have_no_solution():
    grid = grid_of(1, 2, (8, 8))
    cells = cells_of([0, 0], grid, jnp.ones((1, 4, 4)).at[0, 3, 3].set(-50.0))
    assert np.isnan(np.asarray(equilibrium(grid, cells, squeezed(grid))[0])).any()


def test_memory_is_estimated_from_shapes_and_refused(monkeypatch):
    grid = grid_of(3, 4, (8, 8))
    cells = random_cells(grid, np.arange(12) % 3, 1e2)
    made = exact.Factorisation(grid, np.asarray(cells.kinds), np.asarray(cells.moduli))
    fronts = memory.front_memory(grid.extent, (8, 8), 2)
    held = made.front.bytes
    assert held <= fronts.factors <= 1.3 * held
    known = made.superelements.values()
    assert sum(each.stiffness.nbytes + each.moduli.nbytes for each in known) == 3 * grid.shape.matrix_bytes
    inside = sum(factor.bytes for each in known for factor in each.factors)
    assert inside == 3 * (grid.shape.factor_bytes - grid.shape.matrix_bytes)
    assert sum(each.bytes for each in known) == 3 * grid.shape.factor_bytes
    free = dataclasses.replace(grid, held=())
    assert sum(len(front.eliminated) for front in plans(free.plan)) == len(free.skeleton)
    factors = sum(8 * len(front.eliminated) * (len(front.eliminated) + len(front.passed)) for front in plans(free.plan))
    assert factors == fronts.factors
    monkeypatch.setattr(memory, "available_bytes", lambda: memory.estimated_bytes(grid, 3) - 1)
    with pytest.raises(memory.SystemTooLarge, match=r"3 × 4 cells, 768 pixels needs .* MiB"):
        equilibrium(grid, cells, squeezed(grid))


def plans(plan):
    yield plan
    for child in plan.children:
        yield from plans(child)
