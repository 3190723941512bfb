"""`metac eval EXPRESSION`: what an expression of the language is worth, with its unit."""

from __future__ import annotations

import argparse
from typing import Any

from metac.commands import exit_codes, options

EXAMPLES = """
metac eval "3 N/mm^2 + 1 psi"
metac eval "3 N/mm^2 + 1 psi" --unit ksi
metac eval "pi*(2 in)^2" --unit cm^2
"""


def add(subparsers: Any) -> None:
    """Add the sub-command."""
    command = options.parser(
        subparsers,
        "eval",
        "work out an expression",
        "Work out an expression of the language, dimensions checked, and print its value with its unit.",
        EXAMPLES,
    )
    command.add_argument("expression", metavar="EXPRESSION", help="an expression without names of a spec")
    command.add_argument("--unit", metavar="UNIT", help="unit of the value (default: of mm, t, s, N, MPa, rad, K)")
    options.add_diagnostics(command)
    command.set_defaults(action=evaluate)


def evaluate(arguments: argparse.Namespace) -> int:
    """Print the value."""
    from metac.compiler.expression_value import shown_value
    from metac.dsl.source import Source

    unit = None if arguments.unit is None else Source("--unit", arguments.unit)
    print(shown_value(Source("<expression>", arguments.expression), unit))
    return exit_codes.MET
