"""The outline of a text: what it declares, asks for and defines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from metac.dsl import ast
from metac.dsl.source import Span
from metac.language_server.document import Document

Sort = Literal["parameter", "constant", "function", "object", "goal", "series", "import", "definition"]


@dataclass(frozen=True)
class Symbol:
    """A line of the outline."""

    name: str
    sort: Sort
    detail: str
    whole: Span
    """All of the statement."""
    place: Span
    """Its name."""


def symbols(document: Document) -> list[Symbol]:
    """What stands in the text, in its order; statements that cannot be read are left out."""
    return [found for statement in document.statements if (found := _symbol(statement)) is not None]


def _symbol(statement: ast.Statement) -> Symbol | None:
    whole = statement.span
    match statement:
        case ast.Param():
            return Symbol(statement.name.text, "parameter", statement.type.span.text, whole, statement.name.span)
        case ast.Let():
            return Symbol(statement.name.text, "constant", "", whole, statement.name.span)
        case ast.FunctionSyntax():
            return Symbol(statement.name.text, "function", "", whole, statement.name.span)
        case ast.Declaration():
            return Symbol(statement.name.text, "object", statement.kind.text, whole, statement.name.span)
        case ast.Stage() | ast.Sweep():
            word = type(statement).__name__.lower()
            return Symbol(statement.name.text, "series", word, whole, statement.name.span)
        case ast.Tuples():
            names = ", ".join(name.text for name in statement.names)
            return Symbol(names, "series", statement.word, whole, statement.names[0].span.to(statement.names[-1].span))
        case ast.Import():
            name = statement.alias.text if statement.alias else statement.path.value
            return Symbol(name, "import", statement.path.value, whole, (statement.alias or statement.path).span)
        case ast.DefinitionSyntax():
            return Symbol(statement.name.text, "definition", f"define {statement.kind.text}", whole, statement.name.span)
        case ast.Language():
            return None
        case _:
            text = " ".join(whole.text.split())
            return Symbol(text if len(text) <= 60 else text[:59] + "…", "goal", "", whole, whole)
