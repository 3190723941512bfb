"""Errors as messages and exit codes."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from metac.commands import exit_codes
from metac.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError

if TYPE_CHECKING:
    from metac.compiler.graph import Design as Graph


def show(diagnostics: Sequence[Diagnostic], form: str = "text") -> None:
    """Show diagnostics: as text on stderr, for people; as JSON or SARIF on stdout, for programs."""
    if form == "json":
        from metac.dsl.diagnostics.machine import to_json

        print(to_json(diagnostics))
    elif form == "sarif":
        from metac.dsl.diagnostics.machine import to_sarif

        print(to_sarif(diagnostics))
    elif diagnostics:
        from metac.dsl.diagnostics.render import render

        print(render(diagnostics, colour=sys.stderr.isatty()), file=sys.stderr)


def code_for(error: BaseException, form: str = "text", graph: Graph | None = None) -> int:
    """Tell of an error and give its exit code; what nobody foresaw is a defect of ours."""
    if isinstance(error, DiagnosticError):
        from metac.api.spec import UnreadableSpec

        show(error.diagnostics, form)
        return exit_codes.USAGE if isinstance(error, UnreadableSpec) else exit_codes.SPEC_WRONG
    from metac.api.failures import diagnostic_of, is_failure

    if is_failure(error):
        show((diagnostic_of(error, graph),), form)
        return exit_codes.FAILED
    return defect(error)


def defect(error: BaseException) -> int:
    """A short message, with the traceback in a file."""
    print(f"metac: a defect of ours: {type(error).__name__}: {_first_line(error)}", file=sys.stderr)
    path = _keep(error)
    if path is not None:
        print(f"The traceback is in {path}; please send it to us with the spec.", file=sys.stderr)
    return exit_codes.DEFECT


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else "no message"


def _keep(error: BaseException) -> Path | None:
    """Write the traceback into a file of its own, readable by its owner."""
    import os
    import tempfile

    text = "".join(traceback.format_exception(error))
    try:
        handle, name = tempfile.mkstemp(prefix="metac-traceback-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        return Path(name)
    except OSError:
        return None
