"""New ground for a descent: the same design, discretised anew, with parameters that go on from there.

Ground is what parameters stand on, for movements of a mesh the mesh. It wears: what the parameters did to it makes its
values unreliable. Renewed, their work so far is frozen into it, and the descent goes on from parameters at rest.
"""

from __future__ import annotations

from typing import Protocol

from metac.runtime.errors import RuntimeFailure
from metac.runtime.optimise.evaluation import Evaluate, Sample, Tree
from metac.runtime.optimise.optimisation_state import Frozen

WORN = "worn mesh"
DISAGREES = "the mesh made anew disagrees"
FOLDED = "a step that folds the mesh"
PAUSES = (WORN, DISAGREES)
"""Reasons of a `Position` that ask for new ground; the descent goes on afterwards."""


class Renewal(Protocol):
    """Whoever can lay new ground; a campaign decides when."""

    def worn(self, sample: Sample) -> bool:
        """Whether the ground is so worn at a sample that it should be renewed."""
        ...

    def cures(self, failure: RuntimeFailure) -> bool:
        """Whether a sample that failed this way may succeed on new ground."""
        ...

    def agrees(self, sample: Sample, frozen: Frozen, stage: int) -> bool:
        """Whether new ground at a sample tells the same of it as the ground made of `frozen` did."""
        ...

    def rest(self, theta: Tree) -> Tree:
        """The parameters to go on from where `theta` was frozen."""
        ...

    def objective(self, frozen: Frozen, stage: int) -> Evaluate:
        """A stage's objective on the ground made of `frozen`, the latest of which is kept for the next call.

        Raises:
            RuntimeFailure: where the ground cannot be laid.
        """
        ...
