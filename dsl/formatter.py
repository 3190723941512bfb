"""Syntax tree to canonical text: reading it again gives the same tree.

Layout carries no meaning of the writer's here; doc comments do and are kept, other comments are not part of the tree.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from metac.dsl import ast
from metac.dsl.expression_formatter import (
    INDENT,
    LOOSE,
    RANGE,
    WIDTH,
    docs_above,
    documented,
    format_assignment,
    format_let,
    format_type,
    number_text,
    on_one_line,
    text_in_quotes,
    value_behind,
)


def format_module(module: ast.Module) -> str:
    """The canonical text of a module, ending in a newline unless the module is empty."""
    blocks = [_statement(statement, index == 0 and not module.doc) for index, statement in enumerate(module.statements)]
    text = docs_above(module.doc, "") + ("\n" if module.doc and blocks else "")
    for index, block in enumerate(blocks):
        apart = index and ("\n" in block.rstrip("\n") or "\n" in blocks[index - 1].rstrip("\n"))
        text += ("\n" if apart else "") + block
    return text


# Statements


def _statement(statement: ast.Statement, first: bool) -> str:
    body = _STATEMENTS[type(statement)](statement, "")
    if first and isinstance(statement, ast.Import) and statement.doc and "\n" not in statement.doc:
        return f"{body}  ## {statement.doc}\n"  # At a text's head, a comment before an import is the module's.
    return docs_above(statement.doc, "") + body + "\n"


def _language(node: ast.Language, _: str) -> str:
    return f"language {number_text(node.version.value, node.version.is_integer)}"


def _import(node: ast.Import, _: str) -> str:
    return f"import {text_in_quotes(node.path.value)}" + (f" as {node.alias.text}" if node.alias else "")


def _typed(node: ast.Param | ast.FieldDeclaration, value: ast.Expression | None, indent: str) -> str:
    """`name: Type = value in range`; a bare `in` in the value would read as the range."""
    text = f"{node.name.text}: {format_type(node.type)}"
    if value is not None:
        swallows = isinstance(value, ast.Binary) and value.operator == "in"
        level = RANGE if node.range is not None or swallows else LOOSE
        text += f" = {value_behind(value, indent, len(indent) + len(text) + 3, level)}"
    if node.range is not None:
        text += f" in {on_one_line(node.range, RANGE if value is not None else LOOSE)}"
    return text


def _param(node: ast.Param, indent: str) -> str:
    return f"param {_typed(node, node.value, indent)}"


def _function(node: ast.FunctionSyntax, indent: str) -> str:
    start = f"{node.name.text}({', '.join(map(_parameter, node.parameters))}) = "
    return start + value_behind(node.body, indent, len(indent) + len(start))


def _parameter(node: ast.FunctionParameter) -> str:
    kind = f": {format_type(node.type)}" if node.type else ""
    default = f" = {on_one_line(node.default)}" if node.default else ""
    return node.name.text + kind + default


def _declaration(node: ast.Declaration, indent: str) -> str:
    start = f"{node.kind.text} {node.name.text} = "
    return start + value_behind(node.value, indent, len(indent) + len(start))


def _match(node: ast.Match, _: str) -> str:
    clauses = (("for", node.domain), ("scale", node.scale), ("weight", node.weight), ("within", node.tolerance))
    measure, rest = f"match {on_one_line(node.measure)}", f"to {on_one_line(node.target)}{_clauses(clauses)}"
    return f"{measure} {rest}" if len(measure) + len(rest) < WIDTH else f"{measure}\n{INDENT}{rest}"


def _extremum(node: ast.Extremum, _: str) -> str:
    return f"{node.sense} {on_one_line(node.measure)}{_clauses((('scale', node.scale), ('weight', node.weight)))}"


def _clauses(clauses: tuple[tuple[str, ast.Expression | None], ...]) -> str:
    return "".join(f" {word} {on_one_line(value)}" for word, value in clauses if value is not None)


def _require(node: ast.Require, _: str) -> str:
    return f"{node.sense} {on_one_line(node.condition)}"


def _report(node: ast.ReportSyntax, _: str) -> str:
    return f"report {on_one_line(node.measure)}"


def _stage(node: ast.Stage, _: str) -> str:
    return f"stage {node.name.text} in {on_one_line(node.values)}"


def _sweep(node: ast.Sweep, _: str) -> str:
    return f"sweep {node.name.text} in {on_one_line(node.values)}"


def _tuples(node: ast.Tuples, _: str) -> str:
    return f"{node.word} [{', '.join(name.text for name in node.names)}] in {on_one_line(node.rows)}"


def _definition(node: ast.DefinitionSyntax, _: str) -> str:
    head = f"define {node.kind.text} {node.name.text} {{"
    if not node.members:
        return head + "}"
    return head + "\n" + "".join(_member(member, INDENT) for member in node.members) + "}"


def _field(node: ast.FieldDeclaration, indent: str) -> str:
    return _typed(node, node.default, indent)


def _python(node: ast.PythonBody, _: str) -> str:
    return f"python {text_in_quotes(node.target.value)}" + (f" gives {format_type(node.gives)}" if node.gives else "")


_STATEMENTS: dict[type, Callable[[Any, str], str]] = {
    ast.Language: _language,
    ast.Import: _import,
    ast.Param: _param,
    ast.Let: format_let,
    ast.FunctionSyntax: _function,
    ast.Declaration: _declaration,
    ast.Match: _match,
    ast.Extremum: _extremum,
    ast.Require: _require,
    ast.ReportSyntax: _report,
    ast.Stage: _stage,
    ast.Sweep: _sweep,
    ast.Tuples: _tuples,
    ast.DefinitionSyntax: _definition,
    ast.FieldDeclaration: _field,
    ast.Assignment: format_assignment,
    ast.PythonBody: _python,
}


def _member(node: ast.Member, indent: str) -> str:
    return documented(_STATEMENTS[type(node)](node, indent), node.doc, indent)
