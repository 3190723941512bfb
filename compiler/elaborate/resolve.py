"""From the files of a spec to the names that they declare."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from metac.compiler import graph
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.scope import (
    Bound,
    Declared,
    Entry,
    FileScope,
    FunctionBinding,
    Input,
    LetBinding,
    Scope,
    declared_twice,
)
from metac.compiler.operators.table import CONSTANTS, FUNCTIONS
from metac.compiler.types import types
from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Label
from metac.dsl.source import Span

_DECLARES = re.compile(
    r"^[ \t]*(?:[a-z_]\w*[ \t]+(?P<name>[A-Za-z_]\w*)[ \t]*(?:=|:|\bin\b)"
    r"|(?:[a-z_]\w*[ \t]+)?(?P<function>[A-Za-z_]\w*)\(.*\)[ \t]*=)",
    re.MULTILINE,
)


def resolve(spec: FileScope, findings: DiagnosticsSink) -> None:
    """Declare the names of a spec and of the files that it imports, each once; names declared twice are findings."""
    for file in spec.files():
        _declare(file, findings)
        if file.library.lacks_statements:
            bind_lost_names(file.module, file)
        _report_clashes(file, findings)


def _declare(file: FileScope, findings: DiagnosticsSink) -> None:
    for name, entry in _entries(file.module, file):
        if _continues_param(entry, file.find_quietly(name.text)):
            continue
        if name.text in file.entries:
            declared_twice(name, file.spans[name.text], findings)
            file.entries[name.text] = _told(name.span)  # Which of the two is meant where it is used is not known.
            continue
        if name.text in FUNCTIONS or name.text in CONSTANTS:
            findings.warning(
                "M0215",
                f"`{name.text}` hides the built-in `{name.text}`",
                name.span,
                "means this from here on",
                help="choose another name",
            )
        if file.statement is not None and isinstance(entry, Input) and _varies(entry):
            entry = _without_value(entry, file.statement, findings)
        file.add(name, entry)


def _without_value(entry: Input, imported: ast.Import, findings: DiagnosticsSink) -> Entry:
    """M0228 for a name that only a `sweep` or `stage` of an imported file gives values: these are not imported."""
    name, word = entry.statement.name, "stage" if isinstance(entry.statement, ast.Stage) else "sweep"
    findings.error(
        "M0228",
        f"`{name.text}` has no value where this file is imported: its `{word}` is not",
        name.span,
        "has no value of its own",
        others=(Label(imported.path.span, "imported here"),),
        help=f"write `param {name.text}: … = …` here as well; `{word} {name.text} in …` may stay, or go to the spec",
    )
    return _told(name.span)


def _told(span: Span) -> Entry:
    """What a name means of which it is already reported that something is wrong."""
    return Bound(graph.Constant(None, types.ERROR, span))


def _report_clashes(file: FileScope, findings: DiagnosticsSink) -> None:
    """M0204 for names of imports that stand for something else as well, here or in another import."""
    known = {name: (span, file) for name, span in file.spans.items()}
    for alias, (statement, target) in file.under_name.items():
        if alias in known:
            assert statement.alias is not None
            first, again = sorted((known[alias][0], statement.alias.span), key=lambda span: span.start)
            declared_twice(ast.Identifier(alias, again), first, findings)
            file.entries[alias] = _told(again)
        known[alias] = (statement.span, target)
    for statement, imported in file.bare:
        brought: dict[str, tuple[Span, FileScope]] = {}
        for name, span, home in imported.brings():
            brought.setdefault(name, (span, home))
        clashes = [(name, span) for name, (span, home) in brought.items() if name in known and known[name][1] is not home]
        known = brought | known
        if clashes:
            name, there = clashes[0]
            file.entries.update((each, _told(span)) for each, span in clashes)
            more = f" and {len(clashes) - 1} more" if len(clashes) > 1 else ""
            path = statement.path.value
            stem = PurePosixPath(path).stem
            alias = stem if stem.isidentifier() else "name"
            findings.error(
                "M0204",
                f"`{name}`{more} of this import stand{'s' * (not more)} for something else already",
                statement.path.span,
                others=(Label(there, "brought by the import"), Label(known[name][0], "and this")),
                help=f'import the file under a name, `import "{path}" as {alias}`, and write `{alias}.{name}`',
            )


def _varies(entry: Entry) -> bool:
    return isinstance(entry, Input) and not isinstance(entry.statement, ast.Param)


def _continues_param(entry: Entry, existing: Entry | None) -> bool:
    """Whether this is a stage or sweep over a `param`: it gives values to it and declares nothing."""
    return _varies(entry) and isinstance(existing, Input) and isinstance(existing.statement, ast.Param)


def _entries(module: ast.Module, scope: FileScope) -> Iterator[tuple[ast.Identifier, Entry]]:
    """Params first, so that stages and sweeps over them are recognised wherever they stand."""
    later = []
    for statement in module.statements:
        match statement:
            case ast.Param():
                yield statement.name, Input(statement)
            case ast.Stage() | ast.Sweep():
                later.append((statement.name, Input(statement)))
            case ast.Let():
                later.append((statement.name, LetBinding(statement.name, statement.value, statement.unit)))
            case ast.FunctionSyntax():
                later.append((statement.name, FunctionBinding(statement.name, statement.parameters, statement.body, scope)))
            case ast.Declaration():
                later.append((statement.name, Declared(statement)))
    yield from later


def bind_wrong_names(names: Iterable[ast.Identifier], scope: Scope) -> None:
    """Give a meaning that silences follow-ups to names of which it is reported that they have no values."""
    for name in names:
        scope.entries.setdefault(name.text, _told(name.span))


def bind_lost_names(module: ast.Module, scope: Scope) -> None:
    """Give a meaning that silences follow-ups to names whose declarations have syntax errors and are not in the module."""
    source = module.span.source
    for match in _DECLARES.finditer(source.text):
        name = match.group("name") or match.group("function")
        if name not in scope.entries:
            span = Span(source, match.start(), match.end())
            scope.entries[name] = _told(span)
