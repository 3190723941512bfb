"""The adjoint of a path that is followed by its length.

Derivatives run backwards through the recorded states, each by its transposed bordered system, since where a state is depends
on the one before (implicit-function theorem for R(u, λ) = 0 and |u − u₋|² = Δs² together).
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax
from jaxtyping import Float

from metac.runtime.fem.constitutive_law import Parameters
from metac.runtime.fem.equilibrium.equilibrium_data import ProblemData
from metac.runtime.fem.equilibrium.problem import Problem
from metac.runtime.fem.path.arc_length_corrector import ArcLengthSystem, PathPoint, ProportionalLoad, solve_transposed
from metac.runtime.fem.status import LINEAR_TOLERANCE


class SavedArcs(NamedTuple):
    """What a path leaves behind for its derivatives."""

    coordinates: Float[Array, "node d"]
    parameters: Parameters
    load: ProportionalLoad
    arcs: Float[Array, " increment"]
    points: PathPoint
    """With the axis `[increment]` first."""
    good: Array
    """`[increment]` bool: in equilibrium, its linear solves accurate."""


@partial(jax.jit, static_argnums=0)
def arc_length_cotangents(
    problem: Problem,
    saved: SavedArcs,
    by_displacement: Float[Array, "increment point d"],
    by_factor: Float[Array, " increment"],
) -> tuple[Array, Parameters, ProportionalLoad, Array]:
    """What derivatives by displacements and load factors make of the inputs: coordinates, parameters, load and arcs.

    Not a number where an increment is not in equilibrium or its bordered solve is not accurate.
    """
    coordinates, parameters, load, arcs, points, good = saved
    here = ArcLengthSystem(problem, ProblemData(coordinates, problem.geometry(coordinates), parameters), load)
    rest = jax.tree.map(lambda leaf: jnp.zeros_like(leaf[:1]), points)
    before = jax.tree.map(lambda first, leaf: jnp.concatenate([first, leaf[:-1]]), rest, points)

    def conditions(
        point: PathPoint, before: PathPoint, coordinates: Array, parameters: Parameters, load: ProportionalLoad, arc: Array
    ) -> tuple[Array, Array]:
        """What vanishes at a recorded state."""
        system = ArcLengthSystem(problem, ProblemData(coordinates, problem.geometry(coordinates), parameters), load)
        offset = system.field(point) - system.field(before)
        return problem.free(system.out_of_balance(point)), system.inner(offset, offset) - arc**2

    def reverse(carry: tuple[Any, PathPoint], increment: tuple[Any, ...]) -> tuple[Any, Array]:
        sums, later = carry
        point, origin, arc, is_good, field_cotangent, factor_cotangent = increment

        def shown(point: PathPoint, load: ProportionalLoad) -> Array:
            return ArcLengthSystem(problem, here.data, load).field(point)

        by_point, by_load = jax.vjp(shown, point, load)[1](field_cotangent)
        wanted = PathPoint(by_point.free + later.free, by_point.factor + later.factor + factor_cotangent)
        adjoint, gap = solve_transposed(here, point, here.field(origin), wanted)
        inputs = (point, origin, coordinates, parameters, load, arc)
        found, to_before, *direct, by_arc = jax.vjp(conditions, *inputs)[1]((adjoint, gap))
        poison = jnp.where(is_good & (_distance(found, wanted) <= LINEAR_TOLERANCE), 0.0, jnp.nan)
        sums = jax.tree.map(lambda total, change: total - change + poison, sums, tuple(direct))
        sums = (*sums[:2], jax.tree.map(jnp.add, sums[2], by_load))
        return (sums, jax.tree.map(jnp.negative, to_before)), -by_arc + poison

    zeros = jax.tree.map(jnp.zeros_like, (coordinates, parameters, load))
    carry = (zeros, jax.tree.map(lambda leaf: jnp.zeros_like(leaf[0]), points))
    increments = (points, before, arcs, good, by_displacement, by_factor)
    (sums, _), by_arcs = lax.scan(reverse, carry, increments, reverse=True)
    return (*sums, by_arcs)


def _distance(found: PathPoint, wanted: PathPoint) -> Array:
    """Relative, over both parts; zero where nothing was wanted."""
    error = jnp.sum((found.free - wanted.free) ** 2) + (found.factor - wanted.factor) ** 2
    size = jnp.sum(wanted.free**2) + wanted.factor**2
    return jnp.where(size > 0, jnp.sqrt(error / jnp.where(size > 0, size, 1.0)), 0.0)
