"""`metac explain CODE`: what an error code means."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from metac.commands import exit_codes, options

EXAMPLES = """
metac explain M0402
metac explain            all codes, one line each
"""


def add(subparsers: Any) -> None:
    """Add the sub-command."""
    command = options.parser(
        subparsers, "explain", "explain an error", "Say what an error code means, why, and the way out.", EXAMPLES
    )
    command.add_argument("code", metavar="CODE", nargs="?", help="a code, such as M0402; all codes without it")
    command.set_defaults(action=explain)


def explain(arguments: argparse.Namespace) -> int:
    """Print the explanation."""
    from metac.api.codes import all_codes
    from metac.dsl.diagnostics.codes import explanation_of

    known, problems = all_codes()
    for problem in problems:
        print(f"metac: the error codes of a plug-in cannot be read: {problem}", file=sys.stderr)
    if arguments.code is None:
        for code, entry in known.items():
            print(f"{code}  {entry.title}")
        return exit_codes.MET
    code = arguments.code.upper()
    if code not in known:
        print(f"metac: there is no code {arguments.code!r}; `metac explain` lists all", file=sys.stderr)
        return exit_codes.USAGE
    print(explanation_of(code, known[code]), end="")
    return exit_codes.MET
