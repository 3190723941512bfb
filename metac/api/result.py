"""What a run ends with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metac.dsl.diagnostics.diagnostic import Diagnostic
from metac.runtime.report.drawings import Drawing, Sketch
from metac.runtime.report.verdicts import Verdict, all_met

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Result:
    """A design after its run; numbers in internal units (mm, N, MPa, s, radian).

    >>> result = metac.load("cell.meta").run()
    >>> verdict = result.goals["stiffness(rve)[1, 1]"]
    >>> verdict.met, abs(verdict.value - 10) < 1
    (True, True)
    >>> result.history[-1]["loss"] < result.history[0]["loss"]
    True
    >>> result.theta["field"].shape
    (8, 8)
    >>> print(result.save("kept").name)
    kept
    """

    name: str
    """Of the spec."""
    goals: Mapping[str, Verdict]
    """Goals and requirements by name: target, value, verdict, on the run's mesh and on a fresh one."""
    history: Sequence[Mapping[str, Any]]
    """One record a step: `loss`, `best`, `goals`, `seconds`, …"""
    theta: Any = field(repr=False)
    """The best free parameters, one tree of arrays per generator; None where the run was read from its folder."""
    program: Any = field(repr=False)
    """What `theta` belongs to: the design's program, with bodies remeshed as they were in the run."""
    frozen: Sequence[Any] = field(repr=False)
    """Parameters that were frozen at each remeshing: their movements come first, then that of `theta`."""
    drawings: Sequence[Drawing | Sketch] = field(repr=False)
    """Bodies and their loaded states, to draw."""
    body: Any = field(repr=False)
    """The last body that is loaded: `.mesh`, `.coordinates`; None where there is none."""
    summary: Mapping[str, Any] = field(repr=False)
    """What `result.json` holds."""
    warnings: Sequence[Diagnostic] = ()
    """What should be known about this result."""
    failure: Diagnostic | None = None
    """Why the run ended early, where it did; the result is then the best before."""
    folder: Path | None = None
    """The run's folder; None where it stayed in memory."""

    @property
    def met(self) -> bool:
        """Whether the run did not fail and every goal and requirement is met, on the fresh mesh where there is one."""
        return self.failure is None and all_met(tuple(self.goals.values()))

    def table(self) -> str:
        """Goals, targets, what was reached, verdicts, as plain text."""
        from metac.runtime.report.table import HEADINGS, lines, rows

        return "\n".join(lines(HEADINGS, rows(tuple(self.goals.values()))))

    def plot(self) -> Figure:
        """The design, or its deformed states where there is a load."""
        from metac.runtime.report.drawings import figure_of

        if not self.drawings:
            raise ValueError("there is no body to draw")
        return figure_of(self.drawings[-1])

    def save(self, path: str | Path) -> Path:
        """Write `result.json`, history, meshes and figures into a new or empty folder.

        Raises:
            FolderFailure: if it cannot be used.
        """
        from metac.runtime.report.result_files import write_results
        from metac.runtime.runs.folder import RunFolder

        folder = RunFolder.create(Path(path))
        try:
            write_results(folder.path, self.summary, self.drawings, tuple(self.goals.values()), self.history, self.name)
        finally:
            folder.close()
        return folder.path
