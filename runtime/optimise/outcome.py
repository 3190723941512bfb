"""What a study ends with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from metac.runtime.errors import RuntimeFailure
from metac.runtime.optimise.evaluation import Tree
from metac.runtime.optimise.optimisation_state import FailedStart


@dataclass(frozen=True)
class FrozenMovement:
    """What a generator did before bodies were remeshed: it is frozen into the mesh, later movements come on top."""

    generator: str
    """The one that moved."""
    theta: Mapping[str, Tree]
    """Its parameters, by its name; with them those of other generators that count from here on, where that is not known."""
    stage: int
    """The stage in which that was, from 0."""


@dataclass(frozen=True)
class Outcome:
    """The best parameters found, and how the study ended."""

    theta: Tree
    """One tree of parameters per generator, by name."""
    loss: float | None
    """The loss at `theta`, without unit; None where the last stage could not even start."""
    steps: int
    """Steps taken in all starts."""
    reason: str
    """Why the last start ended: "stop rule", "step limit", "no lower loss" or "failed"."""
    failures: tuple[FailedStart, ...] = ()
    """Starts that could not continue."""
    failure: RuntimeFailure | None = None
    """Set where every start of a stage failed: `theta` is then the best before it."""
    report: Any = None
    """What the objective of the last stage reported of `theta`."""
    program: Any = None
    """What `theta` counts on: the program, with bodies remeshed as they were in the run."""
    frozen: tuple[FrozenMovement, ...] = ()
    """What was frozen each time bodies were remeshed in this study, the first one first."""
    sketches: tuple[Any, ...] = ()
    """What the study itself has to show (`runtime/report/drawings.py:Sketch`)."""
    estimates: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Of a fit, by parameter: `standard_error`, `interval` and `profile_interval`, internal units, None where not known."""
    fit: Mapping[str, Any] = field(default_factory=dict)
    """Of a fit as a whole, JSON values: `confidence`, `degrees_of_freedom`, `residual_deviation`, `correlation`."""
