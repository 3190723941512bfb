"""`sweep [a, b] in [[1, 2], [3, 4]]`: one sweep a name, whose values go in step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.dsl import ast

MOST_SHOWN = 3
"""Rows that are shown as wrong, of one list."""


def written_out(module: ast.Module, findings: DiagnosticsSink) -> tuple[ast.Module, list[ast.Identifier]]:
    """The module with a stage or sweep for each name of those that go through tuples, and names that have no values.

    M0312 for what is no list of tuples.
    """
    statements: list[ast.Statement] = []
    wrong: list[ast.Identifier] = []
    for statement in module.statements:
        if not isinstance(statement, ast.Tuples):
            statements.append(statement)
        elif (rows := _sound_rows(statement, findings)) is None:
            wrong.extend(statement.names)
        else:
            statements.extend(_parts(statement, rows))
    return replace(module, statements=tuple(statements)), wrong


def _parts(statement: ast.Tuples, rows: ast.Expression) -> Iterator[ast.Stage | ast.Sweep]:
    names = tuple(name.text for name in statement.names)
    for place, name in enumerate(statement.names):
        values = _column(rows, place)
        if statement.word == "stage":
            yield ast.Stage(name, values, statement.span, statement.doc)
        else:
            yield ast.Sweep(name, values, statement.span, statement.doc, names)


def _sound_rows(statement: ast.Tuples, findings: DiagnosticsSink) -> ast.Expression | None:
    """Those rows that are as long as they should be; None where there are none."""
    rows, count = statement.rows, len(statement.names)
    names = ", ".join(name.text for name in statement.names)
    form = f"`{statement.word} [{names}] in [{_row(count, 0)}, {_row(count, count)}]`"
    listed = _rows(rows)
    if not listed:
        what = f"`[{names}]` goes through a list of lists, one value for each name in each"
        findings.error("M0312", what, rows.span, help=f"write {form}")
        return None
    wrong = [row for row in listed if not isinstance(row, ast.SequenceSyntax) or len(row.items) != count]
    for row in wrong[:MOST_SHOWN]:
        found = f"a list of {len(row.items)}" if isinstance(row, ast.SequenceSyntax) else "no list"
        message = f"`[{names}]` takes {count} {'value' if count == 1 else 'values'} at a time, here is {found}"
        findings.error("M0312", message, row.span, help=f"write {form}")
    if isinstance(rows, ast.Comprehension):
        return None if wrong else rows
    sound = tuple(row for row in listed if row not in wrong)
    return ast.SequenceSyntax(sound, rows.span) if sound else None


def _rows(rows: ast.Expression) -> tuple[ast.Expression, ...]:
    match rows:
        case ast.SequenceSyntax(items=items):
            return items
        case ast.Comprehension(item=item):
            return (item,)
    return ()


def _column(rows: ast.Expression, place: int) -> ast.Expression:
    """The values of one name."""
    items = tuple(row.items[place] for row in _rows(rows) if isinstance(row, ast.SequenceSyntax))
    return replace(rows, item=items[0]) if isinstance(rows, ast.Comprehension) else ast.SequenceSyntax(items, rows.span)


def _row(count: int, start: int) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz"
    return f"[{', '.join(letters[(start + place) % len(letters)] for place in range(count))}]"
