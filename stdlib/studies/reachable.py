"""How near to its targets a linear system would come if its loads were scaled: what the best multiple of all loads leaves.

Displacements of a linear system grow with its loads. Where even the best multiple of what was found is far from the targets,
it is their shape that the system does not have, not their size.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class BestMultiple(NamedTuple):
    """Of all loads together."""

    factor: float
    """u · t / u · u; negative where loads should be reversed."""
    error: float
    """√(Σ(factor u − t)² / Σt²): 1 where no multiple is better than no load."""

    @property
    def words(self) -> str:
        """For the end of a run."""
        return f"the best multiple of its loads, {self.factor:.3g}, would leave an RRMSE of {self.error:.3g}"


def best_multiple(evaluation: Any) -> BestMultiple | None:
    """Of the goals with a target of an `Evaluation` whose values are linear in the loads; None without target or response.

    No system with this stiffness comes nearer, whatever the size of its loads, if all are scaled alike.
    """
    goals = [goal for goal in evaluation.goals.values() if goal.residuals is not None]
    if not goals:
        return None
    found = np.concatenate([np.ravel(np.asarray(goal.value, float)) for goal in goals])
    wanted = np.concatenate([np.ravel(np.asarray(goal.target, float)) for goal in goals])
    squares, targets = float(found @ found), float(wanted @ wanted)
    if not squares or not targets:
        return None
    factor = float(found @ wanted) / squares
    return BestMultiple(factor, float(np.linalg.norm(factor * found - wanted)) / float(np.sqrt(targets)))
