"""What studies read of a program's evaluation: the first failure, and what the history records."""

from __future__ import annotations

from typing import Any

import numpy as np

from metac.runtime import errors
from metac.runtime.errors import RuntimeFailure
from metac.stdlib.studies.remeshing import smallest_jacobian


def first_failure(evaluation: Any) -> RuntimeFailure | None:
    """The first failure that a load's status reports, or None."""
    return errors.first_failure(evaluation.status)


def describe(evaluation: Any) -> dict[str, Any]:
    """What the history records: each goal's value (a curve's or tensor's largest deviation) and its share of the loss, and
    the smallest Jacobian ratio of the loaded meshes."""
    if evaluation is None:
        return {}
    goals = {}
    for name, goal in evaluation.goals.items():
        single = np.ndim(goal.value) == 0
        goals[name] = {
            "value" if single else "deviation": float(goal.value if single else goal.deviation),
            "contribution": float(goal.contribution),
        }
    ratio = smallest_jacobian(evaluation)
    return {"goals": goals} if ratio is None else {"goals": goals, "jacobian": ratio}
