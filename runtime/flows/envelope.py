"""The factor that takes a stream function to zero, with its gradient, at the edge of a sheet."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from metac.runtime.geometry.rectangle import Rectangle


def envelope(
    points: Float[Array, "2 point"], domain: Rectangle, width: float
) -> tuple[Float[Array, " point"], Float[Array, "2 point"]]:
    """Value `[point]` and gradient `[2, point]` (1/mm) at `points[2, point]`: 1 inside, 0 on the edge and beyond.

    Grows over `width` (mm) from the edge by the quintic smooth step, so that value, slope and curvature are zero at the
    edge: the flow is continuously differentiable there.
    """
    x, y = points
    along_x, slope_x = _rise_and_fall(x, domain.x0, domain.x1, width)
    along_y, slope_y = _rise_and_fall(y, domain.y0, domain.y1, width)
    return along_x * along_y, jnp.stack([slope_x * along_y, along_x * slope_y])


def _rise_and_fall(x: Array, start: float, end: float, width: float) -> tuple[Array, Array]:
    rise, rising = _smooth_step((x - start) / width)
    fall, falling = _smooth_step((end - x) / width)
    return rise * fall, (rising * fall - rise * falling) / width


def _smooth_step(x: Array) -> tuple[Array, Array]:
    """6x⁵ − 15x⁴ + 10x³ on [0, 1], constant outside, and its derivative."""
    inside = jnp.clip(x, 0.0, 1.0)
    value = inside**3 * (10 - 15 * inside + 6 * inside**2)
    return value, 30 * (inside * (1 - inside)) ** 2
