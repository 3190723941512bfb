"""The implicit midpoint rule, solved to rounding, with derivatives by the implicit-function theorem.

The rule is symplectic, so in the plane it keeps areas exactly for a divergence-free field, at any step size; and like every
Runge–Kutta method it commutes with isometries. Its derivative needs one linearised evaluation of the field at the converged
midpoint and a 2×2 solve for each point, whatever the number of iterations was.

Measured on p4, a cell of 20 mm, sheet of 60 mm with envelope, points moving up to 1.9 mm (and 5.4 mm): with 4 steps the
area inside a moved circle is kept to 1e-14 (3e-14) by 28 (37) evaluations of the field; plain fixed-point iteration takes
50 (102); the classical Runge–Kutta rule with 16 steps, 64 evaluations, keeps it to 5e-10 (9e-9).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from metac.runtime.fem.dimension import identity, inverse

ITERATIONS = 40
"""Most iterations of a step; points that need more are given up as not a number."""

Field = Callable[[Any, Array], Array]
"""`field(parameters, points[2, point]) -> velocities[2, point]`; pure."""


@partial(jax.custom_jvp, nondiff_argnums=(0, 1, 2))
def midpoint(
    field: Field,
    step: float,
    tolerance: float,
    parameters: Any,
    points: Float[Array, "d point"],
    guess: Float[Array, "d point"],
) -> Float[Array, "d point"]:
    """The midpoints `m = x + step/2 field(m)` of one step from `points[2, point]`; the step then ends at `2 m − x`.

    `guess`: an estimate of the velocities there. Iterates until every residual is below `tolerance` (a length); where that
    fails the result is not a number. Broyden's method per point, whose first iteration is the plain fixed-point one.
    """

    def residual(middle: Array) -> Array:
        return points + step / 2 * field(parameters, middle) - middle

    def unfinished(state: tuple[Array, Array, Array, Array]) -> Array:
        count, _, error, _ = state
        return (count < ITERATIONS) & (jnp.abs(error).max() > tolerance)

    def improve(state: tuple[Array, Array, Array, Array]) -> tuple[Array, Array, Array, Array]:
        count, middle, error, inverse = state
        change = _apply(inverse, error)
        middle = middle + change
        following = residual(middle)
        # Broyden's good update of the inverse of the negative Jacobian by the Sherman–Morrison formula.
        turned = _apply(inverse, error - following)
        scale = jnp.sum(change * turned, axis=0)
        row = jnp.einsum("ip,ijp->jp", change, inverse)
        usable = jnp.abs(scale) > 1e-3 * jnp.sum(change * change, axis=0)
        update = (change - turned)[:, None] * row[None] / jnp.where(usable, scale, 1.0)
        return count + 1, middle, following, inverse + jnp.where(usable, update, 0.0)

    start = points + step / 2 * guess
    dimension, count = points.shape
    identity = jnp.broadcast_to(jnp.eye(dimension, dtype=points.dtype)[:, :, None], (dimension, dimension, count))
    _, middle, error, _ = jax.lax.while_loop(unfinished, improve, (jnp.array(0), start, residual(start), identity))
    return jnp.where(jnp.abs(error).max(axis=0) <= tolerance, middle, jnp.nan)


@midpoint.defjvp
def _midpoint_jvp(field: Field, step: float, tolerance: float, primals: Any, tangents: Any) -> tuple[Array, Array]:
    parameters, points, guess = primals
    parameter_change, point_change, _ = tangents
    middle = midpoint(field, step, tolerance, parameters, points, guess)
    return middle, _midpoint_change(field, step, parameters, middle, parameter_change, point_change)


@partial(jax.checkpoint, static_argnums=(0, 1))
def _midpoint_change(
    field: Field, step: float, parameters: Any, middle: Array, parameter_change: Any, point_change: Array
) -> Array:
    """Solve `(1 − step/2 ∂field/∂m) δm = δx + step/2 ∂field/∂p δp`; evaluated again in the reverse pass to save memory."""
    at_middle, dimension = partial(field, parameters), len(middle)
    directions = [jnp.zeros_like(middle).at[axis].set(1.0) for axis in range(dimension)]
    columns = [jax.jvp(at_middle, (middle,), (direction,))[1] for direction in directions]
    pushed = jax.jvp(lambda p: field(p, middle), (parameters,), (parameter_change,))[1]
    matrix = identity(dimension, 1) - step / 2 * jnp.stack(columns, axis=1)
    return _apply(inverse(matrix), point_change + step / 2 * pushed)


def _apply(matrices: Float[Array, "d d point"], vectors: Float[Array, "d point"]) -> Float[Array, "d point"]:
    """`[d, d, point]` times `[d, point]`."""
    return jnp.einsum("ijp,jp->ip", matrices, vectors)
