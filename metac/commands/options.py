"""Options that several sub-commands share."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path
from typing import Any

FORMATS = ("text", "json", "sarif")
_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


def parser(subparsers: Any, name: str, summary: str, details: str, examples: str) -> argparse.ArgumentParser:
    """A sub-command's parser, with examples at the end of its help."""
    return subparsers.add_parser(
        name,
        help=summary,
        description=details,
        epilog="examples:\n" + "\n".join(f"  {line}" for line in examples.strip().splitlines()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def add_spec(command: argparse.ArgumentParser) -> None:
    """The spec and the values set in it."""
    command.add_argument("spec", metavar="SPEC", help="path of the spec, such as sheet.meta")
    add_settings(command, "set a parameter, or a field (warp.hidden=[20,20]); may be given several times")


def add_settings(command: argparse.ArgumentParser, help: str) -> None:
    """Values set from outside."""
    command.add_argument(
        "--set", metavar="NAME=EXPR", type=assignment, action="append", default=[], dest="settings", help=help
    )


def add_run(command: argparse.ArgumentParser) -> None:
    """Where and how a run is made."""
    command.add_argument("--out", metavar="DIR", type=Path, help="a new folder (default: runs/NAME-1, -2, …)")
    command.add_argument("--seed", metavar="N", type=whole_number, default=0, help="seed of all random numbers (default: 0)")
    command.add_argument("--start", metavar="DIR", type=Path, help="start from the result of another run, in its folder")
    command.add_argument(
        "--figures", metavar="FORMATS", type=figures, default=(), help="formats of figures beside PNG: svg, pdf, or svg,pdf"
    )
    add_solver(command, os.environ.get("METAC_SOLVER"), "METAC_SOLVER, or qdldl")


def add_solver(command: argparse.ArgumentParser, default: str | None, where: str) -> None:
    """Which sparse solver is used."""
    command.add_argument("--solver", metavar="NAME", default=default, help=f"qdldl, mkl or cudss (default: {where})")


def add_jobs(command: argparse.ArgumentParser) -> None:
    """How many processes share the work."""
    command.add_argument(
        "--jobs",
        metavar="N",
        type=count,
        default=1,
        help="processes side by side, for the designs of a sweep or the restarts of a run (default: 1)",
    )


def add_cluster(command: argparse.ArgumentParser) -> None:
    """Where the work of many processes is done."""
    command.add_argument(
        "--cluster",
        metavar="ADDRESS",
        default=None,
        help="workers that make data sets and run the designs of a sweep or restarts: dask://HOST:PORT, or slurm or pbs, "
        "which are asked for as many jobs as --jobs says",
    )


def add_live(command: argparse.ArgumentParser) -> None:
    """A page that follows the run."""
    command.add_argument(
        "--live", action="store_true", help="serve the run's page on this machine while it goes on; its address is printed"
    )


def add_diagnostics(command: argparse.ArgumentParser) -> None:
    """How errors are shown."""
    command.add_argument("--diagnostics", choices=FORMATS, default="text", help="how errors are shown (default: text)")


def assignment(text: str) -> tuple[str, str]:
    """`a.b=expression` as name and expression."""
    name, equals, value = text.partition("=")
    name, value = name.strip(), value.strip()
    if not equals or not value or not _NAME.fullmatch(name):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE, such as nu_target=-0.3 or warp.hidden=[20,20]")
    return name, value


def whole_number(text: str) -> int:
    """A number from 0 to 2^32 - 1, as seeds are."""
    try:
        number = int(text)
    except ValueError:
        number = -1
    if not 0 <= number < 2**32:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to {2**32 - 1}")
    return number


def figures(text: str) -> tuple[str, ...]:
    """`svg,pdf` as the formats that it names."""
    from metac.runtime.report.formats import checked_formats

    try:
        return checked_formats(part.strip() for part in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def count(text: str) -> int:
    """A number of processes."""
    number = whole_number(text)
    if not number:
        raise argparse.ArgumentTypeError("there must be one at least")
    return number


def overrides(arguments: argparse.Namespace) -> dict[str, str]:
    """What `--set` says; the last one counts."""
    return dict(arguments.settings)
