"""What one equilibrium is sought from: the problem's data, what is prescribed, the last equilibrium, a first guess."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from metac.runtime.fem.assembly import element_kernels as kernels
from metac.runtime.fem.constitutive_law import Parameters
from metac.runtime.fem.equilibrium.problem import Problem
from metac.runtime.linear_solvers.stability import UNKNOWN


class ProblemData(NamedTuple):
    """What stays the same along a load path."""

    coordinates: Float[Array, "node d"]
    """`[node, d]`, unloaded, mm."""
    shape: kernels.Geometry
    parameters: Parameters


class BoundaryValues(NamedTuple):
    """What is prescribed at one point of a load path."""

    prescribed: Float[Array, " fixed"]
    """`[fixed]`, mm."""
    forces: Float[Array, "point d"]
    """Dead forces on the points per thickness, `[point, d]`, N/mm."""

    def towards(self, other: BoundaryValues, fraction: Array) -> BoundaryValues:
        """Linear interpolation."""
        return jax.tree.map(lambda a, b: a + fraction * (b - a), self, other)


class LastEquilibrium(NamedTuple):
    """What is known of the last equilibrium, for the next one."""

    values: Array
    """The tangent stiffness there, in the order of `assembly.matrix`."""
    current: Array
    """bool: `values` is filled."""
    negative: Array
    """int: its negative eigenvalues; -1 where they are not known."""
    lowest: Array
    """An estimate of its lowest eigenvalue, N/mm²."""
    mode: Float[Array, " free"]
    """`[free]`: rich in its softest modes."""
    lost: Array
    """bool: no stable branch was found; instabilities are reported and no longer acted on."""

    @classmethod
    def none(cls, problem: Problem) -> LastEquilibrium:
        """At rest, before anything was computed."""
        return cls(
            jnp.zeros(len(problem.assembly.matrix.indices)),
            jnp.zeros((), dtype=bool),
            jnp.full((), UNKNOWN, dtype=np.int64),
            jnp.asarray(jnp.nan),
            jnp.zeros(len(problem.assembly.free)),
            jnp.asarray(problem.settings.maximum_pushes == 0),
        )


class InitialGuess(NamedTuple):
    """Where Newton's method starts from, and what it may use."""

    displacement: Float[Array, "point d"]
    """`[point, d]`, mm."""
    last_equilibrium: LastEquilibrium
    handle: Array
    """Names a factor of a matrix that may be close."""
    own: Array
    """bool: `handle` was made in this increment, so that a new factor may take its place."""
