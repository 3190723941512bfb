"""Options that several sub-commands share."""

from __future__ import annotations

import argparse
import re
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
    command.add_argument(
        "--set",
        metavar="NAME=EXPR",
        type=assignment,
        action="append",
        default=[],
        dest="settings",
        help="set a parameter, or a field (warp.hidden=[20,20]); may be given several times",
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


def overrides(arguments: argparse.Namespace) -> dict[str, str]:
    """What `--set` says; the last one counts."""
    return dict(arguments.settings)
