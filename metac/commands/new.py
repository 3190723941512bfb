"""`metac new NAME`: a commented spec to start from."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any

from metac.commands import exit_codes, options

EXAMPLES = """
metac new auxetic              writes auxetic.meta
metac new designs/auxetic      writes designs/auxetic.meta
"""


def add(subparsers: Any) -> None:
    """Add the sub-command."""
    command = options.parser(
        subparsers,
        "new",
        "write a commented spec to start from",
        "Write a small, commented spec that runs as it is.",
        EXAMPLES,
    )
    command.add_argument("name", metavar="NAME", help="of the spec; .meta is added")
    command.set_defaults(action=new)


def new(arguments: argparse.Namespace) -> int:
    """Write the spec, never over an existing file."""
    path = Path(arguments.name)
    path = path if path.suffix == ".meta" else path.with_name(path.name + ".meta") if path.name else path
    if not re.fullmatch(r"[\w.+ -]+\.meta", path.name) or path.name.startswith("."):
        print(f"metac: {arguments.name!r} is no name for a spec; use letters, digits, - and _", file=sys.stderr)
        return exit_codes.USAGE
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(starter(path.stem))
    except FileExistsError:
        print(f"metac: {path} exists already; choose another name", file=sys.stderr)
        return exit_codes.USAGE
    except FileNotFoundError:
        print(f"metac: there is no folder {path.parent}; make it first", file=sys.stderr)
        return exit_codes.USAGE
    print(f"wrote {path}; look at it, then: metac run {path}")
    return exit_codes.MET


def starter(name: str) -> str:
    """The text of the starter spec."""
    from importlib import resources

    text = resources.files("metac.stdlib").joinpath("starter.meta").read_text(encoding="utf-8")
    return text.replace("NAME", name)
