"""A design: the text of a spec, with values set from outside; compiled step by step, when asked."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metac.dsl.diagnostics.diagnostic import Diagnostic
from metac.dsl.files import read_source
from metac.dsl.source import Source

if TYPE_CHECKING:
    from metac.api.result import Result
    from metac.compiler.graph import Design as Graph
    from metac.compiler.lower.program import Program
    from metac.compiler.pipeline import CheckResult
    from metac.compiler.plan import Plan
    from metac.runtime.report.progress import Progress


def load(path: str | Path) -> Design:
    """The design of a spec file. Nothing is checked yet; see `Design.diagnostics`.

    Raises:
        DiagnosticError: if the file cannot be read as a text.
    """
    return Design(read_source(path), folder=Path(path).parent)


def compile(text: str, /, **values: Any) -> Design:
    """The design of a spec that is given as text; `values` set its parameters, by value and never by pasting text.

    metac.compile('param nu: Scalar\\n…', nu=-0.3)
    """
    design = Design(Source("<text>", text), folder=Path())
    return design.set(values) if values else design


class Design:
    """A spec with values set from outside. Immutable: `set` gives another design.

    Every stage is computed when it is first asked for, and kept.
    """

    def __init__(
        self,
        source: Source,
        *,
        folder: Path,
        overrides: Mapping[str, Any] | None = None,
        chosen: Mapping[str, int] | None = None,
    ) -> None:
        """Args:
        source: the text.
        folder: what imports are relative to.
        overrides: values from outside, by dotted name.
        chosen: by sweep, which of its values counts (from 0); the first where it is not named.
        """
        self.source, self.folder = source, folder
        self.overrides: dict[str, Any] = dict(overrides or {})
        self.chosen: dict[str, int] = dict(chosen or {})

    def __repr__(self) -> str:
        changed = "".join(f", {name}={value!r}" for name, value in self.overrides.items())
        return f"<metac design {self.source.name}{changed}>"

    def set(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> Design:
        """The same design with other values.

            design.set(nu_target=-0.3)
            design.set({"warp.hidden": [20, 20], "pull.strain": "5 %"})

        Names are parameters, or a field of a declaration with a dot. A text is read as an expression of the language,
        with its unit; a number, list or array is taken as it is, in internal units (mm, N, MPa, s, radian).
        """
        overrides = {**self.overrides, **(values or {}), **named}
        return type(self)(self.source, folder=self.folder, overrides=overrides, chosen=self.chosen)

    def choose(self, chosen: Mapping[str, int]) -> Design:
        """The same design at certain values of its sweeps, by their places in the lists, from 0."""
        return type(self)(self.source, folder=self.folder, overrides=self.overrides, chosen={**self.chosen, **chosen})

    @cached_property
    def _checked(self) -> CheckResult:
        from metac.compiler.interfaces.spec_files import files_relative_to
        from metac.compiler.pipeline import check

        with files_relative_to(self.folder):
            return check(self.source, self.overrides, folder=self.folder)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All errors and warnings of the spec, in the order of the text."""
        return self._checked.diagnostics

    @property
    def graph(self) -> Graph:
        """The typed graph.

        Raises:
            DiagnosticError: with all errors, where the spec is wrong.
        """
        return self._checked.design_or_raise()

    @property
    def graph_if_sound(self) -> Graph | None:
        """The typed graph, or None where the spec is wrong."""
        return self._checked.design

    def plan(self, stage: int = 0) -> Plan:
        """What is computed, in order, at the chosen values of sweeps and at the given stage of a continuation.

        Raises:
            DiagnosticError: where the spec is wrong or a parameter without default is not given.
        """
        from metac.compiler.constant_values import evaluate
        from metac.compiler.plan import make_plan

        graph = self.graph
        known, values = dict(make_plan(graph).parameters), {}
        places = [(sweep, self.chosen.get(sweep.name, 0)) for sweep in graph.sweeps]
        places += [(stages, min(stage, len(stages.values) - 1)) for stages in graph.stages]
        for continuation, place in places:
            values[continuation.name] = evaluate(continuation.values[place], known | values)
        return make_plan(graph, values)

    def program(self) -> Program:
        """Pure JAX functions of the design's free parameters: `init`, `loss`, `evaluate`; ready for `jit`, `grad`, `vmap`.

        Building it makes the mesh. Switches JAX to double precision.

        Raises:
            DiagnosticError: where the spec is wrong, or the library cannot build what it asks for.
        """
        return self._program

    @cached_property
    def _program(self) -> Program:
        from metac.compiler.interfaces.spec_files import files_relative_to
        from metac.compiler.lower.program import link
        from metac.runtime.memory import return_memory_after_compilations

        return_memory_after_compilations()
        plan = self.plan()
        with files_relative_to(self.folder):
            return link(plan)

    def run(
        self, *, seed: int = 0, out: str | Path | None = None, progress: Progress | None = None, refinement: float = 2.0
    ) -> Result:
        """Pursue the goals.

        Args:
            seed: of all random numbers.
            out: a new folder for history, checkpoints and results; None keeps everything in memory.
            progress: shows how it goes on; nothing by default.
            refinement: how much finer the fresh mesh of the final check is; at least 1.

        Raises:
            DiagnosticError: where the spec is wrong.
            RuntimeFailure: if the run fails.
        """
        from metac.api.execution import execute

        return execute(self, seed=seed, out=Path(out) if out is not None else None, progress=progress, refinement=refinement)
