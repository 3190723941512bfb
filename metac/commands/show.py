"""`metac show DIR`: what is in the folder of a run, and what each file is for."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from metac.commands import exit_codes, options

EXAMPLES = """
metac show runs/sheet-1
"""


def add(subparsers: Any) -> None:
    """Add the sub-command."""
    command = options.parser(
        subparsers,
        "show",
        "list what is in the folder of a run",
        "Print the files of a run and what they are for.",
        EXAMPLES,
    )
    command.add_argument("folder", metavar="DIR", type=Path, help="the folder of a run")
    options.add_diagnostics(command)
    command.set_defaults(action=show)


def show(arguments: argparse.Namespace) -> int:
    """Print how the run stands and the list."""
    from metac.runtime.report.guide import guide
    from metac.runtime.runs.folder import RunFolder

    folder = RunFolder.existing(arguments.folder)
    about = folder.about()
    print(f"{about.get('name')}: {about.get('status')}\n")
    print(guide(arguments.folder), end="")
    return exit_codes.MET
