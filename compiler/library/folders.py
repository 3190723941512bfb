"""The library folders: one file a definition, read when a spec names it.

Nothing is read that nobody names: a folder is asked for `materials/neo_hookean.meta` only when a spec says
`material … = neo_hookean { … }`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.library.definitions import FileSource
from metac.compiler.library.plug_ins import ENTRY_POINTS, plug_ins
from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Diagnostic
from metac.dsl.parser import parse


class Folders:
    """Library folders, plug-ins before `metac.stdlib`; the files read so far."""

    def __init__(self, findings: DiagnosticsSink) -> None:
        self.findings = findings
        self._files: dict[str, ast.Module] = {}
        self._names: dict[str, list[str]] = {}

    @property
    def read(self) -> tuple[str, ...]:
        """The files that were read."""
        return tuple(self._files)

    @cached_property
    def roots(self) -> tuple[Traversable, ...]:
        """The folders, in the order in which they are searched."""
        return (*self._plugins(), resources.files("metac.stdlib"))

    def _plugins(self) -> Iterator[Traversable]:
        for entry, folder in plug_ins():
            if folder is not None:
                yield folder
                continue
            self.findings.add(
                Diagnostic(
                    "M0222",
                    f"the plug-in `{entry.name}` cannot be read: there is no package `{entry.value}`",
                    notes=(f"it is registered in the entry-point group {ENTRY_POINTS}",),
                    help="reinstall or remove the package that brings it",
                    severity="warning",
                )
            )

    def block(self, folder: str, kind: str, name: str) -> ast.DefinitionSyntax | None:
        """The `define` block in `folder/name.meta` of the first root that has one."""
        if not name.isidentifier():
            return None
        for root in self.roots:
            file = root.joinpath(folder, f"{name}.meta")
            if file.is_file():
                return self._definition_in(file, kind, name)
        return None

    def names(self, folder: str) -> Sequence[str]:
        """Names of the definitions in a folder, over all roots."""
        if folder not in self._names:
            places = [place for root in self.roots if (place := root.joinpath(folder)).is_dir()]
            files = [file.name for place in places for file in place.iterdir()]
            self._names[folder] = [name.removesuffix(".meta") for name in files if name.endswith(".meta")]
        return self._names[folder]

    def _definition_in(self, file: Traversable, kind: str, name: str) -> ast.DefinitionSyntax | None:
        key = str(file)
        if key not in self._files:
            result = parse(FileSource(_shown(Path(key)), file.read_text(encoding="utf-8"), Path(key)))
            for diagnostic in result.diagnostics:
                self.findings.add(diagnostic)
            self._files[key] = result.module
        module = self._files[key]
        for statement in module.statements:
            if isinstance(statement, ast.DefinitionSyntax) and (statement.kind.text, statement.name.text) == (kind, name):
                return statement
        self.findings.error(
            "M0221",
            f"this file should define the {kind} `{name}`",
            module.span,
            help="a file has the name of its definition",
        )
        return None


def _shown(path: Path) -> str:
    """A file's name in messages: relative where it lies below the present folder."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
