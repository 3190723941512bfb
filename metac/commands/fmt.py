"""`metac fmt SPEC…`: specs in an even layout, with every word and comment as it was."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from metac.commands import exit_codes, options
from metac.commands.check import STANDARD_INPUT, STANDARD_INPUT_SHOWN
from metac.commands.rewriting import rewrite
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from metac.dsl.files import read_source, source_of
from metac.dsl.limits import MAXIMAL_SIZE
from metac.dsl.source import Source

EXAMPLES = """
metac fmt sheet.meta cell.meta        even spaces, indents and columns
metac fmt --check sheet.meta          only say which files would change; exit code 3 if any
metac fmt - < sheet.meta              from standard input to standard output
"""


def add(subparsers: Any) -> None:
    """Add the sub-command."""
    command = options.parser(
        subparsers,
        "fmt",
        "lay specs out evenly",
        "Put specs, or definitions, into an even layout. Words, numbers, comments and line ends stay as they are written;\n"
        "columns are lined up where they were begun. Doing it again changes nothing.",
        EXAMPLES,
    )
    command.add_argument("specs", metavar="SPEC", nargs="+", help="paths of specs or definitions; - for standard input")
    command.add_argument("--check", action="store_true", help="change nothing; say what would change")
    options.add_diagnostics(command)
    command.set_defaults(action=fmt)


def fmt(arguments: argparse.Namespace) -> int:
    """Lay out each file; give the largest exit code. A file with errors of syntax stays as it is."""
    from metac.commands.error_reporting import code_for

    codes = [exit_codes.MET]
    for spec in dict.fromkeys(arguments.specs):
        try:
            codes.append(_fmt(spec, check=arguments.check))
        except DiagnosticError as error:
            codes.append(code_for(error, arguments.diagnostics, spec=spec))
    return max(codes)


def _fmt(spec: str, *, check: bool) -> int:
    source = _read(spec)
    text = tidy_text(source)
    if spec == STANDARD_INPUT and not check:
        sys.stdout.write(text)
        return exit_codes.MET
    if text == source.text:
        return exit_codes.MET
    if check:
        print(f"{source.name} would change")
        return exit_codes.MISSED
    try:
        rewrite(Path(spec), text)
    except OSError as failure:
        print(f"{spec}: cannot be written: {failure.strerror or failure}", file=sys.stderr)
        return exit_codes.FAILED
    print(f"{spec} laid out")
    return exit_codes.MET


def tidy_text(source: Source) -> str:
    """The text in its layout.

    Raises:
        DiagnosticError: if it has errors of syntax.
    """
    from metac.dsl.parser import parse
    from metac.dsl.tidy import tidied

    errors = tuple(each for each in parse(source).diagnostics if each.severity == "error")
    if errors:
        raise DiagnosticError(errors)
    return tidied(source)


def _read(spec: str) -> Source:
    if spec != STANDARD_INPUT:
        return read_source(Path(spec))
    return source_of(sys.stdin.buffer.read(MAXIMAL_SIZE + 1), STANDARD_INPUT_SHOWN)
