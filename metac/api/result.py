"""What a run ends with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metac.dsl.diagnostics.diagnostic import Diagnostic
from metac.runtime.report.reported import Reported
from metac.runtime.report.verdicts import Verdict, all_met

if TYPE_CHECKING:
    import meshio
    from matplotlib.figure import Figure

    from metac.api.compilation import Compilation
    from metac.api.conditions import Conditions
    from metac.runtime.optimise.outcome import FrozenMovement
    from metac.runtime.report.drawings import Drawing, Sketch


@dataclass(frozen=True)
class Reached:
    """The design that a run ended with, in the form that it was computed in."""

    program: Any
    theta: Any
    frozen: Sequence[FrozenMovement]
    """At each remeshing."""
    drawings: Sequence[Drawing | Sketch]
    body: Any


@dataclass(frozen=True, repr=False)
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
    reports: Mapping[str, Reported]
    """What the spec reports, by name: values on the run's mesh and on fresh ones, judged by nothing."""
    history: Sequence[Mapping[str, Any]]
    """One record a step: `loss`, `best`, `goals`, `seconds`, …"""
    summary: Mapping[str, Any]
    """What `result.json` holds."""
    warnings: Sequence[Diagnostic]
    """What should be known about this result."""
    failure: Diagnostic | None
    """Why the run ended early, where it did; the result is then the best before."""
    folder: Path | None
    """The run's folder; None where it stayed in memory."""
    design: Compilation
    """What was run."""
    conditions: Conditions
    """How it was run: seed, solver, …"""
    _reach: Callable[[], Reached] = field(repr=False)
    """Gives the design that the run ended with; of a run that was opened from its folder, it is made again when asked."""
    _in_memory: bool = field(default=True, repr=False)
    """Whether that takes no time."""

    def __repr__(self) -> str:
        judged = [verdict for verdict in self.goals.values() if verdict.met is not None]
        met = f"{sum(verdict.final for verdict in judged)} of {len(judged)} goals met" if judged else "no goals to meet"
        parts = [met, f"{self.summary['steps']} steps", f"ended by: {self.summary['ended']}"]
        failed = [f"failed: {self.failure.message}"] if self.failure else []
        return f"<metac result {self.name}: {', '.join([*parts, *failed])}>"

    def __str__(self) -> str:
        return f"{self!r}\n{self.table()}" if self.goals or self.reports else repr(self)

    def _repr_html_(self) -> str:
        from metac.api.rich_output import result_html

        return result_html(self)

    @property
    def at_hand(self) -> bool:
        """Whether bodies and drawings are in memory; of an opened run they are made again, which may take a while."""
        return self._in_memory or "_reached" in vars(self)

    @property
    def met(self) -> bool:
        """Whether the run did not fail and every goal and requirement is met, on the fresh mesh where there is one."""
        return self.failure is None and all_met(tuple(self.goals.values()))

    @cached_property
    def _reached(self) -> Reached:
        return self._reach()

    @property
    def theta(self) -> Any:
        """The best free parameters, one tree of arrays per generator."""
        return self._reached.theta

    @property
    def program(self) -> Any:
        """What `theta` belongs to: the design's program, with bodies remeshed as they were in the run."""
        return self._reached.program

    @property
    def frozen(self) -> Sequence[Mapping[str, Any]]:
        """Parameters that were frozen at each remeshing: their movements come first, then that of `theta`."""
        return [each.theta for each in self._reached.frozen]

    @property
    def drawings(self) -> Sequence[Drawing | Sketch]:
        """Bodies and their loaded states, to draw."""
        return self._reached.drawings

    @property
    def body(self) -> Any:
        """The last body that is loaded: `.mesh`, `.coordinates`; None where there is none."""
        return self._reached.body

    @property
    def studies(self) -> Sequence[Mapping[str, Any]]:
        """The studies in the order in which they ran: `name`, `steps`, `ended`, `loss`, `seconds` of each."""
        return self.summary.get("studies", [])

    @property
    def varied(self) -> Mapping[str, Mapping[str, Any]]:
        """Parameters of the spec that the study varied, by name: `start`, `value`, `range`, `unit`, `at_bound`."""
        return self.summary.get("varied", {})

    def table(self) -> str:
        """Goals, targets, what was reached, verdicts, how drawings differ from beams, what varied, and reports, as text."""
        from metac.api.drawing_check import drawn_rows
        from metac.api.varied_values import varied_table
        from metac.runtime.report import reported
        from metac.runtime.report.table import HEADINGS, lines, rows

        judged = [*rows(tuple(self.goals.values())), *drawn_rows(self.summary.get("drawn", {}))]
        tables = [lines(HEADINGS, judged)] if judged else []
        if self.varied:
            tables.append(lines(*varied_table(self.varied)))
        if self.reports:
            tables.append(lines(reported.HEADINGS, reported.rows(tuple(self.reports.values()))))
        return "\n\n".join("\n".join(table) for table in tables)

    def plot(self) -> Figure:
        """The design, or its deformed states where there is a load.

        Raises:
            ValueError: if there is no body to draw.
        """
        from metac.runtime.report.drawings import figure_of

        if not self.drawings:
            raise ValueError("there is no body to draw")
        return figure_of(self.drawings[-1])

    @property
    def meshes(self) -> Mapping[str, Sequence[meshio.Mesh]]:
        """Of each load, or body without one: a mesh with fields for each increment; lengths in mm, stresses in MPa.

        Displacement and strains are fields at nodes (`point_data`), what an element has in `cell_data`.
        """
        from metac.runtime.report.drawings import Drawing
        from metac.runtime.report.mesh_export import meshes_of

        return {each.name: meshes_of(each) for each in self.drawings if isinstance(each, Drawing)}

    def to_pyvista(self, name: str | None = None, increment: int = -1) -> Any:
        """One of `meshes` as a grid of PyVista, to look at from all sides: of the last load, at its last increment.

        Raises:
            ModuleNotFoundError: where PyVista is not installed.
            KeyError: for a name that no load and no body has.
            IndexError: for an increment that there is not.
            ValueError: if nothing is meshed.
        """
        try:
            pyvista = import_module("pyvista")
        except ModuleNotFoundError as missing:
            raise ModuleNotFoundError("PyVista is not installed: `pip install pyvista`", name="pyvista") from missing
        meshes = self.meshes
        if not meshes:
            raise ValueError("there is no mesh to show")
        return pyvista.from_meshio(meshes[name if name is not None else list(meshes)[-1]][increment])

    def save(self, path: str | Path, figures: Sequence[str] = ()) -> Path:
        """Write everything into a new or empty folder, as a run does: it can be resumed, opened, and started from.

        Args:
            path: of the folder.
            figures: formats of figures beside PNG: "svg", "pdf".

        Raises:
            FolderFailure: if it cannot be used.
            ValueError: for a format that is neither.
        """
        from metac.api.saving import save
        from metac.runtime.report.formats import checked_formats

        return save(self, Path(path), checked_formats(figures))
