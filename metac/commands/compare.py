"""`metac compare DIR DIR …`: runs side by side."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metac.commands import exit_codes, options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metac.api.report_page.comparison import Row

EXAMPLES = """
metac compare runs/sheet-1 runs/sheet-2                    a table in the terminal
metac compare runs/sheet-* --page comparison.html          and a page with curves and figures beside each other
"""


def add(subparsers: Any) -> None:
    """Add the sub-command."""
    command = options.parser(
        subparsers,
        "compare",
        "lay runs side by side",
        "Show what several runs were asked, how each ended and what it reached. Of what was asked and how it was\n"
        "made, only what differs is shown.",
        EXAMPLES,
    )
    command.add_argument("folders", metavar="DIR", type=Path, nargs="+", help="folders of runs, two or more")
    command.add_argument("--page", metavar="FILE", type=Path, help="also write a page for the browser")
    options.add_diagnostics(command)
    command.set_defaults(action=compare)


def compare(arguments: argparse.Namespace) -> int:
    """Print the table, and write the page."""
    import sys

    from metac.api.report_page import comparison
    from metac.api.report_page.comparison_page import write_comparison
    from metac.api.run_content import read_run
    from metac.runtime.runs.folder import unwritable

    folders: list[Path] = arguments.folders
    if len({folder.resolve() for folder in folders}) < max(len(folders), 2):
        print("metac: name two or more different folders of runs", file=sys.stderr)
        return exit_codes.USAGE
    runs = [read_run(folder) for folder in folders]
    names = comparison.labels(folders)
    rows = comparison.rows(runs)
    _print(names, rows)
    if arguments.page is not None:
        try:
            write_comparison(arguments.page, runs, names, rows)
        except OSError as error:
            raise unwritable(arguments.page, error) from error
        print(arguments.page)
    return exit_codes.MET


def _print(names: Sequence[str], rows: Sequence[Row]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(show_lines=False)
    table.add_column("", overflow="fold")
    for name in names:
        table.add_column(Text(name), overflow="fold")
    group = ""
    for row in rows:
        if row.group != group:
            table.add_section()
            table.add_row(Text(row.group, style="bold"))
            group = row.group
        table.add_row(Text(row.name), *(Text(cell, style="" if row.differs else "dim") for cell in row.cells))
    Console().print(table)
