"""What could be written at a position."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from metac.api.reference import first_sentence, signature
from metac.compiler.library.definitions import Definition, FieldDefinition
from metac.compiler.operators.table import CONSTANTS, FUNCTIONS
from metac.compiler.types.dimensions import NAMED
from metac.compiler.types.types import BooleanType, ChoiceType, KindType, ListType, NumberType, type_name_of_kind
from metac.compiler.types.units import internal_unit, symbols
from metac.dsl import ast
from metac.dsl.keywords import STATEMENT_WORDS
from metac.language_server.cursor_context import CursorContext, context_at
from metac.language_server.document import Document, declared_name

Sort = Literal["keyword", "kind", "definition", "field", "name", "function", "unit", "type", "choice"]
_GOALS = frozenset({"match", "minimize", "maximize", "require", "verify", "report"})
_OTHER_TYPES = ("Int", "Bool", "Text", "Grid", "Range", "Choice", "Tensor", "Curve", "Function")


@dataclass(frozen=True)
class Proposal:
    """Something that can be written."""

    label: str
    sort: Sort
    detail: str = ""
    doc: str = ""
    insert: str | None = None
    """What is written, where that is more than the label."""
    snippet: str | None = None
    """The same with places to fill in, `${1:…}`, for editors that can."""


def completions(document: Document, offset: int) -> list[Proposal]:
    """What could stand at an offset, the most likely first; none within comments and texts."""
    if _in_text_or_comment(document, offset):
        return []
    place = context_at(document, offset)
    if _behind_number(place, document, offset):
        return [*_own_units(document), *_units(place)]
    found = {
        "statement": _statements,
        "kind": _kinds,
        "type": _types,
        "field": _fields,
        "value": _values,
        "member": _members,
        "name": _none,
    }[place.role](place, document)
    unique: dict[str, Proposal] = {}
    for proposal in found:
        unique.setdefault(proposal.label, proposal)
    return list(unique.values())


def _in_text_or_comment(document: Document, offset: int) -> bool:
    line_start = document.text.rfind("\n", 0, offset) + 1
    inside = any(each.type == "TEXT" and each.span.start < offset < each.span.end for each in document.tokens)
    covered = [each.span for each in document.tokens if each.span.start >= line_start and each.span.end <= offset]
    hash_sign = document.text.find("#", line_start, offset)
    while hash_sign >= 0 and any(span.start <= hash_sign < span.end for span in covered):
        hash_sign = document.text.find("#", hash_sign + 1, offset)
    return inside or hash_sign >= 0


def _behind_number(place: CursorContext, document: Document, offset: int) -> bool:
    """Whether a unit could stand here: behind a number and a space, or in the unit of a quantity."""
    word = place.word or document.word(offset)
    if word is not None and word.type == "QUANTITY":
        return True
    return place.before is not None and place.before.type == "NUMBER" and place.before.span.end < offset


def _none(place: CursorContext, document: Document) -> Iterator[Proposal]:
    del place, document
    yield from ()


def _statements(place: CursorContext, document: Document) -> Iterator[Proposal]:
    for kind in document.library.kind_names():
        found = document.library.kind(kind)
        if found is not None and not found.called:
            yield Proposal(kind, "kind", "kind", found.doc, f"{kind} ", f"{kind} ${{1:name}} = ")
    for word in sorted(STATEMENT_WORDS):
        yield Proposal(word, "keyword", "statement", insert=f"{word} ")
    del place


def _kinds(place: CursorContext, document: Document) -> Iterator[Proposal]:
    del place
    for kind in document.library.kind_names():
        yield Proposal(kind, "kind", "kind", _kind_doc(document, kind))


def _types(place: CursorContext, document: Document) -> Iterator[Proposal]:
    del place
    for name in NAMED:
        yield Proposal(name, "type", internal_unit(NAMED[name]) or "a number without unit")
    for name in _OTHER_TYPES:
        yield Proposal(name, "type")
    for kind in document.library.kind_names():
        yield Proposal(type_name_of_kind(kind), "type", f"an object of the kind {kind}", _kind_doc(document, kind))


def _kind_doc(document: Document, kind: str) -> str:
    found = document.library.kind(kind)
    return found.doc if found is not None else ""


def _fields(place: CursorContext, document: Document) -> Iterator[Proposal]:
    """Fields or arguments that have no value yet, those that must have one first; and, of a call, its first argument."""
    assert place.definition is not None
    if place.definition.kind.called and not place.given:
        yield from _values(place, document)
    left = [each for name, each in place.definition.fields.items() if name not in place.given]
    for field in sorted(left, key=lambda each: each.default is not None):
        needed = "" if field.default is not None else "needed; "
        yield Proposal(field.name, "field", needed + signature(field), field.doc, f"{field.name} = ", f"{field.name} = $0")


def _values(place: CursorContext, document: Document) -> Iterator[Proposal]:
    expected = place.expected.item if isinstance(place.expected, ListType) else place.expected
    if isinstance(expected, ChoiceType):
        for option in expected.names:
            yield Proposal(option, "choice", "choice")
        return
    if isinstance(expected, BooleanType):
        yield from (Proposal(word, "keyword") for word in ("true", "false"))
    if isinstance(expected, KindType):
        yield from _declared(document, expected.kind)
        for name in sorted(document.library.names(expected.kind)):
            qualifier, _, last = name.rpartition(".")
            found = document.library.find(expected.kind, last, qualifier or None)
            if found is not None and found.deprecated is None:
                yield _constructor(name, found)
        return
    yield from _declared(document, None)
    if place.statement in _GOALS or expected is None or isinstance(expected, NumberType):
        for kind in document.library.called_kinds():
            for name in sorted(document.library.names(kind)):
                found = document.library.find(kind, name)
                if found is not None and found.deprecated is None:
                    yield Proposal(name, "function", kind, found.doc, f"{name}(", f"{name}($0)")
    for name, operator in FUNCTIONS.items():
        yield Proposal(name, "function", "function", operator.doc, f"{name}(", f"{name}($0)")
    for name in CONSTANTS:
        yield Proposal(name, "name", "constant")


def _declared(document: Document, kind: str | None) -> Iterator[Proposal]:
    """Names that the text gives: objects of a kind, or all."""
    for statement in document.statements:
        name = declared_name(statement)
        declares = statement.kind.text if isinstance(statement, ast.Declaration) else None
        if name is None or (kind is not None and declares not in (kind, None)):
            continue
        if kind is not None and not isinstance(statement, ast.Declaration | ast.Import | ast.Sweep):
            continue
        shown = " ".join(statement.span.text.split())
        yield Proposal(name.text, "name", shown if len(shown) <= 80 else shown[:79] + "…", getattr(statement, "doc", ""))


def _constructor(name: str, definition: Definition) -> Proposal:
    needed = [definition.fields[field] for field in definition.required]
    places = ", ".join(f"{field.name} = ${{{number}:{_example(field)}}}" for number, field in enumerate(needed, start=1))
    return Proposal(
        name, "definition", first_sentence(definition.doc), definition.doc, f"{name} {{", f"{name} {{ {places}$0 }}"
    )


def _example(field: FieldDefinition) -> str:
    """A word that stands for the value of a field until there is one."""
    return str(field.type).replace("}", "").replace("$", "")


def _members(place: CursorContext, document: Document) -> Iterator[Proposal]:
    """What an imported file brings: definitions, and the names that it gives."""
    if place.qualifier is None:
        return
    library = document.library.imported(place.qualifier)
    if library is None or library.module is None:
        return
    for statement in library.module.statements:
        name = declared_name(statement)
        if name is not None:
            yield Proposal(name.text, "name", " ".join(statement.span.text.split())[:80], getattr(statement, "doc", ""))
        if isinstance(statement, ast.DefinitionSyntax):
            yield Proposal(statement.name.text, "definition", statement.kind.text, statement.doc)


def _own_units(document: Document) -> Iterator[Proposal]:
    for statement in document.statements:
        if isinstance(statement, ast.Let) and statement.unit:
            yield Proposal(statement.name.text, "unit", " ".join(statement.span.text.split()), statement.doc)


def _units(place: CursorContext) -> Iterable[Proposal]:
    """Units, of the dimension that is asked for where that is known."""
    expected = place.expected.item if isinstance(place.expected, ListType) else place.expected
    wanted = expected.dimension if isinstance(expected, NumberType) else None
    own = internal_unit(wanted) if wanted is not None else None
    if own:
        yield Proposal(own, "unit", "internal unit")
    for symbol, unit in sorted(symbols().items()):
        if (wanted is None or unit.dimension == wanted) and symbol != own:
            yield Proposal(symbol, "unit", unit.dimension.name or unit.dimension.formula)
