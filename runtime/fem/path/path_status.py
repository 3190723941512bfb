"""What is reported of a load path: how each increment ended, and where stability is lost, or would be in a perfect body."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from metac.runtime.fem.equilibrium.problem import Extreme, Problem, smallest
from metac.runtime.fem.status import Status
from metac.runtime.mesh.quality import jacobian_ratio

BEYOND = 0.5
"""Increments by which the extrapolated loss of stability may lie beyond the state after the softest one."""


def critical_point(located: Float[Array, " increment"], lowest: Float[Array, " increment"]) -> Array:
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


class InputCheck(NamedTuple):
    """What is known before anything is solved."""

    ratio: Extreme
    """Smallest Jacobian of the moved against the meshed geometry."""
    finite: Array
    """bool: every number given is finite."""

    @property
    def sound(self) -> Array:
        """bool: there is something to solve."""
        return self.finite & (self.ratio.value > 0)


def check_inputs(problem: Problem, coordinates: Array, *others: object) -> InputCheck:
    """Of coordinates `[node, d]`, mm, and of whatever else a path is computed from: trees of arrays."""
    leaves = jax.tree.leaves((coordinates, others))
    ratio = smallest(jacobian_ratio(problem.mesh, coordinates))
    return InputCheck(ratio, jnp.stack([jnp.isfinite(leaf).all() for leaf in leaves]).all())


class IncrementRecord(NamedTuple):
    """How the search for one equilibrium goes; scalars, or with the axis `[increment]` first. Meanings as in `Status`."""

    iterations: Array
    residual: Array
    cutbacks: Array
    linear_residual: Array
    determinant: Extreme

    @classmethod
    def blank(cls) -> IncrementRecord:
        """Before the first attempt."""
        zero, count = jnp.zeros(()), jnp.zeros((), dtype=np.int64)
        return cls(count, zero, count, zero, Extreme(jnp.ones(()), count))

    @classmethod
    def unknown(cls) -> IncrementRecord:
        """Of an increment that is not attempted, since one before it failed."""
        zero, count, unknown = jnp.zeros(()), jnp.zeros((), dtype=np.int64), jnp.asarray(jnp.nan)
        return cls(count, unknown, count, zero, Extreme(unknown, count))


def path_status(
    inputs: InputCheck,
    converged: Array,
    record: IncrementRecord,
    *,
    negative: Array,
    lowest: Array,
    critical: Array,
    switched: Array,
    warm: bool,
) -> Status:
    """The status of a path: every array but `critical`, as in `Status`, has the axis `[increment]`."""
    return Status(
        converged=converged,
        iterations=record.iterations,
        residual=record.residual,
        cutbacks=record.cutbacks,
        linear_residual=record.linear_residual,
        smallest_determinant=record.determinant.value,
        smallest_determinant_element=record.determinant.element,
        reference_jacobian=inputs.ratio.value,
        reference_jacobian_element=inputs.ratio.element,
        not_finite=~inputs.finite,
        negative_eigenvalues=negative,
        lowest_eigenvalue=lowest,
        critical_point=critical,
        switched=switched,
        warm=jnp.asarray(warm),
    )
