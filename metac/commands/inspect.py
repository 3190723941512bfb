"""`metac inspect SPEC --emit STAGE`: what the compiler makes of a spec, stage by stage."""

from __future__ import annotations

import argparse
from typing import Any

from metac.commands import exit_codes, options

STAGES = ("tokens", "ast", "graph", "plan", "jaxpr", "hlo")
EXAMPLES = """
metac inspect sheet.meta --emit graph      declarations, resolved and typed
metac inspect sheet.meta --emit plan       what is built once and what is traced, with its hash
metac inspect sheet.meta --emit jaxpr      the loss as JAX sees it
"""


def add(subparsers: Any) -> None:
    """Add the sub-command."""
    command = options.parser(
        subparsers,
        "inspect",
        "show what the compiler makes of a spec",
        "Print one stage of the compilation. `tokens` to `plan` import no JAX; `jaxpr` and `hlo` build the mesh.",
        EXAMPLES,
    )
    options.add_spec(command)
    command.add_argument("--emit", choices=STAGES, default="graph", help="the stage (default: graph)")
    options.add_diagnostics(command)
    command.set_defaults(action=inspect)


def inspect(arguments: argparse.Namespace) -> int:
    """Print the stage."""
    from metac.api.design import load
    from metac.api.inspection import emit

    print(emit(load(arguments.spec).set(options.overrides(arguments)), arguments.emit))
    return exit_codes.MET
