"""`metac doc [KIND [NAME]]`: what the library offers."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from metac.commands import exit_codes, options

if TYPE_CHECKING:
    from metac.api.reference import LibraryReference

EXAMPLES = """
metac doc                        all kinds
metac doc material               all materials
metac doc material ogden         one of them: its fields with types, ranges, defaults and meanings
metac doc tension                whatever has this name
metac doc --markdown             everything, as one page
"""


def add(subparsers: Any) -> None:
    """Add the sub-command."""
    command = options.parser(
        subparsers,
        "doc",
        "show what the library offers",
        "Show kinds and definitions of the library and of plug-ins, as they are written.",
        EXAMPLES,
    )
    command.add_argument("kind", metavar="KIND", nargs="?", help="a kind, such as material; or the name of a definition")
    command.add_argument("name", metavar="NAME", nargs="?", help="a definition of that kind")
    command.add_argument("--markdown", action="store_true", help="as Markdown")
    command.set_defaults(action=doc)


def doc(arguments: argparse.Namespace) -> int:
    """Print what was asked for."""
    from metac.api.reference import LibraryReference, NotDefined, page

    reference = LibraryReference()
    try:
        text = page(reference) if arguments.kind is None and arguments.markdown else _text(reference, arguments)
    except NotDefined as problem:
        print(f"metac: {problem.message}", file=sys.stderr)
        return exit_codes.USAGE
    if arguments.markdown or not sys.stdout.isatty():
        print(text, end="")
        return exit_codes.MET
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(text))
    return exit_codes.MET


def _text(reference: LibraryReference, arguments: argparse.Namespace) -> str:
    """Markdown of all kinds, of a kind, of a definition, or of all definitions of a name."""
    from metac.api.reference import describe, listing

    if arguments.kind is None:
        return listing((kind.name, kind.doc) for kind in reference.kinds())
    found = [] if arguments.name is not None else reference.named(arguments.kind)
    if found and not reference.has_kind(arguments.kind):
        return "\n".join(line for each in found for line in describe(each))
    kind = reference.kind(arguments.kind)
    if arguments.name is not None:
        return "\n".join(describe(reference.definition(kind, arguments.name)))
    return listing((each.name, each.doc) for each in reference.definitions(kind))
