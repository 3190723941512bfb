"""What the library offers, as its definitions say: kinds, constructors, fields with type, range, default and meaning."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.library.definitions import Definition, FieldDefinition, Kind
from metac.compiler.library.folders import Folders
from metac.compiler.library.lookup import Library
from metac.compiler.types.types import KindType
from metac.dsl import ast
from metac.dsl.diagnostics.suggest import suggest

_SENTENCE_END = re.compile(r"(?<!\beq)(?<!\beqs)(?<!\bal)(?<!\bFig)(?<!\b[A-Z])\.(?= [A-Z`])")


@dataclass(frozen=True)
class NotDefined(Exception):
    """There is no such kind or definition."""

    message: str


class LibraryReference:
    """The library folders: those of plug-ins, and `metac.stdlib`."""

    def __init__(self) -> None:
        folders = Folders(DiagnosticsSink())
        self._folders, self._library = folders, Library(folders)

    def kinds(self) -> list[Kind]:
        """All kinds, by name."""
        found = (self._library.kind(name) for name in self._library.kind_names())
        return [kind for kind in found if kind is not None]

    def has_kind(self, name: str) -> bool:
        """Whether there is a kind of that name."""
        return self._library.has_kind(name)

    def kind(self, name: str) -> Kind:
        """The kind of a name.

        Raises:
            NotDefined: if there is none.
        """
        found = self._library.kind(name)
        if found is None:
            raise NotDefined(f"there is no kind `{name}`{_meant(name, self._library.kind_names())}")
        return found

    def definitions(self, kind: Kind) -> list[Definition]:
        """All definitions of a kind in the library folders, by name."""
        names = sorted(set(self._folders.names(kind.folder)))
        found = (self._library.find(kind.name, name) for name in names)
        return [definition for definition in found if definition is not None]

    def definition(self, kind: Kind, name: str) -> Definition:
        """The definition of a kind and name.

        Raises:
            NotDefined: if there is none.
        """
        found = self._library.find(kind.name, name)
        if found is None:
            names = [each.name for each in self.definitions(kind)]
            raise NotDefined(f"there is no {kind.name} `{name}`{_meant(name, names)}")
        return found

    def named(self, name: str) -> list[Definition]:
        """The definitions of a name, of whatever kind."""
        return [found for kind in self.kinds() if (found := self._find_quietly(kind, name)) is not None]

    def _find_quietly(self, kind: Kind, name: str) -> Definition | None:
        return self._library.find(kind.name, name) if name in set(self._folders.names(kind.folder)) else None


def _meant(name: str, known: tuple[str, ...] | list[str]) -> str:
    found = suggest(name, known)
    return f"; did you mean `{found}`?" if found else ""


def first_sentence(doc: str) -> str:
    """What stands before the first full stop that ends a sentence: before a capital, and not of an abbreviation."""
    text = " ".join(doc.split())
    end = _SENTENCE_END.search(text)
    return text if end is None else text[: end.end()]


def listing(documented: Iterable[tuple[str, str]]) -> str:
    """Names with the first sentence of what is said of each, Markdown."""
    return "".join(f"- `{name}`: {first_sentence(doc)}\n" for name, doc in documented)


def signature(field: FieldDefinition) -> str:
    """`Length in 1 mm .. 1 m = 2 mm`: type, range and default of a field; what has no default must be given."""
    text = str(field.type)
    if field.range is not None:
        text += f" in {_written(field.range)}"
    if field.default is not None:
        text += f" = {_written(field.default)}"
    return text


def _written(value: ast.Expression) -> str:
    return " ".join(value.span.text.split())


def describe(definition: Definition) -> Iterator[str]:
    """The lines of a definition's page, Markdown."""
    yield f"### {definition.kind.name} `{definition.name}`"
    yield ""
    if definition.deprecated is not None:
        yield f"**No longer to be used**: {definition.deprecated}."
        yield ""
    yield definition.doc or "Nothing is said of it."
    yield ""
    if definition.fields:
        yield "| field | type, range and default | meaning |"
        yield "| --- | --- | --- |"
        for name, field in definition.fields.items():
            yield f"| `{name}` | `{_cell(signature(field))}` | {_cell(field.doc) or _kind_of(field)} |"
        yield ""
    if definition.expression is not None:
        yield f"Is: `{_written(definition.expression)}`."
        yield ""
    if definition.gives is not None:
        yield f"Gives: `{definition.gives}`."
        yield ""


def _kind_of(field: FieldDefinition) -> str:
    """A field of a kind that says no more of itself."""
    return f"a {field.type.kind}" if isinstance(field.type, KindType) else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def page(reference: LibraryReference) -> str:
    """All of the library as one Markdown page."""
    lines = [
        "# Reference",
        "",
        "Every kind and definition of the library, made from the definitions by `metac doc --markdown`. A field without",
        "default must be given. `metac doc KIND NAME` prints one of them in the terminal.",
        "",
    ]
    kinds = reference.kinds()
    lines += [f"- [{kind.name}](#{kind.name}): {first_sentence(kind.doc)}" for kind in kinds] + [""]
    for kind in kinds:
        lines += [f"## {kind.name}", "", kind.doc, ""]
        if kind.example is not None:
            lines += [f"As in `{kind.example}`.", ""]
        for definition in reference.definitions(kind):
            lines += describe(definition)
    return "\n".join(lines).rstrip() + "\n"
