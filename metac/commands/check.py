"""`metac check`: all errors of a spec at once, nothing heavy imported."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from metac.commands import exit_codes, options
from metac.dsl.limits import ALL_ERRORS, MAXIMAL_ERRORS

if TYPE_CHECKING:
    from metac.api.design import Design
    from metac.dsl.diagnostics.diagnostic import Diagnostic
    from metac.dsl.source import Source

STOPPED = "M0132"
"""Code of a text with more syntax errors than are looked for by default."""

EXAMPLES = """
metac check sheet.meta
metac check sheet.meta --set nu_target=-0.3     with another value
metac check sheet.meta --diagnostics sarif      for a code-scanning service
"""


def add(subparsers: Any) -> None:
    """Add the sub-command."""
    command = options.parser(
        subparsers,
        "check",
        "show all errors of a spec",
        "Check a spec: syntax, names, types, units and physics. Shows all errors at once and runs nothing.",
        EXAMPLES,
    )
    options.add_spec(command)
    options.add_diagnostics(command)
    command.add_argument("--all", action="store_true", help="show all errors and warnings, however many")
    command.set_defaults(action=check)


def check(arguments: argparse.Namespace) -> int:
    """Check, show what was found, and give the exit code."""
    from metac.api.design import load
    from metac.commands.error_reporting import show

    design = load(arguments.spec).set(options.overrides(arguments))
    found = _without_limit(design.source, design.diagnostics) if arguments.all else design.diagnostics
    found = [*found, *_in_the_way_of_a_run(design)]
    show(found, arguments.diagnostics, spec=arguments.spec, most=None if arguments.all else MAXIMAL_ERRORS)
    if arguments.diagnostics == "text":
        from metac.dsl.diagnostics.render import summary

        print(f"{arguments.spec}: {summary(found) or 'no errors'}")
    return exit_codes.SPEC_WRONG if any(item.severity == "error" for item in found) else exit_codes.MET


def _in_the_way_of_a_run(design: Design) -> Sequence[Diagnostic]:
    """What a sound spec still lacks: values of parameters that have no default."""
    from metac.dsl.diagnostics.diagnostic import DiagnosticError

    if design.graph_if_sound is None:
        return ()
    try:
        design.plan()
    except DiagnosticError as error:
        return error.diagnostics
    return ()


def _without_limit(source: Source, found: Sequence[Diagnostic]) -> Sequence[Diagnostic]:
    """The same diagnostics, with all syntax errors where only the first were looked for."""
    if not any(item.code == STOPPED for item in found):
        return found
    from metac.dsl.parser import parse

    errors = parse(source, most_errors=ALL_ERRORS).diagnostics
    return [*errors, *(item for item in found if item.code != STOPPED and item not in errors)]
