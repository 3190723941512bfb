"""How a load path went: filled inside `jit`, judged on the host."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jax import Array
from jaxtyping import Bool, Float, Int

from metac.runtime.array_records import array_record
from metac.runtime.errors import InvertedElement, NotConverged, NotFinite, RuntimeFailure

LINEAR_TOLERANCE = 1e-8
"""Largest recomputed relative residual of a linear solve that counts as accurate."""


@array_record
@dataclass(frozen=True)
class Status:
    """Per increment arrays have the axis `[increment]`; elements are numbered as in `Mesh.cells`."""

    converged: Bool[Array, " increment"]
    """`[increment]` bool: equilibrium was found in this increment and all before it."""
    iterations: Int[Array, " increment"]
    """`[increment]` int: Newton iterations, those of rejected sub-steps included."""
    residual: Float[Array, " increment"]
    """`[increment]`: norm of the out-of-balance forces relative to the internal forces, at the end."""
    cutbacks: Int[Array, " increment"]
    """`[increment]` int: how often the increment was halved."""
    linear_residual: Float[Array, " increment"]
    """`[increment]`: largest recomputed relative residual of its linear solves."""
    smallest_determinant: Float[Array, " increment"]
    """`[increment]`: smallest det F at quadrature points and nodes of the state reached, or that of the state refused."""
    smallest_determinant_element: Int[Array, " increment"]
    """`[increment]` int: the element of `smallest_determinant`."""
    reference_jacobian: Array
    """Smallest det(dx/dX) of the moved against the meshed geometry; not positive: inverted before any load."""
    reference_jacobian_element: Array
    """int: the element of `reference_jacobian`."""
    not_finite: Array
    """bool: coordinates, parameters or the last state hold an infinite value or none at all."""
    negative_eigenvalues: Int[Array, " increment"]
    """`[increment]` int: negative eigenvalues of the tangent stiffness of the state reached; 0 where it is stable, -1 where
    that is not known."""
    lowest_eigenvalue: Float[Array, " increment"]
    """`[increment]`: an estimate of the lowest eigenvalue of the tangent stiffness of a stable state, N/mm²; it depends on
    the mesh, and only how it changes along a path means something."""
    critical_point: Array
    """Increments, with a fraction, after which the path from rest became critical (`path_status.py`); NaN where it did
    not."""
    switched: Bool[Array, " increment"]
    """`[increment]` bool: the path was led to another, stable branch in this increment."""
    warm: Array | bool = False
    """bool: each increment started from that of a neighbouring design (`warm_start.py`). `critical_point` and `switched` are
    then those of the last path from rest, `iterations` chords of Newton's method, and `linear_residual` is zero: it is the
    forces left out of balance alone that measure how good a chord was."""

    def failure(self, name: str = "the load") -> RuntimeFailure | None:
        """See `failure`."""
        return failure(self, name)

    def instability(self, name: str = "the load") -> str | None:
        """See `instability`."""
        return instability(self, name)

    @property
    def stable(self) -> Bool[Array, " increment"]:
        """`[increment]` bool: the state is known to be stable."""
        return self.converged & (self.negative_eigenvalues == 0)

    @property
    def unstable(self) -> Bool[Array, " increment"]:
        """`[increment]` bool: the state is known to be unstable: no stable branch was found."""
        return self.converged & (self.negative_eigenvalues > 0)

    @property
    def ok(self) -> Array:
        """bool: everything converged, finite and the right way round."""
        return (
            self.converged.all()
            & ~self.not_finite
            & (self.reference_jacobian > 0)
            & (self.smallest_determinant > 0).all()
            & (self.linear_residual <= LINEAR_TOLERANCE).all()
        )


def failure(status: Status, name: str = "the load") -> RuntimeFailure | None:
    """The first failure that a concrete (not traced) status reports, or None."""
    converged = np.asarray(status.converged)
    jacobian = float(status.reference_jacobian)
    increments = len(converged)
    first = increments if converged.all() else int(np.argmin(converged))
    if not jacobian > 0 and not np.isnan(jacobian):
        element = int(status.reference_jacobian_element)
        message = f"{name}: element {element} is inverted before any load (Jacobian ratio {jacobian:.3g})"
        return InvertedElement(message, where="reference", element=element, step=0)
    if bool(status.not_finite):
        return NotFinite(f"{name}: not a finite number at increment {first + 1} of {increments}", increment=first + 1)
    if first < increments:
        determinant = float(np.asarray(status.smallest_determinant)[first])
        element = int(np.asarray(status.smallest_determinant_element)[first])
        if not determinant > 0:
            message = (
                f"{name}: element {element} is inverted at increment {first + 1} of {increments} (det F {determinant:.3g})"
            )
            return InvertedElement(message, where="deformed", element=element, step=first + 1)
        residual = float(np.asarray(status.residual)[first])
        cutbacks = int(np.asarray(status.cutbacks)[first])
        message = (
            f"{name}: no equilibrium at increment {first + 1} of {increments} after {cutbacks} halvings "
            f"(relative residual {residual:.1e}, smallest det F {determinant:.3g} in element {element})"
        )
        return NotConverged(message, increment=first + 1, residual=residual)
    linear = np.asarray(status.linear_residual)
    if not (linear <= LINEAR_TOLERANCE).all():
        worst = int(np.argmax(linear))
        message = f"{name}: a linear solve of increment {worst + 1} is off by {linear[worst]:.1e} (relative residual)"
        return NotConverged(message, increment=worst + 1, residual=float(linear[worst]))
    return None


def raise_for(status: Status, name: str = "the load") -> None:
    """Raise the `RuntimeFailure` that a concrete status reports; return where all is well."""
    problem = failure(status, name)
    if problem is not None:
        raise problem


def describe(status: Status, name: str = "the load") -> str:
    """One line on how the path went, for logs and tables."""
    problem = failure(status, name)
    if problem is not None:
        return f"{problem.message}; {problem.remedy}"
    iterations, cutbacks = int(np.sum(status.iterations)), int(np.sum(status.cutbacks))
    halvings = f", {cutbacks} halvings" if cutbacks else ""
    point = float(status.critical_point)
    critical = "" if np.isnan(point) else f", critical after {point:.2f} increments"
    doubt = f"; {instability(status, name)}" if bool(np.any(status.unstable)) else ""
    count = len(status.converged)
    start = ", warm from a neighbouring design" if bool(status.warm) else ""
    return f"{name}: {count} increments converged in {iterations} Newton iterations{start}{halvings}{critical}{doubt}"


def instability(status: Status, name: str = "the load") -> str | None:
    """What to say of a concrete status whose path stays on an unstable branch; None where every state is stable."""
    unstable = np.asarray(status.unstable)
    if not unstable.any():
        return None
    first, count = int(np.argmax(unstable)) + 1, int(np.asarray(status.negative_eigenvalues).max())
    modes = "one mode" if count == 1 else f"up to {count} modes"
    return f"{name}: unstable in {modes} from increment {first} of {len(unstable)} on, and no stable branch was found"
