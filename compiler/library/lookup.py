"""Finding definitions by kind and name: in the spec, in what it imports, in plug-ins, in `metac.stdlib`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from metac.compiler.library.definition_reader import DefinitionReader
from metac.compiler.library.definitions import Definition, Kind
from metac.compiler.library.folders import Folders
from metac.compiler.types.type_names import TypeReader
from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Label

KINDS = "kinds"
_DEFINES = re.compile(r"^[ \t]*define[ \t]+\w+[ \t]+(\w+)", re.MULTILINE)


class Library:
    """What the names in one file mean: its own definitions, those it imports, those of the library folders."""

    def __init__(
        self,
        folders: Folders,
        module: ast.Module | None = None,
        path: Path | None = None,
        imports: tuple[tuple[ast.Import, Library], ...] = (),
        base: Library | None = None,
        broken_imports: tuple[ast.Import, ...] = (),
        lacks_statements: bool = False,
    ) -> None:
        self.folders, self.path, self.imports = folders, path, imports
        self.findings = folders.findings
        self.module = module
        """The file, parsed; None for the library folders."""
        self.lacks_statements = lacks_statements
        """Whether statements of the file have syntax errors, so that names that they declare are missing."""
        self._broken_imports = broken_imports
        self._base = base
        self._blocks: dict[tuple[str, str], ast.DefinitionSyntax] = {}
        self._kinds: dict[str, Kind | None] = {}
        self._definitions: dict[tuple[str, str], Definition | None] = {}
        self.used: dict[tuple[str, str], Definition] = base.used if base else {}
        """Definitions that were asked for, by kind and name."""
        self.used_imports: set[int] = set()
        self.types = TypeReader(self.has_kind, self.kind_names, self.findings)
        self._reader = DefinitionReader(self.types, self.findings)
        for statement in module.statements if module else ():
            if isinstance(statement, ast.DefinitionSyntax):
                self._add(statement)
        written = _DEFINES.findall(module.span.source.text) if module else ()
        self._lost = frozenset(written) - {name for _, name in self._blocks}

    @property
    def shown(self) -> str:
        """What the file is called in messages."""
        return self.module.span.source.name if self.module else "the library"

    @cached_property
    def broken_aliases(self) -> frozenset[str]:
        """Names of imports that failed: what they would bring is not reported again."""
        own = {each.alias.text for each in self._broken_imports if each.alias is not None}
        return frozenset(
            own.union(*(library.broken_aliases for statement, library in self.imports if statement.alias is None))
        )

    @cached_property
    def may_lack_names(self) -> bool:
        """Whether an import without a name failed, here or further on: any name may be one that it would bring."""
        own = any(statement.alias is None for statement in self._broken_imports)
        return own or any(library.may_lack_names for statement, library in self.imports if statement.alias is None)

    @property
    def own(self) -> tuple[ast.DefinitionSyntax, ...]:
        """The `define` blocks of the file itself."""
        return tuple(self._blocks.values())

    def _add(self, block: ast.DefinitionSyntax) -> None:
        first = self._blocks.setdefault((block.kind.text, block.name.text), block)
        if first is not block:
            self.findings.error(
                "M0204",
                f"the {block.kind.text} `{block.name.text}` is defined twice",
                block.name.span,
                "again here",
                others=(Label(first.name.span, "first here"),),
                help="rename one of the two",
            )

    def definitions(self) -> Iterator[Definition]:
        """Every definition of the file itself and of those that it imports, used or not."""
        yield from (found for kind, name in self._blocks if kind != "kind" and (found := self.find_own(kind, name)))
        for _, library in self.imports:
            yield from library.definitions()

    def has_lost(self, name: str, qualifier: str | None = None) -> bool:
        """Whether a definition or kind of that name is missing because of a syntax error, which is reported at its place."""
        if qualifier is not None:
            library = self.imported(qualifier)
            return library is not None and library.has_lost(name)
        brought = (library for statement, library in self.imports if statement.alias is None)
        return name in self._lost or any(library.has_lost(name) for library in brought)

    # Kinds

    def has_kind(self, name: str) -> bool:
        """Whether there is a kind of that name; its file is not read."""
        if ("kind", name) in self._blocks or any(library.has_kind_of_its_own(name) for _, library in self.imports):
            return True
        return name in self._folder_kinds

    def has_kind_of_its_own(self, name: str) -> bool:
        """Whether the file itself, or what it imports, defines the kind."""
        return ("kind", name) in self._blocks or any(library.has_kind_of_its_own(name) for _, library in self.imports)

    @cached_property
    def _folder_kinds(self) -> frozenset[str]:
        return self._base._folder_kinds if self._base else frozenset(self.folders.names(KINDS))

    def kind_names(self) -> tuple[str, ...]:
        """Names of all kinds that can be named here."""
        own = {name for kind, name in self._blocks if kind == "kind"}
        imported = {name for _, library in self.imports for name in library.kind_names()}
        return tuple(sorted(own | imported | self._folder_kinds))

    def kind(self, name: str) -> Kind | None:
        """The kind of that name, or None."""
        if name not in self._kinds:
            self._kinds[name] = self._read_kind(name)
        return self._kinds[name]

    def _read_kind(self, name: str) -> Kind | None:
        block = self._blocks.get(("kind", name))
        if block is not None:
            return self._reader.kind(block)
        for _, library in self.imports:
            if library.has_kind_of_its_own(name):
                return library.kind(name)
        if self._base is not None:
            return self._base.kind(name)
        block = self.folders.block(KINDS, "kind", name)
        return self._reader.kind(block) if block else None

    # Definitions

    def find(self, kind: str, name: str, qualifier: str | None = None) -> Definition | None:
        """The definition, or None: the file's own, then imported ones, then those of plug-ins and the standard library."""
        if qualifier is not None:
            library = self.imported(qualifier)
            found = library.find_brought(kind, name) if library else None
        else:
            found = self.find_brought(kind, name) or self._find_in_folders(kind, name)
        if found is not None:
            self.used[kind, name] = found
        return found

    def find_brought(self, kind: str, name: str) -> Definition | None:
        """The definition that the file brings where it is imported: its own, or one of its imports without a name."""
        found = self.find_own(kind, name)
        for statement, library in () if found else self.imports:
            if statement.alias is None and (found := library.find_brought(kind, name)):
                self.used_imports.add(id(statement))
                break
        return found

    def find_own(self, kind: str, name: str) -> Definition | None:
        """The definition that stands in the file itself."""
        block = self._blocks.get((kind, name))
        return self._made(kind, name, block) if block else None

    def _find_in_folders(self, kind: str, name: str) -> Definition | None:
        if self._base is not None and not self.has_kind_of_its_own(kind):
            return self._base._find_in_folders(kind, name)
        known = self.kind(kind)
        block = self.folders.block(known.folder, kind, name) if known else None
        return self._made(kind, name, block) if block else None

    def _made(self, kind: str, name: str, block: ast.DefinitionSyntax) -> Definition | None:
        if (kind, name) not in self._definitions:
            known = self.kind(kind)
            self._definitions[kind, name] = self._reader.definition(block, known, self) if known else None
        return self._definitions[kind, name]

    def imported(self, qualifier: str) -> Library | None:
        """The library of the file that is imported under a name; `base.core` is what `base` imports as `core`."""
        alias, _, further = qualifier.partition(".")
        for statement, library in self.imports:
            found = library if statement.alias is not None and statement.alias.text == alias else None
            if statement.alias is None:
                found = library.imported(alias)
            if found is not None:
                self.used_imports.add(id(statement))
                return found.imported(further) if further else found
        return None

    def names(self, kind: str, qualifier: str | None = None) -> set[str]:
        """Every name of that kind that could stand here, for `did you mean`."""
        if qualifier is not None:
            library = self.imported(qualifier)
            return library.names_brought(kind) if library else set()
        known = self.kind(kind)
        return self.names_brought(kind) | (set(self.folders.names(known.folder)) if known else set())

    def names_brought(self, kind: str) -> set[str]:
        """Names of the definitions of a kind that the file brings to one that imports it."""
        names = {name for of, name in self._blocks if of == kind}
        for statement, library in self.imports:
            prefix = f"{statement.alias.text}." if statement.alias else ""
            names |= {prefix + name for name in library.names_brought(kind)}
        return names

    def kinds_with(self, name: str, qualifier: str | None = None) -> list[str]:
        """Kinds that have a definition of that name."""
        return [kind for kind in self.kind_names() if name in self.names(kind, qualifier)]

    def called_kinds(self) -> list[str]:
        """Kinds whose definitions are called like functions."""
        return [name for name in self.kind_names() if (kind := self.kind(name)) and kind.called]

    def example(self, flag: str) -> str:
        """How an object is made of the first kind with a flag, as its definition says; an ellipsis where none says it."""
        kinds = (self.kind(name) for name in self.kind_names())
        return next((kind.example for kind in kinds if kind and getattr(kind, flag) and kind.example), "…")


def aliases(library: Library) -> Mapping[str, ast.Import]:
    """The names under which a file imports others, those of files that it imports without a name among them."""
    found: dict[str, ast.Import] = {}
    for statement, imported in library.imports:
        found |= aliases(imported) if statement.alias is None else {statement.alias.text: statement}
    return found
