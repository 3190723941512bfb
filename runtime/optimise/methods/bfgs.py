"""BFGS with the whole inverse Hessian (Nocedal & Wright 2006, algorithm 6.1)."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import Array
from jax.flatten_util import ravel_pytree

from metac.runtime.errors import RuntimeFailure

MOST_PARAMETERS = 20_000
"""Beyond these the matrix takes more than 3 GB."""
LEAST_CURVATURE = 1e-10
"""Steps along which the gradient grows by less, relative to both lengths, show no curvature and are left out."""


class TooManyParameters(RuntimeFailure):
    """The inverse Hessian would not fit in memory."""

    def __init__(self, count: int) -> None:
        message = f"BFGS stores a matrix of {count:,} by {count:,} numbers, {8e-9 * count**2:.0f} GB"
        super().__init__(message, remedy="take `lbfgs`, which stores the last steps only")


class _BfgsState(NamedTuple):
    inverse: Array
    """`[parameter, parameter]`"""
    theta: Array
    gradient: Array
    gradients: Array
    """Gradients seen."""


def scale_by_bfgs() -> optax.GradientTransformation:
    """The gradient times an inverse Hessian that is updated by each step, as a transformation like `optax.scale_by_lbfgs`.

    The first direction is the gradient, cut to length 1; the first step scales the matrix (eq. 6.20).

    Raises:
        TooManyParameters: by its `init`, for more than 20,000.
    """

    def init(theta: Any) -> _BfgsState:
        flat = jnp.asarray(ravel_pytree(theta)[0], float)
        if flat.size > MOST_PARAMETERS:
            raise TooManyParameters(flat.size)
        return _BfgsState(jnp.eye(flat.size), flat, jnp.zeros_like(flat), jnp.zeros((), int))

    def update(gradient: Any, state: _BfgsState, theta: Any = None) -> tuple[Any, _BfgsState]:
        flat, unravel = ravel_pytree(gradient)
        slope, at = jnp.asarray(flat, float), jnp.asarray(ravel_pytree(theta)[0], float)
        inverse = jax.lax.cond(
            state.gradients > 0,
            lambda: _updated_inverse(state.inverse, at - state.theta, slope - state.gradient, state.gradients == 1),
            lambda: state.inverse,
        )
        direction = inverse @ slope
        shortened = slope * jnp.minimum(1 / jnp.maximum(jnp.linalg.norm(slope), 1e-300), 1.0)
        direction = jnp.where(state.gradients > 0, direction, shortened)
        return unravel(direction.astype(flat.dtype)), _BfgsState(inverse, at, slope, state.gradients + 1)

    return optax.GradientTransformation(init, update)  # type: ignore[arg-type]


def _updated_inverse(inverse: Array, step: Array, growth: Array, first: Array) -> Array:
    """The inverse Hessian after a step along which the gradient grew (eq. 6.17, without products of matrices)."""
    curvature = step @ growth
    learns = curvature > LEAST_CURVATURE * jnp.linalg.norm(step) * jnp.linalg.norm(growth)
    safe = jnp.where(learns, curvature, 1.0)
    scaled = jnp.where(first, safe / jnp.maximum(growth @ growth, 1e-300), 1.0) * inverse
    image = scaled @ growth
    learnt = scaled + (1 + growth @ image / safe) * jnp.outer(step, step) / safe
    learnt = learnt - (jnp.outer(image, step) + jnp.outer(step, image)) / safe
    return jnp.where(learns, learnt, inverse)
