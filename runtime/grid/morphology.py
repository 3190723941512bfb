"""Erosion, dilation and opening of fields on a grid whose opposite edges meet, with derivatives.

The least and the largest value around each pixel are taken by logarithms of mean exponentials (Sigmund, Struct. Multidiscip.
Optim. 33, 2007, 401), which are exact where the field is even, and off by at most ln(n)/β of n pixels elsewhere.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from metac.runtime.dimensions import PLANE

SHARPNESS = 200.0
"""β."""


def disc(diameter: int) -> np.ndarray:
    """`[pixel, 2]`: rows and columns, from 0, of the pixels of a disc that is so many pixels wide.

    As few as its middle rows allow, so that a finer grid has no larger disc.
    """
    middle = (diameter - 1) / 2
    places = np.stack(np.meshgrid(*[np.arange(diameter)] * 2, indexing="ij"), axis=-1).reshape(-1, PLANE)
    radius = np.hypot(middle, 0.5 if diameter % 2 == 0 else 0.0)
    return places[np.linalg.norm(places - middle, axis=1) <= radius + 1e-9]


def dilate(field: Float[Array, "row column"], offsets: np.ndarray) -> Float[Array, "row column"]:
    """The largest value among the pixels at `offsets[pixel, 2]` before each pixel."""
    moved = jnp.stack([jnp.roll(field, (int(row), int(column)), axis=(0, 1)) for row, column in offsets])
    return (jax.nn.logsumexp(SHARPNESS * moved, axis=0) - np.log(len(offsets))) / SHARPNESS


def erode(field: Float[Array, "row column"], offsets: np.ndarray) -> Float[Array, "row column"]:
    """The least value among the pixels at `offsets[pixel, 2]` after each pixel."""
    return -dilate(-field, -offsets)


def opening(field: Float[Array, "row column"], diameter: int) -> Float[Array, "row column"]:
    """What of the field a disc covers that is moved about inside of it: eroded, then dilated."""
    offsets = disc(diameter)
    return dilate(erode(field, offsets), offsets)
