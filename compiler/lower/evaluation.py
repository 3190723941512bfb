"""What a program finds out about a design for given free parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import jax
import jax.numpy as jnp
from jax import Array

from metac.compiler.interfaces.status import LoadStatus

MET_CONTRIBUTION = 1e-2
"""A goal without `within` counts as met below this contribution to the loss."""


MET_EXCESS = 1e-6
"""How far beyond its bound, relative to the larger bound, a requirement still counts as met: rounding."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class GoalValue:
    """One goal: what was wanted, what was reached. Internal units; curves have the axis `[increment]`."""

    value: Array
    """The measure: a scalar, a tensor, or the curve's ordinate `[increment]`."""
    contribution: Array
    """What the goal adds to the loss, dimensionless, weight included."""
    target: Array | None = None
    """As `value`, not a number where nothing is asked; None for `minimize` and `maximize`."""
    abscissa: Array | None = None
    """`[increment]`: where `value` and `target` are taken; None unless the measure is a curve."""
    inside: Array | None = None
    """`[increment]` bool: the increments that lie in the goal's domain; None unless the measure is a curve."""
    deviation: Array | None = None
    """Largest |value - target|, over the domain or what is asked; None for `minimize` and `maximize`."""
    tolerance: Array | None = None
    """What `within` allows for `deviation`; None where the spec does not say."""
    covered: Array | bool = True
    """Whether the curve reaches the end of the goal's domain, as a path that is followed by its length need not."""
    scale: Array | None = None
    """What differences are measured by: the goal's `scale`, or else the target's largest magnitude (1 for extrema)."""
    read: Array | bool = True
    """Whether every curve is read where its load has values; beyond them interpolation gives the nearest one."""
    residuals: Array | None = None
    """`[increment or component that is asked for]`: whose squares add up to the contribution, zero outside the domain; None
    for extrema."""
    asked: Array | None = None
    """`[component, …]` bool: which components of a tensor have a target; None where all have."""

    @property
    def met(self) -> Array | None:
        """bool: within the tolerance, or, without one, a contribution below `MET_CONTRIBUTION`; None for extrema."""
        if self.deviation is None:
            return None
        if self.tolerance is None:
            return self.covered & self.read & (self.contribution < MET_CONTRIBUTION)
        return self.covered & self.read & (self.deviation <= self.tolerance)


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class RequirementValue:
    """One requirement `lower <= value <= upper`, in internal units."""

    value: Array
    excess: Array
    """`[bound]`, the lower one first: how far the value is beyond, over the scale; at most 0 where the bound holds."""
    lower: Array | None = None
    upper: Array | None = None
    read: Array | bool = True
    """As of goals."""

    @property
    def contribution(self) -> Array:
        """What the violation adds to the loss, dimensionless: (violation / scale)²; zero where the requirement holds."""
        return jnp.sum(jnp.maximum(self.excess, 0.0) ** 2)

    @property
    def met(self) -> Array:
        """bool: both bounds hold, up to rounding."""
        # A value that is not a number violates nothing and yet fulfils nothing.
        return (self.excess <= MET_EXCESS).all() & (self.value == self.value) & self.read


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Evaluation:
    """A pytree: may be returned from `jit`, batched by `vmap`, and read on the host."""

    loss: Array
    """Sum of all contributions, dimensionless."""
    goals: Mapping[str, GoalValue]
    requirements: Mapping[str, RequirementValue]
    status: Mapping[str, LoadStatus]
    """By the name of the load: how its path went (`runtime/fem/status.py`)."""
    starts: Mapping[str, object] = field(default_factory=dict)
    """By the name of the load: what that of a neighbouring design may start from; of the loads that got such a start."""

    @property
    def objective(self) -> Array:
        """The goals' contributions alone, dimensionless."""
        return sum((goal.contribution for goal in self.goals.values()), jnp.zeros(()))

    @property
    def residuals(self) -> Array:
        """`[residual]`: of all goals that match, then of all bounds; their squares add up to the loss of these."""
        matched = [goal.residuals for goal in self.goals.values() if goal.residuals is not None]
        return jnp.concatenate([jnp.zeros(0), *matched, jnp.maximum(self.excess, 0.0)])

    @property
    def excess(self) -> Array:
        """`[bound]`: of all requirements, one after the other."""
        return jnp.concatenate([jnp.zeros(0), *(each.excess for each in self.requirements.values())])
