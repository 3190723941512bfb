"""From a module to the names that it declares."""

from __future__ import annotations

import re
from collections.abc import Iterator

from metac.compiler import graph
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.scope import Bound, Declared, Entry, Function, Input, Let, Scope, declared_twice
from metac.compiler.operators.table import CONSTANTS, FUNCTIONS
from metac.compiler.types import types
from metac.dsl import ast
from metac.dsl.source import Span

_DECLARES = re.compile(
    r"^[ \t]*(?:[a-z_]\w*[ \t]+(?P<name>[A-Za-z_]\w*)[ \t]*(?:=|:|\bin\b)|(?P<function>[A-Za-z_]\w*)\(.*\)[ \t]*=)",
    re.MULTILINE,
)


def resolve(module: ast.Module, findings: DiagnosticsSink) -> Scope:
    """The scope of a spec: every declared name once; names declared twice are findings."""
    scope = Scope()
    for name, entry in _entries(module, scope):
        if _continues_param(entry, scope.entries.get(name.text)):
            continue
        if name.text in scope.entries:
            declared_twice(name, scope.spans[name.text], findings)
            continue
        if name.text in FUNCTIONS or name.text in CONSTANTS:
            findings.warning(
                "M0215",
                f"`{name.text}` hides the built-in `{name.text}`",
                name.span,
                "means this from here on",
                help="choose another name",
            )
        scope.add(name, entry)
    return scope


def _continues_param(entry: Entry, existing: Entry | None) -> bool:
    """Whether this is a stage or sweep over a `param`: it gives values to it and declares nothing."""
    return (
        isinstance(entry, Input)
        and not isinstance(entry.statement, ast.Param)
        and isinstance(existing, Input)
        and isinstance(existing.statement, ast.Param)
    )


def _entries(module: ast.Module, scope: Scope) -> Iterator[tuple[ast.Identifier, Entry]]:
    """Params first, so that stages and sweeps over them are recognised wherever they stand."""
    later = []
    for statement in module.statements:
        match statement:
            case ast.Param():
                yield statement.name, Input(statement)
            case ast.Stage() | ast.Sweep():
                later.append((statement.name, Input(statement)))
            case ast.Let():
                later.append((statement.name, Let(statement.name, statement.value)))
            case ast.Function():
                later.append((statement.name, Function(statement.name, statement.parameters, statement.body, scope)))
            case ast.Declaration():
                later.append((statement.name, Declared(statement)))
    yield from later


def bind_lost_names(module: ast.Module, scope: Scope) -> None:
    """Give a meaning that silences follow-ups to names whose declarations have syntax errors and are not in the module."""
    source = module.span.source
    for match in _DECLARES.finditer(source.text):
        name = match.group("name") or match.group("function")
        if name not in scope.entries:
            span = Span(source, match.start(), match.end())
            scope.entries[name] = Bound(graph.Constant(None, types.ERROR, span))
