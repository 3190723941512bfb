"""Cells with two mirror lines on a quarter: as the whole cell, to rounding."""

import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from metac.runtime.grid.bounds import isotropic_stiffness, plane_moduli
from metac.runtime.grid.homogenise import effective_stiffness
from metac.runtime.grid.lattice import PeriodicLattice
from metac.runtime.grid.quarter import QuarterCell

STRESS = isotropic_stiffness(*plane_moduli(2.0, 0.3, stress=True))
STRAIN = isotropic_stiffness(*plane_moduli(1.0, 0.45, stress=False))
ORTHOTROPIC = np.array([[3.0, 0.4, 0], [0.4, 1.0, 0], [0, 0, 0.7]])


def quarter_cell(rows: int, columns: int, unit: np.ndarray) -> QuarterCell:
    return QuarterCell(rows, columns, tuple((float(a), float(b), float(c)) for a, b, c in unit))


def whole_cell(moduli: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """By the general way, all four quarters."""
    upper = np.concatenate([moduli, moduli[:, ::-1]], axis=1)
    cell = np.concatenate([upper, upper[::-1]], axis=0)
    return np.asarray(general(jnp.asarray(cell), jnp.asarray(unit)))


@jax.jit
def general(cell: jax.Array, unit: jax.Array) -> jax.Array:
    rows, columns = cell.shape
    lattice = PeriodicLattice(rows, columns, float(columns), float(rows))
    return effective_stiffness(lattice, cell.ravel()[:, None, None] * unit)[0]


@pytest.mark.parametrize("unit", [STRESS, STRAIN, ORTHOTROPIC], ids=["stress", "strain", "orthotropic"])
@pytest.mark.parametrize("shape", [(5, 5), (3, 6), (6, 3), (1, 4), (1, 1)])
@pytest.mark.parametrize("contrast", [1.0, 1e2, 1e6])
def test_a_quarter_gives_the_stiffness_of_the_whole_cell(unit: np.ndarray, shape: tuple[int, int], contrast: float) -> None:
    moduli = np.where(np.random.default_rng(1).random((2, *shape)) < 0.7, 1.0, 1 / contrast)
    found = quarter_cell(*shape, unit).homogenise(moduli)
    expected = np.stack([whole_cell(each, unit) for each in moduli])
    np.testing.assert_allclose(found.stiffness, expected, rtol=0, atol=1e-10 * unit.max())
    assert found.residual.max() < 1e-10


def test_a_cell_of_the_size_of_data_sets_agrees_too() -> None:
    moduli = np.where(np.random.default_rng(2).random((1, 25, 25)) < 0.6, 1.0, 1e-6)
    found = quarter_cell(25, 25, STRESS).homogenise(moduli)
    np.testing.assert_allclose(found.stiffness[0], whole_cell(moduli[0], STRESS), rtol=0, atol=1e-10)


@settings(max_examples=20, deadline=None)
@given(arrays(float, (1, 3, 6), elements=st.floats(1e-3, 1)))
def test_any_densities_agree(moduli: np.ndarray) -> None:
    found = quarter_cell(3, 6, STRESS).homogenise(moduli)
    np.testing.assert_allclose(found.stiffness[0], whole_cell(moduli[0], STRESS), rtol=0, atol=1e-10)


def test_the_laminate_along_an_axis_has_its_closed_form() -> None:
    young = np.array([1.0, 0.01, 0.3])
    found = quarter_cell(1, 3, STRESS).homogenise(young.reshape(1, 1, 3)).stiffness[0]
    modulus, ratio = STRESS[0, 0], STRESS[0, 1] / STRESS[0, 0]
    normal = 1 / np.mean(1 / (modulus * young))
    across = np.mean(modulus * young * (1 - ratio**2)) + ratio**2 * normal
    shear = 1 / np.mean(1 / (STRESS[2, 2] * young))
    expected = np.array([[normal, ratio * normal, 0], [ratio * normal, across, 0], [0, 0, shear]])
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-14)


def test_no_cells_are_nothing() -> None:
    found = quarter_cell(3, 4, STRESS).homogenise(np.zeros((0, 3, 4)))
    assert found.stiffness.shape == (0, 3, 3)
    assert found.slopes.shape == (0, 3, 4, 3, 3)


def test_taylor_of_the_stiffness() -> None:
    random = np.random.default_rng(3)
    cell = quarter_cell(4, 5, STRAIN)
    moduli, along = random.uniform(0.2, 1, (1, 4, 5)), random.standard_normal((1, 4, 5))
    start = cell.homogenise(moduli)
    linear = np.einsum("rc,rcij->ij", along[0], start.slopes[0])
    steps = 0.02 / 2.0 ** np.arange(5)
    for i, j in ((0, 0), (0, 1), (1, 1), (2, 2)):
        moved = [cell.homogenise(moduli + step * along).stiffness[0, i, j] for step in steps]
        rest = np.abs(np.array(moved) - start.stiffness[0, i, j] - steps * linear[i, j])
        slopes = np.log2(rest[:-1] / rest[1:])
        assert np.abs(slopes[-1] - 2) < 0.05, (i, j, slopes)


def test_a_matrix_that_is_not_positive_is_told() -> None:
    moduli = np.ones((2, 3, 3))
    moduli[1, 1, 1] = -5.0
    with np.errstate(all="ignore"):
        residual = quarter_cell(3, 3, STRESS).homogenise(moduli).residual
    assert residual[0] < 1e-10
    assert np.isinf(residual[1])


def test_it_needs_no_jax() -> None:
    code = "import sys, metac.runtime.grid.quarter, metac.runtime.datasets.cells.growth; sys.exit('jax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0, "processes that help start quickly"
