"""The stages of a spec's compilation, from text to program; each is computed when it is first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metac.dsl.diagnostics.diagnostic import Diagnostic
from metac.dsl.source import Source

if TYPE_CHECKING:
    from metac.compiler.graph import DesignGraph
    from metac.compiler.lower.program import Program
    from metac.compiler.pipeline import CheckResult
    from metac.compiler.plan import Plan


class Compilation:
    """A spec with values set from outside, and what the compiler makes of it. Immutable.

    Every stage is computed when it is first asked for, and then stored.
    """

    def __init__(
        self,
        source: Source,
        *,
        folder: Path,
        overrides: Mapping[str, Any] | None = None,
        chosen: Mapping[str, int] | None = None,
        name: str | None = None,
        imported: Mapping[str, Source] | None = None,
    ) -> None:
        """Args:
        source: the text.
        folder: what imports are relative to.
        overrides: values from outside, by dotted name.
        chosen: by sweep, which of its values counts (from 0); the first where it is not named.
        name: of the design; by default that of the source's file, without its ending.
        imported: texts of imported files by their path from the folder, in place of what the files hold now.
        """
        self.source, self.folder = source, folder
        self.overrides: dict[str, Any] = dict(overrides or {})
        self.chosen: dict[str, int] = dict(chosen or {})
        self.name: str = name if name is not None else _name_of(source)
        self.kept: dict[str, Source] = dict(imported or {})

    def __getstate__(self) -> dict[str, Any]:
        """What the design was made from: stages of the compilation are computed again where they are asked for."""
        return {key: vars(self)[key] for key in ("source", "folder", "overrides", "chosen", "name", "kept")}

    @cached_property
    def _checked(self) -> CheckResult:
        from metac.api.formula_cache import enable
        from metac.compiler.interfaces.spec_files import files_relative_to
        from metac.compiler.pipeline import check

        enable()
        with files_relative_to(self.folder):
            return check(self.source, self.overrides, folder=self.folder, kept=self.kept, chosen=self.chosen)

    @property
    def imported(self) -> Mapping[str, Source]:
        """The texts of all files that the spec imports, by their path from its folder.

        >>> dict(metac.load("cell.meta").imported)
        {}
        """
        return self._checked.imported

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All errors and warnings of the spec, in the order of the text.

        >>> (found,) = metac.load("cell.meta").set({"cell.size": "1 kg"}).diagnostics
        >>> found.code, found.severity
        ('M0402', 'error')
        """
        return self._checked.diagnostics

    @property
    def graph(self) -> DesignGraph:
        """The typed graph.

        Raises:
            DiagnosticError: with all errors, where the spec is wrong.
        """
        return self._checked.design_or_raise()

    @property
    def graph_if_sound(self) -> DesignGraph | None:
        """The typed graph, or None where the spec is wrong."""
        return self._checked.design

    def plan(self, stage: int = 0) -> Plan:
        """What is computed, in order, at the chosen values of sweeps and at the given stage of a continuation.

        >>> dict(metac.load("cell.meta").plan().parameters)["wanted"]
        10.0

        Raises:
            DiagnosticError: where the spec is wrong or a parameter without default is not given.
        """
        from metac.compiler.interfaces.spec_files import files_relative_to

        with files_relative_to(self.folder):
            return self._plan(stage)

    def _plan(self, stage: int) -> Plan:
        from metac.compiler.constant_values import evaluate
        from metac.compiler.plan import make_plan

        graph = self.graph
        values: dict[str, Any] = {}
        places = [(sweep, self.chosen.get(sweep.name, 0)) for sweep in graph.sweeps if not sweep.of_objects]
        places += [(stages, min(stage, len(stages.values) - 1)) for stages in graph.stages]
        plan = make_plan(graph)
        for _ in places:
            # What one goes through may depend on another: as often as there are of them, until nothing changes.
            known = dict(plan.parameters)
            chosen = {each.name: evaluate(each.values[place], known) for each, place in places}
            if chosen == values:
                break
            values = chosen
            plan = make_plan(graph, values)
        return plan

    def program(self) -> Program:
        """Pure JAX functions of the design's free parameters: `init`, `loss`, `evaluate`; ready for `jit`, `grad`, `vmap`.

        Building it makes the mesh. Switches JAX to double precision, and its cache of compiled programs on, unless the
        program around it has set up one of its own.

        >>> program = metac.load("cell.meta").program()
        >>> theta = program.init(jax.random.key(0))
        >>> loss, gradient = jax.value_and_grad(program.loss)(theta)
        >>> bool(loss > 0), gradient["field"].shape
        (True, (8, 8))

        Raises:
            DiagnosticError: where the spec is wrong, or the library cannot build what it asks for.
        """
        return self._program

    @cached_property
    def _program(self) -> Program:
        from metac.api.compilation_cache import enable
        from metac.compiler.interfaces.spec_files import files_relative_to
        from metac.compiler.lower.linking import link
        from metac.runtime.memory import return_memory_after_compilations

        return_memory_after_compilations()
        enable()
        plan = self.plan()
        with files_relative_to(self.folder):
            return link(plan)


def _name_of(source: Source) -> str:
    """The name of a source's file without its ending; "design" where it is no file."""
    return "design" if source.name.startswith("<") else Path(source.name).stem
