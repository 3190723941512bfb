"""What a study ends with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from metac.runtime.errors import RuntimeFailure
from metac.runtime.optimise.evaluation import Tree
from metac.runtime.optimise.optimisation_state import Failed


@dataclass(frozen=True)
class Outcome:
    """The best parameters found, and how the study ended."""

    theta: Tree
    """One tree of parameters per generator, by name."""
    loss: float | None
    """The loss at `theta`, without unit; None where the last stage could not even start."""
    steps: int
    """Steps taken in all descents."""
    reason: str
    """Why the last descent ended: "stop rule", "step limit", "no lower loss" or "failed"."""
    failures: tuple[Failed, ...] = ()
    """Descents that could not go on."""
    failure: RuntimeFailure | None = None
    """Set where every descent of a stage failed: `theta` is then the best before it."""
    report: Any = None
    """What the objective of the last stage told of `theta`."""
    program: Any = None
    """What `theta` counts on: the program, with bodies meshed anew as they were in the run."""
    frozen: tuple[Tree, ...] = ()
    """The varying generator's parameters that were frozen each time bodies were meshed anew: their movements come first."""
    sketches: tuple[Any, ...] = ()
    """What the study itself has to show (`runtime/report/drawings.py:Sketch`)."""
