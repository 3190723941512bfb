"""The front of the compiler on one screen: text → syntax tree → typed graph → checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from metac.compiler import graph
from metac.compiler.allowed_warnings import without_allowed
from metac.compiler.checks import run_checks
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.elaborate import elaborate_what_is_sound
from metac.compiler.library.definitions import Definition
from metac.compiler.library.imports import imported_files, open_library
from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from metac.dsl.parser import parse
from metac.dsl.source import Source


@dataclass(frozen=True)
class CheckResult:
    """What a spec means, as far as it is sound, and all that was found in it."""

    module: ast.Module
    design: graph.DesignGraph | None
    """None where there are errors."""
    diagnostics: tuple[Diagnostic, ...]
    definitions: tuple[Definition, ...]
    """The definitions that the spec uses."""
    imported: Mapping[str, Source]
    """The texts of the files that it imports, by their path from the spec's folder."""

    @property
    def failed(self) -> bool:
        """Whether there are errors, not only warnings."""
        return self.design is None

    def design_or_raise(self) -> graph.DesignGraph:
        """The design. Raises DiagnosticError where there are errors."""
        if self.design is None:
            raise DiagnosticError(self.diagnostics)
        return self.design


def check(
    source: Source,
    overrides: Mapping[str, object] | None = None,
    *,
    folder: Path | None = None,
    kept: Mapping[str, Source] | None = None,
    chosen: Mapping[str, int] | None = None,
) -> CheckResult:
    """Find all errors of a spec, or its design; never raises, whatever the text.

    `overrides` are values from outside by dotted name: texts are expressions, others Python values. `folder` is where
    imports start from and what they may not leave; by default the folder of the source. `kept` are texts of imported files,
    by their path from there, in place of what these files hold now. `chosen` are places in sweeps over objects, from 0.
    """
    findings = DiagnosticsSink()
    parsed = parse(source)
    for diagnostic in parsed.diagnostics:
        findings.add(diagnostic)
    library = open_library(parsed.module, findings, folder, kept=kept, lacks_statements=bool(parsed.diagnostics))
    elaboration = elaborate_what_is_sound(library, overrides or {}, chosen)
    run_checks(elaboration, findings)
    imported = imported_files(library)
    return CheckResult(
        parsed.module,
        None if findings.failed else elaboration.design,
        without_allowed(findings.all, source, imported.values()),
        tuple(library.used.values()),
        imported,
    )
