"""`metac table SOURCE FILE`: the designs of a sweep, or of a data set, as a table for other programs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from metac.commands import exit_codes, options

EXAMPLES = """
metac table runs/sheet-1 sheet.csv                   what each design of a sweep reached
metac table runs/sheet-1 sheet.parquet               with units in the columns' metadata
metac table runs/cells-1/cells.npz cells.parquet     the labelled designs of a data set
"""


def add(subparsers: Any) -> None:
    """Add the sub-command."""
    command = options.parser(
        subparsers,
        "table",
        "write the designs of a sweep or a data set as a table",
        "Write one row a design, CSV or Parquet by the ending of the file: what varies and what was reached, or features,\n"
        "settings and labels. Numbers are in internal units and keep all their digits; what is not known is an empty cell.",
        EXAMPLES,
    )
    command.add_argument(
        "source", metavar="SOURCE", type=Path, help="the folder of a sweep, or an .npz file of labelled designs"
    )
    command.add_argument("file", metavar="FILE", type=_file, help="a new file, .csv or .parquet (metac-design[parquet])")
    options.add_diagnostics(command)
    command.set_defaults(action=table)


def table(arguments: argparse.Namespace) -> int:
    """Write the file, and say what is in it."""
    from metac.api.design_tables import design_table
    from metac.commands.error_reporting import say
    from metac.runtime.runs.failures import FolderFailure
    from metac.runtime.tables.parquet import INSTALL, ParquetUnavailable
    from metac.runtime.tables.table_files import write_table

    path: Path = arguments.file
    if path.exists():
        print(f"metac: {path} exists: name a new file", file=sys.stderr)
        return exit_codes.USAGE
    found = design_table(arguments.source)
    try:
        write_table(path, found.columns)
    except ParquetUnavailable as error:
        print(f"metac: {error}: {INSTALL}", file=sys.stderr)
        return exit_codes.USAGE
    except OSError as error:
        reason = error.strerror or str(error)
        raise FolderFailure(f"{path} cannot be written: {reason}", remedy="name a file in a folder that is there") from error
    say(f"{path}: {len(found.columns[0].cells)} rows, {len(found.columns)} columns", arguments.diagnostics)
    empty = [f"{column.empty} of `{column.name}`" for column in found.columns if column.empty]
    if empty:
        say(f"empty cells, where no value is known: {', '.join(empty)}", arguments.diagnostics)
    if found.left_out:
        say(f"left out, more than a number a design: {', '.join(found.left_out)}", arguments.diagnostics)
    return exit_codes.MET


def _file(text: str) -> Path:
    from metac.runtime.tables.table_files import ENDINGS

    path = Path(text)
    if path.suffix.lower() not in ENDINGS:
        raise argparse.ArgumentTypeError(f"{text!r} is no table: its ending is none of {', '.join(ENDINGS)}")
    return path
