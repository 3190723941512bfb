"""What is known of the word at a position, as Markdown."""

from __future__ import annotations

from metac.api.reference import describe, signature
from metac.compiler.operators.table import FUNCTIONS
from metac.compiler.types.dimensions import NAMED
from metac.compiler.types.types import NumberType, kind_of_type_name
from metac.compiler.types.units import UnknownUnit, internal_unit, parse_unit, show, to_internal
from metac.compiler.types.wording import describe as describe_type
from metac.dsl import ast
from metac.dsl.source import Span
from metac.dsl.tokens import Token
from metac.language_server.cursor_context import context_at
from metac.language_server.document import Document
from metac.language_server.navigation import definition_at, is_local


def hover(document: Document, offset: int) -> tuple[str, Span] | None:
    """Markdown, and the word that it is about; None where nothing is known."""
    word = document.word(offset)
    if word is None:
        return None
    text = _of_quantity(word) if word.type == "QUANTITY" else _of_word(document, offset, word)
    return (text, word.span) if text else None


def _of_quantity(word: Token) -> str | None:
    value, unit, _ = word.value  # pyright: ignore[reportGeneralTypeIssues]
    try:
        known = parse_unit(unit)
    except UnknownUnit:
        return None
    name = known.dimension.name or known.dimension.formula
    return f"`{word.text}` is {show(to_internal(value, known), known.dimension)} ({name})"


def _of_word(document: Document, offset: int, word: Token) -> str | None:
    place = context_at(document, offset)
    if place.word is None:
        return None
    name = word.text
    if place.role in ("statement", "kind") and document.library.has_kind(name):
        return _of_kind(document, name)
    if place.role == "type":
        return _of_type(document, name)
    field = None if place.definition is None or place.role != "field" else place.definition.fields.get(name)
    if field is not None and place.definition is not None and not (place.definition.kind.called and place.called):
        return f"**{place.definition.name}.{name}**: `{signature(field)}`\n\n{field.doc}"
    if place.role == "name" or (name in document.declared and not is_local(document, offset)):
        return _of_declared(document, name)
    definition = definition_at(document, place)
    if definition is not None:
        return "\n".join(describe(definition))
    return f"`{name}`: {FUNCTIONS[name].doc}" if name in FUNCTIONS else None


def _of_kind(document: Document, name: str) -> str:
    kind = document.library.kind(name)
    if kind is None:
        return ""
    names = ", ".join(f"`{each}`" for each in sorted(document.library.names(name)))
    return f"**kind {name}**\n\n{kind.doc}\n\n{names}"


def _of_type(document: Document, name: str) -> str | None:
    if name in NAMED:
        unit = internal_unit(NAMED[name])
        return f"**{name}**: numbers in `{unit}`" if unit else f"**{name}**: numbers without unit"
    kind = kind_of_type_name(name)
    return _of_kind(document, kind) if document.library.has_kind(kind) else None


def _of_declared(document: Document, name: str) -> str | None:
    statement = document.statement_of(name)
    if statement is None:
        return None
    lines = [f"```meta\n{statement.span.text}\n```"]
    doc = getattr(statement, "doc", "")
    if doc:
        lines.append(doc)
    graph = document.design.graph_if_sound
    if graph is not None and isinstance(statement, ast.Param) and name in graph.parameters:
        lines.append(_of_parameter(document, name, describe_type(graph.parameters[name].type)))
    return "\n\n".join(lines)


def _of_parameter(document: Document, name: str, kind: str) -> str:
    graph = document.design.graph
    declared = graph.parameters[name].type
    missing = any(each.default is None for each in graph.parameters.values())
    value = None if missing else document.design.plan().parameters.get(name)
    if isinstance(declared, NumberType) and isinstance(value, int | float):
        return f"{kind}: {show(value, declared.dimension)}"
    return kind
