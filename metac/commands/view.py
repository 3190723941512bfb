"""`metac view DIR`: a run or a sweep as a page in the browser."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from metac.commands import exit_codes, options

EXAMPLES = """
metac view runs/sheet-1
metac view runs/sheet-1 --no-browser      only make the page, and print where it is
"""


def add(subparsers: Any) -> None:
    """Add the sub-command."""
    command = options.parser(
        subparsers,
        "view",
        "show a run or a sweep as a page in the browser",
        "Make `report.html` in the folder of a run or a sweep, finished or not, and open it. The page needs nothing beside\n"
        "itself; that of a sweep leads to those of its designs.",
        EXAMPLES,
    )
    command.add_argument("folder", metavar="DIR", type=Path, help="the folder of a run or of a sweep")
    command.add_argument("--no-browser", action="store_true", help="make the page, but do not open it")
    options.add_diagnostics(command)
    command.set_defaults(action=view)


def view(arguments: argparse.Namespace) -> int:
    """Make the page and open it; where there is no browser, its path is enough."""
    import webbrowser

    from metac.api.report_page.sweep_page import write_folder_page
    from metac.runtime.runs.folder import unwritable

    try:
        page = write_folder_page(arguments.folder)
    except OSError as error:
        raise unwritable(arguments.folder, error) from error
    print(page)
    if not arguments.no_browser:
        webbrowser.open(page.absolute().as_uri())
    return exit_codes.MET
