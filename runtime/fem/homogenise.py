"""Effective stiffness of a meshed period by linear homogenisation: three strain cases, one factorisation.

Voigt form: strains (ε11, ε22, γ12) with γ12 = 2 ε12, stresses (σ11, σ22, σ12), axis 1 along x. The effective stiffness is
the mean energy of the three unit strains, C_ij = ⟨ε_i : A : ε_j⟩ over the area with the pores, with A the tangent of the law
at rest and ε_i the local strain of case i (Michel, Moulinec and Suquet 1999, section 2), as on grids
(`runtime/grid/homogenise.py`).
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from metac.runtime.fem.assembly.constraints import MultiPointConstraints
from metac.runtime.fem.constitutive_law import LawFunctions, Parameters
from metac.runtime.fem.equilibrium.linear import linear_equilibrium, linearised
from metac.runtime.fem.equilibrium.problem import Problem, make_problem
from metac.runtime.fem.numbering import degrees_of_freedom
from metac.runtime.mesh.mesh import Mesh

UNIT_STRAINS = np.array([[[1.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 1.0]], [[0.0, 0.5], [0.5, 0.0]]])
"""`[case, 2, 2]`: macroscopic displacement gradients without rotation."""

COMPONENTS = ((0, 0), (1, 1), (0, 1), (1, 0))
"""Of a mean gradient and a mean nominal stress, in the order of the tangent."""
UNIT_GRADIENTS = np.array([[[float((i, j) == each) for j in (0, 1)] for i in (0, 1)] for each in COMPONENTS])
"""`[case, 2, 2]`: macroscopic displacement gradients of one component each."""


def homogenisation_problem(mesh: Mesh, constraints: MultiPointConstraints, functions: LawFunctions) -> Problem:
    """A period with its macroscopic gradient prescribed and one node held, as translations move nothing."""
    controls = np.sort(degrees_of_freedom(constraints.controls, range(constraints.dimension), constraints.dimension))
    return make_problem(mesh, np.array([0, 1, *controls]), functions, constraints=constraints)


def effective_stiffness(
    problem: Problem, coordinates: Float[Array, "node 2"], parameters: Parameters, area: float
) -> tuple[Float[Array, "3 3"], Float[Array, " case"]]:
    """Effective stiffness `[3, 3]`, MPa, and the residuals `[case]` of the three solves.

    `coordinates[node, 2]`, mm; `area` of the period with its pores, mm². Differentiable as often as one likes. The first
    derivative needs no solve: the displacements are those of least energy, so only what they store changes.
    """

    @jax.custom_jvp
    def effective(coordinates: Array, parameters: Parameters) -> tuple[Array, Array]:
        fields, residual = _fields(problem, coordinates, parameters)
        return _mean_energy(problem, coordinates, parameters, fields) / area, residual

    @effective.defjvp
    def _(primals: tuple[Array, Parameters], tangents: tuple[Array, Parameters]):
        fields, residual = _fields(problem, *primals)

        def mean(coordinates: Array, parameters: Parameters) -> Array:
            return _mean_energy(problem, coordinates, parameters, fields) / area

        value, slope = jax.jvp(mean, primals, tangents)
        return (value, residual), (slope, jnp.zeros_like(residual))

    return effective(coordinates, tuple(jnp.asarray(value, dtype=float) for value in parameters))


def tangent_stiffness(
    problem: Problem,
    coordinates: Float[Array, "node 2"],
    parameters: Parameters,
    displacement: Float[Array, "point 2"],
    area: float,
) -> tuple[Float[Array, "4 4"], Float[Array, " case"]]:
    """∂P/∂H `[4, 4]`, MPa, of a strained period, in the order (11, 22, 12, 21), and the residuals `[case]` of four solves.

    The consistent homogenised tangent: the period follows a further mean gradient in equilibrium, K being its tangent at
    `displacement[point, 2]`, mm, the gradient included (Miehe, Int. J. Numer. Meth. Eng. 55, 2002, section 3). Of a law
    without internal variables. Differentiable with respect to all it is given.
    """
    at_state = linearised(problem, coordinates, parameters, displacement)
    prescribed = jnp.asarray(_prescribed(problem, UNIT_GRADIENTS))
    forces = jnp.zeros((len(prescribed), problem.assembly.point_count, problem.dimension))
    fields, residual = linear_equilibrium(at_state, prescribed, forces)
    energies = at_state.energies(fields) / area
    return (energies + energies.T) / 2, residual


def _fields(problem: Problem, coordinates: Array, parameters: Parameters) -> tuple[Array, Array]:
    """Displacements of the points `[case, point, 2]` under the three unit strains, and the residuals of their solves."""
    prescribed = jnp.asarray(_prescribed(problem, UNIT_STRAINS))
    forces = jnp.zeros((len(prescribed), problem.assembly.point_count, problem.dimension))
    return linear_equilibrium(linearised(problem, coordinates, parameters), prescribed, forces)


def _prescribed(problem: Problem, gradients: Float[np.ndarray, "case 2 2"]) -> Float[np.ndarray, "case fixed"]:
    """`[case, fixed]`, mm."""
    constraints = problem.constraints
    assert constraints is not None
    fields = np.zeros((len(gradients), constraints.point_count, problem.dimension))
    fields[:, -constraints.dimension :] = constraints.length * np.swapaxes(gradients, 1, 2)
    return fields.reshape(len(fields), -1)[:, problem.assembly.fixed]


def _mean_energy(problem: Problem, coordinates: Array, parameters: Parameters, fields: Array) -> Array:
    energies = linearised(problem, coordinates, parameters).energies(fields)
    return (energies + energies.T) / 2
