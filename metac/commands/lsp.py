"""`metac lsp`: the language server, which editors start."""

from __future__ import annotations

import argparse
from typing import Any

from metac.commands import exit_codes, options

EXAMPLES = """
metac lsp                        speaks the Language Server Protocol over standard input and output
"""


def add(subparsers: Any) -> None:
    """Add the sub-command."""
    command = options.parser(
        subparsers,
        "lsp",
        "serve an editor: errors while typing, completion, documentation",
        "Start the language server; an editor does it, not a person (docs/editors.md).",
        EXAMPLES,
    )
    # Editors add it for every server that speaks over standard input and output.
    command.add_argument("--stdio", action="store_true", help="as it does anyway")
    command.set_defaults(action=lsp)


def lsp(arguments: argparse.Namespace) -> int:
    """Serve until the editor ends it."""
    from metac.language_server.server import serve

    del arguments
    serve()
    return exit_codes.MET
