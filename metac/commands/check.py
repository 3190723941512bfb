"""`metac check`: all errors of specs at once, nothing heavy imported."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metac.commands import exit_codes, options
from metac.commands.error_reporting import NO_SPEC, show
from metac.commands.rewriting import rewrite
from metac.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError, Label
from metac.dsl.files import read_source, source_of
from metac.dsl.limits import ALL_ERRORS, MAXIMAL_ERRORS, MAXIMAL_SIZE
from metac.dsl.source import Source, Span

if TYPE_CHECKING:
    from metac.api.design import Design

STANDARD_INPUT = "-"
STANDARD_INPUT_SHOWN = "<standard input>"

STOPPED = "M0132"
"""Code of a text with more syntax errors than are looked for by default."""

EXAMPLES = """
metac check sheet.meta
metac check sheet.meta cell.meta                several specs, one after the other
metac check - < sheet.meta                      a text from standard input
metac check sheet.meta --set nu_target=-0.3     with another value
metac check sheet.meta --fix                    apply the suggested fixes to the file
metac check sheet.meta --diagnostics sarif      for a code-scanning service
"""


def add(subparsers: Any) -> None:
    """Add the sub-command."""
    command = options.parser(
        subparsers,
        "check",
        "show all errors of specs",
        "Check specs: syntax, names, types, units and physics. Shows all errors at once and runs nothing.",
        EXAMPLES,
    )
    command.add_argument("specs", metavar="SPEC", nargs="+", help="paths of specs, such as sheet.meta; - for standard input")
    options.add_settings(
        command, "set a parameter, or a field (warp.hidden=[20,20]), in each spec; may be given several times"
    )
    options.add_diagnostics(command)
    command.add_argument("--all", action="store_true", help="show all errors and warnings, however many")
    command.add_argument(
        "--fix",
        action="store_true",
        help="apply the suggested fixes to the file, where it then has fewer errors or warnings",
    )
    command.set_defaults(action=check)


def check(arguments: argparse.Namespace) -> int:
    """Check, show what was found, and give the exit code: the largest, where there are several specs."""
    form = arguments.diagnostics
    if arguments.fix:
        for spec in dict.fromkeys(arguments.specs):
            _fix(spec, arguments)
    found = {spec: _found(spec, arguments) for spec in dict.fromkeys(arguments.specs)}
    told: set[Diagnostic] = set()
    for spec, items in found.items():
        if form == "text":
            _show_as_text(spec, items, told, all=arguments.all)
    if form != "text":
        single = len(found) == 1
        items = [each if single else _placed(each, spec) for spec, items in found.items() for each in items]
        show(list(dict.fromkeys(items)), form, spec=_shown(next(iter(found))))
    return max(_exit_code(items) for items in found.values())


def _show_as_text(spec: str, items: Sequence[Diagnostic], told: set[Diagnostic], *, all: bool) -> None:
    """What was found in one spec, but what was reported before: two specs may import the same file."""
    from metac.dsl.diagnostics.render import summary

    show([each for each in items if each not in told], most=None if all else MAXIMAL_ERRORS)
    told.update(items)
    sys.stderr.flush()
    print(f"{_shown(spec)}: {summary(items) or 'no errors'}", flush=True)


def _placed(found: Diagnostic, spec: str) -> Diagnostic:
    """What has no place in a text, at the beginning of the spec that it is about."""
    return found if found.labels else replace(found, labels=(Label(Span(Source(_shown(spec), ""), 0, 0)),))


def _shown(spec: str) -> str:
    return STANDARD_INPUT_SHOWN if spec == STANDARD_INPUT else spec


def _exit_code(found: Sequence[Diagnostic]) -> int:
    errors = {item.code for item in found if item.severity == "error"}
    if not errors:
        return exit_codes.MET
    return exit_codes.USAGE if errors <= NO_SPEC else exit_codes.SPEC_WRONG


def _found(spec: str, arguments: argparse.Namespace) -> Sequence[Diagnostic]:
    """All that was found in a spec, be it that it cannot be read."""
    try:
        design = _design(spec).set(options.overrides(arguments))
    except DiagnosticError as error:
        return error.diagnostics
    found = _without_limit(design.source, design.diagnostics) if arguments.all else design.diagnostics
    return [*found, *_in_the_way_of_a_run(design), *_with_other_objects(design)]


def _fix(spec: str, arguments: argparse.Namespace) -> None:
    """Put the fixes of a spec into its file, and report each; what cannot be read, or is no file, is left for the check."""
    from metac.api.design import Design
    from metac.commands.fixes import fixed

    path, overrides = Path(spec), options.overrides(arguments)
    if spec == STANDARD_INPUT:
        print(f"{STANDARD_INPUT_SHOWN}: no file to put fixes into", file=sys.stderr)
        return
    try:
        source = read_source(path)
    except DiagnosticError:
        return
    result = fixed(source, lambda text: Design(text, folder=path.parent).set(overrides).diagnostics)
    if not result.applied:
        return
    try:
        rewrite(path, result.source.text)
    except OSError as failure:
        print(f"{spec}: fixes cannot be written: {failure.strerror or failure}", file=sys.stderr)
        return
    for each in result.applied:
        assert each.fix is not None
        line, _ = each.fix.span.source.position(each.fix.span.start)
        print(f"{spec}:{line}: `{each.fix.span.text}` → `{each.fix.replacement}` ({each.code})", file=sys.stderr)


def _design(spec: str) -> Design:
    from metac.api.design import Design, load

    if spec != STANDARD_INPUT:
        return load(spec)
    data = sys.stdin.buffer.read(MAXIMAL_SIZE + 1)
    return Design(source_of(data, STANDARD_INPUT_SHOWN), folder=Path())


def _in_the_way_of_a_run(design: Design) -> Sequence[Diagnostic]:
    """What a sound spec still lacks: values of parameters that have no default."""
    if design.graph_if_sound is None:
        return ()
    try:
        design.plan()
    except DiagnosticError as error:
        return error.diagnostics
    return ()


def _with_other_objects(design: Design) -> Sequence[Diagnostic]:
    """What is wrong only with an object that a sweep goes through after the first."""
    if design.graph_if_sound is None or not any(sweep.of_objects for sweep in design.graph.sweeps):
        return ()
    from metac.api.swept_values import with_other_objects

    found = set(design.diagnostics)
    return [
        replace(each, notes=(*each.notes, f"with {label}"))
        for label, other in with_other_objects(design)
        for each in other.diagnostics
        if each not in found
    ]


def _without_limit(source: Source, found: Sequence[Diagnostic]) -> Sequence[Diagnostic]:
    """The same diagnostics, with all syntax errors where only the first were looked for."""
    if not any(item.code == STOPPED for item in found):
        return found
    from metac.dsl.parser import parse

    errors = parse(source, most_errors=ALL_ERRORS).diagnostics
    return [*errors, *(item for item in found if item.code != STOPPED and item not in errors)]
