"""What stands in imported files and is not brought by an import: nothing of a spec is left out without a word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from metac.compiler import graph
from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.elaborate.elaborate import Elaboration
from metac.compiler.elaborate.override_values import is_given
from metac.compiler.elaborate.scope import FileScope
from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Label
from metac.dsl.source import Span
from metac.dsl.tree import children

_GOALS = ast.Match | ast.Extremum | ast.Require | ast.ReportSyntax | ast.Stage | ast.Sweep


def check_imports(elaboration: Elaboration, findings: DiagnosticsSink) -> None:
    """M0228, a warning, for goals, reports, sweeps and studies of an imported file that do not come with it.

    M0216, a warning, for values from outside of what nothing uses.
    """
    for file in elaboration.scope.files():
        if file.statement is None:
            continue
        if not findings.failed:
            _check_given(file, elaboration.design, findings)
        left = list(_left(file, elaboration))
        if not left:
            continue
        more = f", and {len(left) - 1} more" if len(left) > 1 else ""
        findings.error(
            "M0228",
            "an import brings names, not goals and studies",
            file.statement.path.span,
            others=(Label(left[0], f"this has no effect here{more}"),),
            help="say in the spec what is to be pursued; keep what several specs share in a file without goals",
            severity="warning",
        )


def _check_given(file: FileScope, design: graph.DesignGraph, findings: DiagnosticsSink) -> None:
    for statement in file.module.statements:
        if not isinstance(statement, ast.Param | ast.Declaration):
            continue
        name = file.prefix + statement.name.text
        span = None if name in design.parameters or name in design.nodes else _given(statement)
        if span is not None:
            message, help = f"this value changes nothing: the spec does not use `{name}`", "use it, or leave the value out"
            findings.warning("M0216", message, span, "unused", help=help)


def _given(node: Any) -> Span | None:
    """Where a value stands that was given from outside, in a statement or what is in it."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if is_given(part.span):
            return part.span
        waiting.extend(children(part))
    return None


def _left(file: FileScope, elaboration: Elaboration) -> Iterator[Span]:
    nodes = elaboration.design.nodes
    params = {each.name.text for each in file.module.statements if isinstance(each, ast.Param)}
    for statement in file.module.statements:
        if isinstance(statement, ast.Stage | ast.Sweep) and statement.name.text not in params:
            continue  # an error: its name has no value
        if isinstance(statement, _GOALS):
            yield statement.span
        elif isinstance(statement, ast.Declaration):
            kind = file.library.kind(statement.kind.text)
            if kind is not None and kind.pursues and file.prefix + statement.name.text not in nodes:
                yield statement.span
