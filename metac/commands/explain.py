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
        subparsers, "explain", "tell more about an error", "Tell what an error code means, why, and the way out.", EXAMPLES
    )
    command.add_argument("code", metavar="CODE", nargs="?", help="a code, such as M0402; all codes without it")
    command.set_defaults(action=explain)


def explain(arguments: argparse.Namespace) -> int:
    """Print the explanation."""
    from metac.dsl.diagnostics.codes import all_codes
    from metac.dsl.diagnostics.codes import explain as text_for

    if arguments.code is None:
        for code, known in all_codes().items():
            print(f"{code}  {known.title}")
        return exit_codes.MET
    text = text_for(arguments.code)
    if text is None:
        print(f"metac: there is no code {arguments.code!r}; `metac explain` lists all", file=sys.stderr)
        return exit_codes.USAGE
    print(text, end="")
    return exit_codes.MET
