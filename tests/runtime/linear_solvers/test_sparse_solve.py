"""Batches of sparse systems: each row is solved by itself, however the batches are nested."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.linear_solvers.interface import SymmetricSparsity
from metac.runtime.linear_solvers.sparse_solve import host_solver
from metac.runtime.linear_solvers.verified import VerifiedAnalysis

# The upper triangle of a tridiagonal matrix, column by column: the diagonal and what stands above it.
SIZE = 4
SPARSITY = SymmetricSparsity(SIZE, np.array([0, 1, 3, 5, 7], np.int32), np.array([0, 0, 1, 1, 2, 2, 3], np.int32))
SOLVE = host_solver("tridiagonal", VerifiedAnalysis(SPARSITY), lambda values: values)
rng = np.random.default_rng(0)
VALUES = np.stack([np.array([4, above, 5, above, 6, above, 7]) for above in rng.normal(size=6)]).reshape(2, 3, 7)
RIGHT_SIDES = rng.normal(size=(2, 3, SIZE, 2))


def dense(values):
    matrix = np.diag([values[0], values[2], values[4], values[6]])
    for row, value in enumerate((values[1], values[3], values[5])):
        matrix[row, row + 1] = matrix[row + 1, row] = value
    return matrix


def expected(values, right_sides):
    return np.linalg.solve(dense(values), right_sides)


def test_one_system_with_two_right_sides():
    found, residual = jax.jit(SOLVE)(jnp.asarray(VALUES[0, 0]), jnp.asarray(RIGHT_SIDES[0, 0]))
    np.testing.assert_allclose(found, expected(VALUES[0, 0], RIGHT_SIDES[0, 0]), atol=1e-12)
    assert residual.shape == (2,) and float(residual.max()) < 1e-12


@pytest.mark.parametrize("shared", ["nothing", "matrices", "right sides"])
def test_a_batch_of_batches(shared):
    axes = (None if shared == "matrices" else 0, None if shared == "right sides" else 0)
    values = VALUES[0] if shared == "matrices" else VALUES
    right_sides = RIGHT_SIDES[0] if shared == "right sides" else RIGHT_SIDES
    found, residual = jax.jit(jax.vmap(jax.vmap(SOLVE), in_axes=axes))(jnp.asarray(values), jnp.asarray(right_sides))
    assert found.shape == (2, 3, SIZE, 2) and residual.shape == (2, 3, 2) and float(residual.max()) < 1e-12
    for outer in range(2):
        for inner in range(3):
            own = values[inner] if shared == "matrices" else values[outer, inner]
            side = right_sides[inner] if shared == "right sides" else right_sides[outer, inner]
            np.testing.assert_allclose(found[outer, inner], expected(own, side), atol=1e-12)
