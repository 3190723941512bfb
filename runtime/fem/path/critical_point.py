"""Where on a load path stability is lost, or where it would be without imperfections."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import Array

BEYOND = 0.5
"""Increments by which the extrapolated loss of stability may lie beyond the state after the softest one."""


def critical_point(located: Array, lowest: Array) -> Array:
    """Increments, with a fraction, after which a path from rest becomes critical; NaN where it does not.

    `located[increment]` is the part of the increment after which an equilibrium was found unstable, NaN elsewhere: between
    two equilibria `branch_resolution` apart, by linear interpolation of the curvature along the lowest mode. The first one
    counts. A path that never was unstable may still have buckled: imperfections (those of an unsymmetric mesh suffice) lead
    it round the bifurcation. Its lowest eigenvalue `lowest[increment]` then falls to little, and rises again; before, it
    falls along the straight line that would reach zero there. That zero is the critical point, to second order in the
    increment, if it lies where the eigenvalue turns.
    """
    is_lost = ~jnp.isnan(located)
    first = jnp.argmax(is_lost)
    found = jnp.where(is_lost.any(), first + located[first], jnp.nan)
    count = len(lowest)
    if count < 4:
        return found
    softest = np.arange(2, count - 1)
    before, last, least, after = (lowest[softest + shift] for shift in (-2, -1, 0, 1))
    # The state of index i stands after i + 1 increments.
    zero = softest + last / (before - last)
    turns = (before > last) & (last > least) & (least < after) & (zero >= softest) & (zero <= softest + 2 + BEYOND)
    first = jnp.argmax(turns)
    return jnp.where(is_lost.any() | ~turns.any(), found, zero[first])
