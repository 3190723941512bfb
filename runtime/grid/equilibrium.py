"""Linear equilibrium of a period: one factorisation on the host for all right sides, derivatives of any order by JAX."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from numpy.typing import NDArray

from metac.runtime.crossing.call import call
from metac.runtime.grid.assembly import HELD, PACKED, CellAssembly, cell_assembly
from metac.runtime.grid.element import STRAINS
from metac.runtime.grid.lattice import PeriodicLattice
from metac.runtime.solvers.interface import Factor


def packed(stiffness: Array) -> Array:
    """`[…, 6]` independent entries of symmetric stiffnesses `[…, 3, 3]`."""
    rows, columns = np.array(PACKED).T
    return stiffness[..., rows, columns]


def element_forces(assembly: CellAssembly, stresses: Array) -> Array:
    """Nodal forces `[unknown, case]` of stresses `[cell, quadrature, strain, case]`, MPa; N/mm per thickness."""
    operator = assembly.operator
    local = jnp.einsum("q,qsd,cqsk->cdk", operator.weights, operator.matrix, stresses)
    forces = jnp.zeros((assembly.unknowns + HELD, stresses.shape[-1]))
    return forces.at[assembly.degrees].add(local)[HELD:]


def element_strains(assembly: CellAssembly, unknowns: Array) -> Array:
    """Strains `[cell, quadrature, strain, case]` of displacements `[unknown, case]`, mm."""
    displacement = jnp.concatenate([jnp.zeros((HELD, unknowns.shape[-1])), unknowns])
    return jnp.einsum("qsd,cdk->cqsk", assembly.operator.matrix, displacement[assembly.degrees])


def fluctuations(lattice: PeriodicLattice, stiffness: Array) -> tuple[Array, Array]:
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
def _solver(lattice: PeriodicLattice) -> Any:
    """Solve `[cell, 6]`, `[unknown, case]` → `[unknown, case]`, `[case]` on the host; a batch is one crossing."""
    assembly = cell_assembly(lattice)
    host, name = _HostSolver(assembly), f"periodic cells, {lattice}, {assembly.analysis.key}"

    @jax.custom_batching.custom_vmap
    def solve(stiffness: Array, right_sides: Array) -> tuple[Array, Array]:
        found, residual = many(stiffness[None], right_sides[None])
        return found[0], residual[0]

    @jax.custom_batching.custom_vmap
    def many(stiffness: Array, right_sides: Array) -> tuple[Array, Array]:
        batch, unknowns, cases = right_sides.shape
        shapes = (
            jax.ShapeDtypeStruct((batch, unknowns, cases), np.float64),
            jax.ShapeDtypeStruct((batch, cases), np.float64),
        )
        found, residual = call(name, host, shapes, stiffness, right_sides)
        return found, residual

    @solve.def_vmap
    def _(size: int, batched: Sequence[bool], stiffness: Array, right_sides: Array) -> Any:
        both = [_with_axis(value, size, has) for value, has in zip((stiffness, right_sides), batched, strict=True)]
        return many(*both), (True, True)

    @many.def_vmap
    def _(size: int, batched: Sequence[bool], stiffness: Array, right_sides: Array) -> Any:
        both = [_with_axis(value, size, has) for value, has in zip((stiffness, right_sides), batched, strict=True)]
        found, residual = many(*(value.reshape(-1, *value.shape[2:]) for value in both))
        return (found.reshape(size, -1, *found.shape[1:]), residual.reshape(size, -1, residual.shape[1])), (True, True)

    return solve


def _with_axis(value: Array, size: int, has: bool) -> Array:
    return value if has else jnp.broadcast_to(value, (size, *value.shape))


def solve_on_host(lattice: PeriodicLattice, stiffness: Array, right_sides: Array) -> tuple[Array, Array]:
    """Solutions `[unknown, case]` and residuals `[case]` for packed stiffnesses `[cell, 6]`; without derivatives."""
    return _solver(lattice)(stiffness, right_sides)


class _HostSolver:
    """Never raises for what the numbers do, never calls JAX; several calls may be under way at once."""

    def __init__(self, assembly: CellAssembly) -> None:
        self._assembly = assembly
        self._spare: deque[Factor] = deque(maxlen=threads())
        """Factors that nobody uses: their memory and their ordering are taken over by the next matrix."""

    def __call__(self, stiffness: Any, right_sides: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        stiffness, right_sides = np.asarray(stiffness), np.asarray(right_sides)
        found = np.empty(right_sides.shape)
        residual = np.empty((len(right_sides), right_sides.shape[-1]))

        def one(index: int) -> None:
            found[index], residual[index] = self._solve(stiffness[index], right_sides[index])

        if len(right_sides) == 1:
            one(0)
        else:
            list(_pool().map(one, range(len(right_sides))))
        return found, residual

    def _solve(
        self, stiffness: NDArray[np.float64], right_sides: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        analysis = self._assembly.analysis
        values = self._assembly.values(stiffness)
        try:
            recycle = self._spare.pop()
        except IndexError:
            recycle = None
        found, residual = np.full_like(right_sides, np.nan), np.full(right_sides.shape[1], np.inf)
        factor: Factor | None = None
        for case in range(right_sides.shape[1]):
            right_side = np.ascontiguousarray(right_sides[:, case])
            if factor is None:
                solution = analysis.solve(values, right_side, recycle)
                factor, recycle = solution.factor, None
            else:
                solution = analysis.refine(factor, values, right_side)
            found[:, case], residual[case] = solution.x, solution.residual
            if factor is None:
                break
        if factor is not None:
            self._spare.append(factor)
        return found, residual


def threads() -> int:
    """How many factorisations run at once: one a processor that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@lru_cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads(), thread_name_prefix="metac-cells")
