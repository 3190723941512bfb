"""Small displacements of a mesh, from rest or from a state: one factorisation on the host for all load cases.

The stiffness is the tangent there. Displacements solve K u = f with some of them prescribed; `lax.custom_linear_solve`
carries derivatives of any order through the same factorised matrix, which is symmetric.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jaxtyping import Float
from numpy.typing import NDArray

from metac.runtime.fem.assembly import element_kernels as kernels
from metac.runtime.fem.constitutive_law import ElementLaw, Parameters, initial_internal_variables, law_tangent
from metac.runtime.fem.dimension import identity
from metac.runtime.fem.equilibrium.linear_solve_callback import known_analysis
from metac.runtime.fem.equilibrium.problem import Problem
from metac.runtime.linear_solvers.sparse_solve import host_solver


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class Linearised:
    """A problem around a state: its tangent as a linear map, for node positions `[node, d]` (mm) and the law's values."""

    problem: Problem = field(metadata={"static": True})
    displacement: Array
    """Of the state `[point, d]`, mm: zero at rest."""
    shape: kernels.Geometry
    parameters: Parameters
    attached: Parameters
    """Values of what is attached to the body, one number each."""
    tangent: Array
    """`[d, d, d, d, quadrature, cell]`, MPa."""

    def gradients(self, fields: Float[Array, "case point d"]) -> Float[Array, "case d d quadrature cell"]:
        """∂u/∂X `[case, d, d, quadrature, cell]` of the displacements of points `[case, point, d]`, mm."""
        problem = self.problem
        return jax.vmap(lambda field: kernels.gradient(problem.tables, self.shape, problem.gather(field)))(fields)

    @jax.jit
    def forces(self, fields: Float[Array, "case point d"]) -> Float[Array, "case point d"]:
        """K u: forces on the points per thickness `[case, point, d]`, N/mm, of displacements `[case, point, d]`, mm."""
        problem = self.problem
        if isinstance(problem.functions, ElementLaw):
            return jax.vmap(self._whole_forces)(fields)
        stresses = jnp.einsum("ijklqc,nklqc->nijqc", self.tangent, self.gradients(fields))
        forces = jax.vmap(lambda stress: problem.scatter(kernels.divergence(problem.tables, self.shape, stress)))(stresses)
        return forces if problem.attachments is None else forces + jax.vmap(self._attached_forces)(fields)

    def _whole_forces(self, displacement: Float[Array, "point d"]) -> Float[Array, "point d"]:
        """Of elements whose points know of each other, and of what is attached, `[point, d]`, N/mm."""

        def force(at: Array) -> Array:
            return self.problem.internal_force(self.parameters, self.shape, at)

        return jax.jvp(force, (self.displacement,), (displacement,))[1]

    def _attached_forces(self, displacement: Float[Array, "point d"]) -> Float[Array, "point d"]:
        """Of what is attached, linear in the displacement, `[point, d]`, N/mm."""
        problem, places = self.problem, self.shape.places
        assert places is not None
        return jax.jvp(lambda at: problem.attached_force(self.attached, places, at), (self.displacement,), (displacement,))[
            1
        ]

    @jax.jit
    def energies(self, fields: Float[Array, "case point d"]) -> Float[Array, "case case"]:
        """uᵢᵀ K uⱼ `[case, case]` per thickness, N: twice the stored energy on the diagonal."""
        if isinstance(self.problem.functions, ElementLaw):
            return jnp.einsum("mpi,npi->mn", fields, self.forces(fields))
        slopes = self.gradients(fields)
        return jnp.einsum("mijqc,ijklqc,nklqc,qc->mn", slopes, self.tangent, slopes, self.shape.weights, optimize=True)


# Compiled as one program each: outside of a larger one, every operation in them would be compiled by itself.
@partial(jax.jit, static_argnames="problem")
def linearised(
    problem: Problem, coordinates: Array, parameters: Parameters, displacement: Array | None = None
) -> Linearised:
    """The problem around rest, or around a displacement `[point, d]`, mm, of a law without internal variables."""
    shape = problem.geometry(coordinates)
    points = problem.tables.points, len(problem.mesh.cells)
    parameters = tuple(jnp.asarray(value, dtype=float) for value in parameters)
    parameters = (*parameters, *initial_internal_variables(problem.functions, *points))
    dimension = problem.dimension
    if displacement is None:
        displacement = jnp.zeros((problem.assembly.point_count, dimension))
        state = jnp.broadcast_to(identity(dimension, 2), (dimension, dimension, *points))
    else:
        state = kernels.deformation_gradient(problem.tables, shape, problem.gather(displacement))
    attached, law = problem.split(parameters)
    return Linearised(problem, displacement, shape, parameters, attached, law_tangent(problem.functions, state, law))


@jax.jit
def linear_equilibrium(
    rest: Linearised, prescribed: Float[Array, "case fixed"], forces: Float[Array, "case point d"]
) -> tuple[Float[Array, "case point d"], Float[Array, " case"]]:
    """Displacements of the points `[case, point, d]`, mm, and the recomputed relative residual `[case]` of each solve.

    `prescribed[case, fixed]`, mm, are those of the fixed degrees of freedom, `forces[case, point, d]`, N/mm, dead forces per
    thickness. The residual, ‖b − Kx‖ / ‖b‖, is infinite where there is no solution, and has no derivative.
    """
    problem = rest.problem

    def join(unknowns: Array, given: Array) -> Array:
        return jax.vmap(problem.join)(unknowns.T, given)

    def free(fields: Array) -> Array:
        return jax.vmap(problem.free)(fields).T

    def times_matrix(unknowns: Array) -> Array:
        return free(rest.forces(join(unknowns, jnp.zeros_like(prescribed))))

    def solve(_: Any, right_sides: Array) -> tuple[Array, Array]:
        entries = problem.stiffness(rest.parameters, rest.shape, rest.displacement)
        return _solver(known_analysis(problem.assembly).key, problem)(lax.stop_gradient(entries), right_sides)

    nothing = jnp.zeros((len(problem.assembly.free), len(prescribed)))
    load = free(forces) - free(rest.forces(join(nothing, prescribed)))
    found, residual = lax.custom_linear_solve(times_matrix, load, solve, symmetric=True, has_aux=True)
    return join(found, prescribed), residual


@lru_cache(maxsize=32)
def _solver(key: str, problem: Problem) -> Callable[[Array, Array], tuple[Array, Array]]:
    return host_solver(f"mesh at rest, {key}", known_analysis(problem.assembly), _as_they_are)


def _as_they_are(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values
