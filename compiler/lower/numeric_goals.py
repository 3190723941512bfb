"""Goals as plain numbers: what a study that searches or draws designs is given of them."""

from __future__ import annotations

import numpy as np

from metac.compiler.constant_values import value_or_none
from metac.compiler.graph import Goal, Reference
from metac.compiler.interfaces.measure import NamedMeasure
from metac.compiler.interfaces.study import NumericGoal
from metac.compiler.lower.linked_plan import LinkedPlan
from metac.compiler.lower.traced_objects import TracedObjects


def numeric_goals(linked: LinkedPlan, trace: TracedObjects) -> dict[str, NumericGoal]:
    """The goals of a plan by name; without those of curves and tensors, and those that depend on free parameters.

    `trace` gives their parts, for given inputs and no free parameters.
    """
    found = {}
    for goal in linked.plan.design.goals:
        given = {"target": goal.target, "scale": goal.scale, "weight": goal.weight, "tolerance": goal.tolerance}
        try:
            parts = {part: trace.part(f"{goal.name}.{part}", each) for part, each in given.items()}
        except KeyError:
            continue  # a generator's parameters, of which there are none here
        if any(callable(value) or np.ndim(value) for value in parts.values() if value is not None):
            continue
        target, scale, weight, tolerance = (None if value is None else float(value) for value in parts.values())
        # As `goal_value` does: the target's magnitude, 1 where it is zero or there is none.
        default = abs(target) if target else 1.0
        weight = 1.0 if weight is None else weight
        found[goal.name] = NumericGoal(_measure_of(goal, linked), goal.sense, target, scale or default, weight, tolerance)
    return found


def _measure_of(goal: Goal, linked: LinkedPlan) -> str | None:
    """What data sets call the measure that a goal is about, where it is nothing but that measure."""
    if not isinstance(goal.measure, Reference):
        return None
    node = linked.plan.design.nodes[goal.measure.node]
    if not node.definition.kind.called:
        return None
    target = linked.implementations[node.name].target
    if isinstance(target, NamedMeasure):
        known = {name: value_or_none(value, linked.plan.parameters) for name, value in node.fields.items()}
        return target.label(known) or node.definition.name
    return node.definition.name
