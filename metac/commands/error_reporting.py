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
    from metac.compiler.graph import DesignGraph


NO_SPEC = {"M0122", "M0123"}
"""Codes of a spec that is not there or cannot be read: a wrong path, not a wrong spec."""
NO_SOLVER = "M0616"
"""Code of a solver that was asked for and is not there."""


def show(diagnostics: Sequence[Diagnostic], form: str = "text", *, spec: str | None = None, most: int | None = None) -> None:
    """Show diagnostics: as text on stderr, for people, not more than `most`; as JSON or SARIF on stdout, for programs.

    `spec` is the file that what has no place of its own is about.
    """
    left_out = diagnostics[most:] if most is not None and form == "text" else ()
    if left_out:
        from metac.dsl.diagnostics.render import summary

        show(diagnostics[:most], form)
        print(f"\n… and {summary(left_out)} more: `metac check --all` shows every one", file=sys.stderr)
    elif form == "json":
        from metac.dsl.diagnostics.json import to_json

        print(to_json(diagnostics), end="")
    elif form == "sarif":
        import metac
        from metac.api.codes import all_codes
        from metac.dsl.diagnostics.sarif import to_sarif

        print(to_sarif(diagnostics, version=metac.__version__, codes=all_codes()[0], spec=spec), end="")
    elif diagnostics and sys.stderr.isatty():
        from rich.console import Console

        from metac.dsl.diagnostics.render import styled

        console = Console(stderr=True)
        console.print(styled(diagnostics, width=console.width), soft_wrap=True)
    elif diagnostics:
        from metac.dsl.diagnostics.render import render

        print(render(diagnostics), end="", file=sys.stderr)


def say(text: str, form: str = "text") -> None:
    """Print for people: on stdout, or on stderr where a program reads stdout."""
    print(text, file=sys.stdout if form == "text" else sys.stderr, flush=True)


def code_for(error: BaseException, form: str = "text", graph: DesignGraph | None = None, spec: str | None = None) -> int:
    """Report an error and give its exit code; what nobody foresaw is an internal error."""
    if isinstance(error, DiagnosticError):
        show(error.diagnostics, form, spec=spec)
        missing = {found.code for found in error.diagnostics} <= NO_SPEC
        return exit_codes.USAGE if missing else exit_codes.SPEC_WRONG
    from metac.api.failures import diagnostic_of
    from metac.runtime.errors import as_failure

    failure = as_failure(error)
    if failure is not None:
        found = diagnostic_of(failure, graph)
        show((found,), form, spec=spec)
        return exit_codes.USAGE if found.code == NO_SOLVER else exit_codes.FAILED
    return internal_error(error)


def internal_error(error: BaseException) -> int:
    """A short message, with the traceback in a file."""
    print(f"metac: internal error: {type(error).__name__}: {_first_line(error)}", file=sys.stderr)
    path = _save_traceback(error)
    if path is not None:
        print(f"The traceback is in {path}; please send it to us with the spec.", file=sys.stderr)
    return exit_codes.INTERNAL_ERROR


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else "no message"


def _save_traceback(error: BaseException) -> Path | None:
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
