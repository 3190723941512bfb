"""Remeshing during optimisation: the same design on a new mesh, with parameters that start from rest there.

What parameters do to a mesh distorts it, and values on a distorted mesh are unreliable. So their movements are frozen into a
new mesh of the moved outlines, and the optimisation continues from parameters at which nothing moves.
"""

from __future__ import annotations

from typing import Protocol

from metac.runtime.errors import RuntimeFailure
from metac.runtime.optimise.evaluation import Evaluator, LossEvaluation, Tree
from metac.runtime.optimise.optimisation_state import Frozen

DISTORTED = "distorted mesh"
DISAGREES = "the new mesh disagrees"
INVERTED = "a step that inverts an element"
PAUSES = (DISTORTED, DISAGREES)
"""Reasons of a `LoopState` that ask for a new mesh; the optimisation continues afterwards."""


class Remesher(Protocol):
    """Whoever can make a new mesh; the multi-start driver decides when."""

    def distorted(self, evaluation: LossEvaluation) -> bool:
        """Whether the mesh of an evaluation is so distorted that it should be replaced."""
        ...

    def may_fix(self, failure: RuntimeFailure) -> bool:
        """Whether an evaluation that failed this way may succeed on a new mesh."""
        ...

    def agrees(self, evaluation: LossEvaluation, frozen: Frozen, stage: int) -> bool:
        """Whether a new mesh of the evaluated design gives the same values as the mesh that `frozen` led to."""
        ...

    def at_rest(self, theta: Tree) -> Tree:
        """The parameters to continue from where `theta` was frozen."""
        ...

    def objective(self, frozen: Frozen, stage: int) -> Evaluator:
        """A stage's objective on the mesh that `frozen` leads to, the latest of which is cached for the next call.

        Raises:
            RuntimeFailure: where the mesh cannot be made.
        """
        ...
