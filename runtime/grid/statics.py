"""Linear equilibrium of a grid that is held at some nodes and pushed at others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jaxtyping import Float

from metac.runtime.dimensions import PLANE
from metac.runtime.grid.assembly import GridAssembly, degrees_of
from metac.runtime.grid.element import strain_operator
from metac.runtime.grid.equilibrium import packed
from metac.runtime.grid.mesh import grid_mesh
from metac.runtime.linear_solvers.sparse_solve import host_solver

MAXIMUM_CACHED = 16
"""Assemblies that are cached."""


@dataclass(frozen=True)
class HeldGrid:
    """`rows` by `columns` elements of an order (1 or 2) on `width` by `height` mm, some degrees of freedom held.

    Elements and nodes are those of `grid_mesh`, degrees of freedom `2 node + component`. Compared by value.
    """

    rows: int
    columns: int
    width: float
    height: float
    order: int
    held: tuple[int, ...]

    @property
    def degrees(self) -> int:
        """Degrees of freedom, held ones included."""
        return PLANE * (self.order * self.rows + 1) * (self.order * self.columns + 1)


@lru_cache(maxsize=MAXIMUM_CACHED)
def held_assembly(grid: HeldGrid) -> GridAssembly:
    """The assembly of a grid: degrees of freedom that are not held are the unknowns, in order."""
    mesh = grid_mesh(grid.rows, grid.columns, grid.width, grid.height, grid.order)
    free = np.ones(grid.degrees, bool)
    free[list(grid.held)] = False
    numbers = np.where(free, np.cumsum(free) - 1, -1)
    operator = strain_operator(grid.width / grid.columns, grid.height / grid.rows, grid.order)
    return GridAssembly.of(operator, degrees_of(mesh.cells), numbers)


@lru_cache(maxsize=MAXIMUM_CACHED)
def _solver(grid: HeldGrid) -> Callable[[Array, Array], tuple[Array, Array]]:
    assembly = held_assembly(grid)
    return host_solver(f"held grid, {grid}", assembly.analysis, assembly.values)


def displacements(
    grid: HeldGrid, stiffness: Float[Array, "cell 3 3"], forces: Float[Array, " degree"]
) -> tuple[Float[Array, " degree"], Float[Array, ""]]:
    """Displacements `[degree]`, mm, zero where held, under `forces[degree]`, N, and the residual of the solve.

    `stiffness[cell, 3, 3]`, N/mm (times the thickness), Voigt form, symmetric and positive definite. Differentiable by
    stiffness and forces as often as one likes; the residual, ‖f − Ku‖ / ‖f‖ recomputed, infinite without solution, is not.
    """
    free = np.setdiff1d(np.arange(grid.degrees), grid.held)

    def times_matrix(unknowns: Array) -> Array:
        return internal_forces(grid, stiffness, jnp.zeros(grid.degrees).at[free].set(unknowns))[free]

    def solve(_: Any, right_side: Array) -> tuple[Array, Array]:
        found, residual = _solver(grid)(packed(lax.stop_gradient(stiffness)), right_side[:, None])
        return found[:, 0], residual[0]

    found, residual = lax.custom_linear_solve(times_matrix, forces[free], solve, symmetric=True, has_aux=True)
    return jnp.zeros(grid.degrees).at[free].set(found), residual


def compliance(
    grid: HeldGrid, stiffness: Float[Array, "cell 3 3"], forces: Float[Array, " degree"]
) -> tuple[Float[Array, ""], Float[Array, " degree"], Float[Array, ""]]:
    """The work `f · u` of the forces, N·mm, the displacements `[degree]` and the residual; see `displacements`.

    Its derivatives need no further solve: the problem is self-adjoint, d(f·u) = 2 u · df − ⟨ε : dC : ε⟩.
    """
    assembly = held_assembly(grid)

    @jax.custom_jvp
    def work(stiffness: Array, forces: Array, found: Array) -> Array:
        return forces @ found

    @work.defjvp
    def _(primals: tuple[Array, Array, Array], tangents: tuple[Array, Array, Any]) -> tuple[Array, Array]:
        _, forces, found = primals
        by_stiffness, by_forces, _ = tangents
        strains = _strains(assembly, found)
        weights = assembly.operator.weights
        slope = 2 * by_forces @ found
        slope -= jnp.einsum("q,cqs,cst,cqt->", weights, strains, by_stiffness, strains, optimize=True)
        return forces @ found, slope

    found, residual = displacements(grid, stiffness, forces)
    return work(stiffness, forces, found), found, residual


def internal_forces(
    grid: HeldGrid, stiffness: Float[Array, "cell 3 3"], displacement: Float[Array, " degree"]
) -> Float[Array, " degree"]:
    """K u `[degree]`, N, of displacements `[degree]`, mm: forces and reactions that hold them."""
    assembly = held_assembly(grid)
    stresses = jnp.einsum("cst,cqt->cqs", stiffness, _strains(assembly, displacement))
    local = jnp.einsum("q,qsd,cqs->cd", assembly.operator.weights, assembly.operator.matrix, stresses)
    return jnp.zeros(grid.degrees).at[assembly.degrees].add(local)


def _strains(assembly: GridAssembly, displacement: Float[Array, " degree"]) -> Float[Array, "cell quadrature 3"]:
    """Strains `[cell, quadrature, 3]` of displacements `[degree]`."""
    return jnp.einsum("qsd,cd->cqs", assembly.operator.matrix, displacement[assembly.degrees])
