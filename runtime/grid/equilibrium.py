"""Linear equilibrium of a period: one factorisation on the host for all right sides, derivatives of any order by JAX."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jaxtyping import Float

from metac.runtime.grid.assembly import HELD, PACKED, GridAssembly, cell_assembly
from metac.runtime.grid.element import STRAINS
from metac.runtime.grid.lattice import PeriodicLattice
from metac.runtime.linear_solvers.sparse_solve import host_solver


def packed(stiffness: Float[Array, "... 3 3"]) -> Float[Array, "... 6"]:
    """`[…, 6]` independent entries of symmetric stiffnesses `[…, 3, 3]`."""
    rows, columns = np.array(PACKED).T
    return stiffness[..., rows, columns]


def element_forces(
    assembly: GridAssembly, stresses: Float[Array, "cell quadrature strain case"]
) -> Float[Array, "unknown case"]:
    """Nodal forces `[unknown, case]` of stresses `[cell, quadrature, strain, case]`, MPa; N/mm per thickness."""
    operator = assembly.operator
    local = jnp.einsum("q,qsd,cqsk->cdk", operator.weights, operator.matrix, stresses)
    forces = jnp.zeros((assembly.unknowns + HELD, stresses.shape[-1]))
    return forces.at[assembly.degrees].add(local)[HELD:]


def element_strains(
    assembly: GridAssembly, unknowns: Float[Array, "unknown case"]
) -> Float[Array, "cell quadrature strain case"]:
    """Strains `[cell, quadrature, strain, case]` of displacements `[unknown, case]`, mm."""
    displacement = jnp.concatenate([jnp.zeros((HELD, unknowns.shape[-1])), unknowns])
    return jnp.einsum("qsd,cdk->cqsk", assembly.operator.matrix, displacement[assembly.degrees])


def fluctuations(lattice: PeriodicLattice, stiffness: Float[Array, "cell 3 3"]) -> tuple[Array, Array]:
    """Periodic displacements `[unknown, case]` (mm) under the three unit strains, and the residuals `[case]` of the solves.

    `stiffness[cell, 3, 3]`, MPa, symmetric and positive definite in Voigt form. Case k has the macroscopic strain e_k
    (γ12 = 1 for the last). The residual is ‖b − Kx‖ / ‖b‖, recomputed, and infinite where there is no solution.
    Displacements are differentiable, as often as one likes; residuals are not.
    """
    assembly = cell_assembly(lattice)
    if not assembly.unknowns:
        # A single bilinear element that repeats cannot deform but evenly.
        return jnp.zeros((0, STRAINS)), jnp.zeros(STRAINS)
    uniform = jnp.broadcast_to(stiffness[:, None], (lattice.cell_count, len(assembly.operator.weights), STRAINS, STRAINS))

    def times_matrix(unknowns: Array) -> Array:
        strains = element_strains(assembly, unknowns)
        return element_forces(assembly, jnp.einsum("cst,cqtk->cqsk", stiffness, strains))

    def solve(_: Any, right_sides: Array) -> tuple[Array, Array]:
        return solve_on_host(lattice, packed(lax.stop_gradient(stiffness)), right_sides)

    return lax.custom_linear_solve(times_matrix, -element_forces(assembly, uniform), solve, symmetric=True, has_aux=True)


@lru_cache
def _solver(lattice: PeriodicLattice) -> Callable[[Array, Array], tuple[Array, Array]]:
    assembly = cell_assembly(lattice)
    return host_solver(f"periodic cells, {lattice}", assembly.analysis, assembly.values)


def solve_on_host(lattice: PeriodicLattice, stiffness: Array, right_sides: Array) -> tuple[Array, Array]:
    """Solutions `[unknown, case]` and residuals `[case]` for packed stiffnesses `[cell, 6]`; without derivatives."""
    return _solver(lattice)(stiffness, right_sides)
