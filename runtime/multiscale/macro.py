"""Coarse bilinear elements with an orthotropic stiffness each (Wang et al., eqs. 8 to 10).

Entries are `[…, 4]`: C11, C12, C22, C66, MPa. What is varied in their place has no bounds and makes every stiffness positive
definite: log C11, artanh of C12 / √(C11 C22), log C22, log C66. With entries themselves an optimiser leaves them on its
way. Derivatives by C12 count both places where it stands in the matrix: the factor 2 of the paper's eq. 15 and no more.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from metac.runtime.grid.statics import HeldGrid, displacements, internal_forces


def entries_of(variables: Float[Array, "*cell 4"]) -> Float[Array, "*cell 4"]:
    """C11, C12, C22, C66 of free variables."""
    first, ratio, second, shear = jnp.moveaxis(variables, -1, 0)
    c11, c22 = jnp.exp(first), jnp.exp(second)
    return jnp.stack([c11, jnp.tanh(ratio) * jnp.sqrt(c11 * c22), c22, jnp.exp(shear)], axis=-1)


def variables_of(entries: Float[Array, "*cell 4"]) -> Float[Array, "*cell 4"]:
    """Free variables of the entries of positive definite stiffnesses."""
    c11, c12, c22, c66 = jnp.moveaxis(entries, -1, 0)
    return jnp.stack([jnp.log(c11), jnp.arctanh(c12 / jnp.sqrt(c11 * c22)), jnp.log(c22), jnp.log(c66)], axis=-1)


def stiffness_matrices(entries: Float[Array, "*cell 4"]) -> Float[Array, "*cell 3 3"]:
    """In Voigt form."""
    c11, c12, c22, c66 = jnp.moveaxis(entries, -1, 0)
    zero = jnp.zeros_like(c11)
    rows = ([c11, c12, zero], [c12, c22, zero], [zero, zero, c66])
    return jnp.stack([jnp.stack(row, axis=-1) for row in rows], axis=-2)


def macro_equilibrium(
    grid: HeldGrid, stiffness: Float[Array, "cell 3 3"], prescribed: Float[Array, " degree"]
) -> tuple[Float[Array, " degree"], Float[Array, ""]]:
    """Displacements of all degrees of freedom, mm, where those that are held are `prescribed`; the residual.

    `stiffness`, N/mm: times the thickness. Differentiable by stiffness and prescribed displacements; see `displacements`.
    """
    given = jnp.zeros(grid.degrees).at[jnp.array(grid.held)].set(prescribed[jnp.array(grid.held)])
    found, residual = displacements(grid, stiffness, -internal_forces(grid, stiffness, given))
    return found + given, residual


def on_line(field: Float[Array, "row column 2"], points: Float[Array, "point 2"], cell: float) -> Float[Array, "point 2"]:
    """A field at the corners of square cells with the edge `cell` (mm), bilinear in between, at points x, y inside (mm).

    Row 0 is the top one; the origin is the lower left corner.
    """
    rows, columns = field.shape[0] - 1, field.shape[1] - 1
    x, y = points[:, 0] / cell, rows - points[:, 1] / cell
    column = jnp.clip(jnp.floor(x), 0, columns - 1).astype(int)
    row = jnp.clip(jnp.floor(y), 0, rows - 1).astype(int)
    right, down = (x - column)[:, None], (y - row)[:, None]
    above = (1 - right) * field[row, column] + right * field[row, column + 1]
    below = (1 - right) * field[row + 1, column] + right * field[row + 1, column + 1]
    return (1 - down) * above + down * below
