"""Goals and requirements as numbers: what a design contributes to the loss.

A goal `match M to T` contributes weight · mean(((M − T) / scale)²) over the increments in its domain or the components of a
tensor that are asked for, `minimize M` weight · M / scale, `maximize M` the opposite; a requirement (violation / scale)².
Contributions have no unit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import jax.numpy as jnp
import numpy as np
from jax import Array

from metac.compiler import graph
from metac.compiler.interfaces.values import Curve, Range
from metac.compiler.lower.evaluation import GoalValue, RequirementValue
from metac.compiler.lower.readings import read_within, target_read_within
from metac.compiler.operators.entry import Value
from metac.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError, Label

SLACK = 1e-9
"""Increments this close to the end of a domain, relative to its length, still count."""

Evaluate = Callable[[graph.Expression | None, str], Value]
"""The value of a part of a goal; its name is the key of an input that overrides it. None for what is not given."""


def goal_value(goal: graph.Goal, evaluate: Evaluate) -> GoalValue:
    """One goal's value and contribution.

    Raises DiagnosticError M0576 where measure and target differ in shape.
    """
    measure = evaluate(goal.measure, "measure")
    read = read_within(goal.measure, lambda part: evaluate(part, "reading"))
    weight, scale, tolerance = (evaluate(getattr(goal, part), part) for part in ("weight", "scale", "tolerance"))
    weight = jnp.asarray(1.0 if weight is None else weight, float)
    tolerance = None if tolerance is None else jnp.asarray(tolerance, float)
    target = evaluate(goal.target, "target")
    if goal.target is None:
        value = _scalar(measure, goal)
        scale = jnp.asarray(1.0 if scale is None else scale, float)
        sign = 1.0 if goal.sense == "minimize" else -1.0
        return GoalValue(value, sign * weight * value / scale, scale=scale, read=read)
    if isinstance(measure, Curve):
        found = _curve_goal(measure, target, evaluate(goal.domain, "domain"), scale, weight, tolerance)
        assert found.abscissa is not None and found.inside is not None
        points = jnp.where(found.inside, found.abscissa, found.abscissa[jnp.argmax(found.inside)])
        return replace(found, read=read & target_read_within(goal.target, points, lambda part: evaluate(part, "reading")))
    value, wanted = jnp.asarray(_array(measure), float), jnp.asarray(_array(target), float)
    if value.shape != wanted.shape:
        raise _wrong_shape(goal, f"the measure has the shape {value.shape}, the target {wanted.shape}")
    # Components that are not asked for take no part in anything, not even in the number of residuals.
    asked = None if goal.asked is None else np.asarray(goal.asked)
    places = np.arange(value.size) if asked is None else np.flatnonzero(asked)
    miss = (value - wanted).reshape(-1)[places]
    scale = _scale(scale, jnp.abs(wanted).max())
    residuals = jnp.sqrt(weight / len(places)) * miss / scale
    shown = wanted if asked is None else jnp.where(asked, wanted, jnp.nan)
    found = GoalValue(
        value, jnp.sum(residuals**2), shown, None, None, jnp.abs(miss).max(), tolerance, scale=scale, read=read
    )
    return replace(found, residuals=residuals, asked=None if asked is None else jnp.asarray(asked))


def _curve_goal(
    measure: Curve,
    target: Callable[[Array], Value],
    domain: Range[Value] | None,
    scale: Value,
    weight: Array,
    tolerance: Array | None,
) -> GoalValue:
    abscissa = jnp.asarray(measure.abscissa, float)
    value = jnp.asarray(measure.ordinate, float)
    if domain is None:
        inside = jnp.ones(abscissa.shape, bool)
        safe, covered = abscissa, True
    else:
        low, high = jnp.minimum(domain.start, domain.stop), jnp.maximum(domain.start, domain.stop)
        slack = SLACK * (high - low)
        inside = (abscissa >= low - slack) & (abscissa <= high + slack)
        # Where the target is not asked for it need not exist, and what does not exist must not reach the gradient.
        safe = jnp.where(inside, abscissa, high)
        covered = _reaches(abscissa, low, high, slack)
    wanted = jnp.broadcast_to(jnp.asarray(target(safe), float), abscissa.shape)
    miss = jnp.where(inside, value - wanted, 0.0)
    # No increment in the domain: not a number, so that nobody takes the goal for met.
    count = jnp.where(inside.any(), inside.sum(), jnp.nan)
    scale = _scale(scale, jnp.where(inside, jnp.abs(wanted), 0.0).max())
    residuals = jnp.sqrt(weight / count) * miss / scale
    contribution = jnp.sum(residuals**2)
    deviation = jnp.abs(miss).max() + 0 * count
    found = GoalValue(value, contribution, wanted, abscissa, inside, deviation, tolerance, covered, scale)
    return replace(found, residuals=residuals)


def _reaches(abscissa: Array, low: Array, high: Array, slack: Array) -> Array:
    """Whether a load that begins at 0 goes to the far end of a range; increments to its near end there need not be."""
    return jnp.where(jnp.abs(high) >= jnp.abs(low), abscissa.max() >= high - slack, abscissa.min() <= low + slack)


def requirement_value(requirement: graph.Requirement, evaluate: Evaluate) -> RequirementValue:
    """One requirement's value and what its violation contributes, scaled by the larger bound (1 if both are zero)."""
    value = _scalar(evaluate(requirement.measure, "measure"), requirement)
    read = read_within(requirement.measure, lambda part: evaluate(part, "reading"))
    bounds = [evaluate(bound, part) for bound, part in ((requirement.lower, "lower"), (requirement.upper, "upper"))]
    lower, upper = (None if bound is None else jnp.asarray(bound, float) for bound in bounds)
    scale = _scale(None, jnp.stack([_magnitude(bound) for bound in (lower, upper)]).max())
    beyond = ([] if lower is None else [lower - value]) + ([] if upper is None else [value - upper])
    return RequirementValue(value, jnp.asarray(beyond, float) / scale, lower, upper, read)


def _magnitude(bound: Array | None) -> Array:
    """|bound|, zero where there is none or it is infinite."""
    if bound is None:
        return jnp.zeros(())
    return jnp.where(jnp.isfinite(bound), jnp.abs(bound), 0.0)


def _scale(given: Value, default: Array) -> Array:
    if given is not None:
        return jnp.asarray(given, float)
    return jnp.where(default > 0, default, 1.0)


def _array(value: Value) -> Value:
    return jnp.asarray(value) if isinstance(value, tuple) else value


def _scalar(measure: Value, place: graph.Goal | graph.Requirement) -> Array:
    if isinstance(measure, Curve):
        raise _wrong_shape(place, "a curve is not a single number; take its value at a point, its `min`, `max` or `mean`")
    value = jnp.asarray(_array(measure), float)
    if value.shape:
        raise _wrong_shape(place, f"the measure has the shape {value.shape}, a single number is needed")
    return value


def _wrong_shape(place: graph.Goal | graph.Requirement, note: str) -> DiagnosticError:
    label = Label(place.measure.span)
    return DiagnosticError((Diagnostic("M0576", f"`{place.name}` cannot be judged", (label,), (note,)),))


def total(goals: Mapping[str, GoalValue], requirements: Mapping[str, RequirementValue]) -> Array:
    """The loss: the sum of all contributions."""
    parts = [each.contribution for each in (*goals.values(), *requirements.values())]
    return jnp.sum(jnp.stack(parts)) if parts else jnp.zeros(())
