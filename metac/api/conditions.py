"""How a design is run: everything that is not in the design itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from metac.dsl.diagnostics.diagnostic import Diagnostic
from metac.runtime.runs.checkpoints import Checkpoint
from metac.runtime.runs.progress import NoProgress, Progress
from metac.runtime.runs.recorder import Recorder


@dataclass
class Conditions:
    """How a design is run; `recorder` is set by the run."""

    seed: int = 0
    restart: int = 0
    """The first restart of the study: which of the seed's random parameters it starts from."""
    refinement: float = 2.0
    """How much finer the fresh mesh of the final check is."""
    solver: str = ""
    """The sparse solver, by name."""
    figures: tuple[str, ...] = ()
    """Formats of figures beside PNG."""
    progress: Progress = field(default_factory=NoProgress)
    stop_requested: Callable[[], bool] = lambda: False
    """Asked after every step: whether the user wants to stop."""
    checkpoint: Checkpoint | None = None
    """To resume from."""
    earlier_seconds: float = 0.0
    """How long the run took before it was interrupted, in all sessions together."""
    warnings: list[Diagnostic] = field(default_factory=list)
    checkpoint_steps: int | None = None
    """Most steps between checkpoints; None leaves it to the recorder."""
    recorder: Recorder | None = None
    """Of the run, once it has begun."""
