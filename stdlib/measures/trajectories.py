"""What the trajectories of compressed networks show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import jax.numpy as jnp

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.values import Curve
from metac.stdlib.measures.reading import read, uniaxial

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.measure import Measure
    from metac.compiler.interfaces.satisfies import Satisfies

NEAR = 1e-6
"""Relative difference of strains that is none."""


@runtime_checkable
class TrajectoryResponse(Protocol):
    """A response of form `dynamic`."""

    abscissa: Any
    """`[snapshot]`: magnitude of the strain."""
    trajectory: Any
    """Snapshots, that at rest first (`runtime/springs/dynamics.py: Trajectory`)."""
    mass: Any
    """Of a node, dimensionless."""


class NodePoissonRatio:
    """Of the nodes."""

    def __init__(self, *, of: Any) -> None:
        self.of = of

    @cached_property
    def value(self) -> Array:
        """At the end."""
        _, axis = uniaxial(self.of, None)
        trajectory = read(self.of, TrajectoryResponse, "trajectory").trajectory
        rest = trajectory.positions[0] - jnp.mean(trajectory.positions[0], axis=0)
        slopes = jnp.sum(rest * (trajectory.positions[-1] - trajectory.positions[0]), axis=0) / jnp.sum(rest**2, axis=0)
        return -slopes[1 - axis] / slopes[axis]


class KineticTemperature:
    """Of the velocities."""

    def __init__(self, *, of: Any) -> None:
        self.of = of

    @cached_property
    def value(self) -> Array:
        """k_B T, Lennard-Jones units: Σ m v² over the 2 (n − 1) momenta that are free."""
        response = read(self.of, TrajectoryResponse, "trajectory")
        velocities = response.trajectory.velocities
        later = velocities[len(velocities) // 2 :]
        nodes = velocities.shape[1]
        return response.mass * jnp.mean(jnp.sum(later**2, axis=(1, 2))) / (2 * (nodes - 1))


class Complexity:
    """α of single steps."""

    def __init__(self, *, of: Any) -> None:
        self.of = of

    @cached_property
    def value(self) -> Curve:
        """`[snapshot]` but the first, over the strain's magnitude."""
        response = read(self.of, TrajectoryResponse, "trajectory")
        steps = jnp.diff(response.trajectory.positions, axis=0)
        # The added number keeps the derivative of the root finite where nothing moves.
        changes = jnp.sqrt(jnp.sum(jnp.diff(steps, axis=0) ** 2, axis=2) + 1e-40)
        return Curve(response.abscissa[1:], jnp.mean(changes, axis=1))


class PositionError:
    """Of the nodes.

    Raises:
        FieldError: M0523 on `against` for a load with another number of snapshots or nodes.
    """

    def __init__(self, *, of: Any, against: Any) -> None:
        self.of, self.against = of, against

    @cached_property
    def value(self) -> Curve:
        """`[snapshot]` over the strain's magnitude; no number where the other load has its snapshots at other strains."""
        own, other = (read(each, TrajectoryResponse, "trajectory") for each in (self.of, self.against))
        found, truth = own.trajectory.positions, other.trajectory.positions
        if found.shape != truth.shape:
            what, place = ("snapshots", 0) if found.shape[0] != truth.shape[0] else ("nodes", 1)
            counts = [each.shape[place] - (place == 0) for each in (found, truth)]
            message = f"places cannot be compared: one load has {counts[0]} {what}, the other {counts[1]}"
            raise FieldError("against", message, code="M0523", help="compress the same body, with the same `interval`")
        squares = jnp.mean(jnp.sum((found - truth)[1:] ** 2, axis=2), axis=1)
        together = jnp.abs(own.abscissa - other.abscissa) <= NEAR * jnp.abs(other.abscissa)
        # The added number keeps the derivative of the root finite where nothing differs.
        return Curve(own.abscissa, jnp.where(together, jnp.sqrt(squares + 1e-40), jnp.nan))


if TYPE_CHECKING:
    Satisfies[Measure](NodePoissonRatio, KineticTemperature, Complexity, PositionError)
