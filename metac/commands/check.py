"""`metac check`: all errors of a spec at once, nothing heavy imported."""

from __future__ import annotations

import argparse
from typing import Any

from metac.commands import exit_codes, options

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
    command.set_defaults(action=check)


def check(arguments: argparse.Namespace) -> int:
    """Check, show what was found, and give the exit code."""
    from metac.api.design import load
    from metac.commands.error_reporting import show

    design = load(arguments.spec).set(options.overrides(arguments))
    found = design.diagnostics
    show(found, arguments.diagnostics)
    if arguments.diagnostics == "text":
        from metac.dsl.diagnostics.render import summary

        print(f"{arguments.spec}: {summary(found) or 'no errors'}")
    return exit_codes.SPEC_WRONG if any(item.severity == "error" for item in found) else exit_codes.MET
