"""Where a name is given, and everywhere it is used: going there, finding all, renaming."""

from __future__ import annotations

import re
from typing import Any

from metac.compiler.library.definitions import Definition, FileSource
from metac.compiler.types.types import KindType
from metac.compiler.types.units import symbols
from metac.dsl import ast
from metac.dsl.keywords import RESERVED_WORDS, STATEMENT_WORDS
from metac.dsl.source import Span
from metac.dsl.tree import children
from metac.language_server.cursor_context import CursorContext, context_at
from metac.language_server.document import Document, declared_name

_WORD = re.compile(r"[^\W\d]\w*")
_NAME = re.compile(r"[^\W\d]\w*\Z")


class NotRenamed(Exception):
    """A name cannot be changed; the text says why."""


def definition_at(document: Document, place: CursorContext) -> Definition | None:
    """The definition of the library, of the text or of an import that the word names, as constructor or as measure."""
    if place.word is None:
        return None
    library, name = document.library, place.word.text
    kinds = [place.expected.kind] if isinstance(place.expected, KindType) else []
    for kind in (*kinds, *library.called_kinds()):
        found = library.find(kind, name, place.qualifier)
        if found is not None:
            return found
    return None


def origin(document: Document, offset: int) -> Span | None:
    """Where the word at an offset is given or defined: in the text, in an imported file, in the library."""
    binding = _binding_at(document, offset)
    if binding is not None:
        return binding[0].span
    place = context_at(document, offset)
    if place.word is None:
        return None
    name = place.word.text
    if place.role in ("statement", "kind") and (kind := document.library.kind(name)) is not None:
        return kind.span
    if place.role == "field" and place.definition is not None and name in place.definition.fields:
        return place.definition.fields[name].span
    if place.role == "member" and place.qualifier is not None:
        found = _in_import(document, place.qualifier, name)
        if found is not None:
            return found
    definition = definition_at(document, place)
    return None if definition is None else definition.span


def _in_import(document: Document, qualifier: str, name: str) -> Span | None:
    library = document.library.imported(qualifier)
    for statement in library.module.statements if library is not None and library.module is not None else ():
        given = statement.name if isinstance(statement, ast.DefinitionSyntax) else declared_name(statement)
        if given is not None and given.text == name:
            return given.span
    return None


def path_of(document: Document, span: Span) -> str | None:
    """The file that a place is in; None for the document itself where it has none."""
    source = span.source
    if isinstance(source, FileSource):
        return str(source.path)
    if source is document.source or source.name == document.source.name:
        return None if document.path is None else str(document.path)
    return str(document.folder / source.name)


# Names of the text


Binding = tuple[ast.Identifier, list[Span]]
"""A name where it is given, and all places that mean it, that one among them."""


def bindings(document: Document) -> list[Binding]:
    """Every name that the text gives, with its uses; parameters of functions and names in blocks are their own."""
    found: dict[int, Binding] = {}
    top: dict[str, ast.Identifier] = {}
    for statement in document.statements:
        name = declared_name(statement)
        if name is not None and not _continued(statement):
            top.setdefault(name.text, name)
    for name in (name for statement in document.statements for name in _continued(statement)):
        top.setdefault(name.text, name)
    for name in top.values():
        found[id(name)] = (name, [name.span])
    for statement in document.statements:
        if isinstance(statement, ast.DefinitionSyntax):
            continue  # what its members name are fields, which stand in other texts too
        for name in _continued(statement):
            if top[name.text] is not name:
                found[id(top[name.text])][1].append(name.span)
        _collect(statement, top, found)
    return list(found.values())


def _continued(statement: ast.Statement) -> tuple[ast.Identifier, ...]:
    """The names that a `stage` or `sweep` gives values to, as a rule those of `param`s."""
    match statement:
        case ast.Stage() | ast.Sweep():
            return (statement.name,)
        case ast.Tuples():
            return statement.names
    return ()


def _collect(node: Any, scope: dict[str, ast.Identifier], found: dict[int, Binding]) -> None:
    match node:
        case ast.Name():
            if node.text in scope:
                found[id(scope[node.text])][1].append(node.span)
            return
        case ast.Quantity():
            # A name in a unit that is none of metac's is one of the text's own units.
            for word in _WORD.finditer(node.unit_span.text):
                if word.group() in scope and word.group() not in symbols():
                    start = node.unit_span.start + word.start()
                    use = Span(node.unit_span.source, start, start + len(word.group()))
                    found[id(scope[word.group()])][1].append(use)
            return
        case ast.Constructor():
            first = node.name[0]
            if len(node.name) > 1 and first.text in scope:
                found[id(scope[first.text])][1].append(first.span)
        case ast.FunctionSyntax() | ast.Lambda() | ast.Comprehension() | ast.Block():
            scope = _inner(node, scope, found)
    for child in children(node):
        _collect(child, scope, found)


def _inner(node: Any, scope: dict[str, ast.Identifier], found: dict[int, Binding]) -> dict[str, ast.Identifier]:
    """The names within a function or block."""
    match node:
        case ast.FunctionSyntax():
            names = [each.name for each in node.parameters]
        case ast.Lambda():
            names = list(node.parameters)
        case ast.Comprehension():
            names = [node.name]
        case _:
            names = [each.name for each in children(node) if isinstance(each, ast.Let | ast.FunctionSyntax)]
    for name in names:
        found.setdefault(id(name), (name, [name.span]))
    return {**scope, **{name.text: name for name in names}}


def _binding_at(document: Document, offset: int) -> Binding | None:
    return next((each for each in bindings(document) if any(use.start <= offset <= use.end for use in each[1])), None)


def is_local(document: Document, offset: int) -> bool:
    """Whether the word at an offset means a parameter of a function, or a name of a block."""
    found = _binding_at(document, offset)
    return found is not None and document.declared.get(found[0].text) is not found[0]


def uses(document: Document, offset: int) -> list[Span]:
    """All places that mean what the word at an offset means, in their order; none where that is no name of the text."""
    found = _binding_at(document, offset)
    return [] if found is None else sorted(found[1], key=lambda span: span.start)


def renamed(document: Document, offset: int, name: str) -> list[Span]:
    """All places to be rewritten for another name.

    Raises:
        NotRenamed: where the text has errors of syntax, the word is no name of the text, or the new one cannot be used.
    """
    if not document.readable:
        raise NotRenamed("mend the errors of syntax first: what cannot be read cannot be renamed")
    spans = uses(document, offset)
    if not spans:
        raise NotRenamed("only names that this text gives can be changed")
    if not _NAME.match(name) or name in STATEMENT_WORDS or name in RESERVED_WORDS:
        raise NotRenamed(f"`{name}` is no name")
    taken = {each.text for each, _ in bindings(document)}
    if name in taken and name != spans[0].text:
        raise NotRenamed(f"`{name}` stands for something else in this text")
    return spans
