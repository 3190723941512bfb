"""Reading imported files: relative to the file that names them, and never outside the project.

The project is the folder of the spec with all below it; symbolic links count as what they point to.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from metac.compiler.diagnostics_sink import DiagnosticsSink
from metac.compiler.library.definitions import FileSource, folder_of
from metac.compiler.library.folders import Folders
from metac.compiler.library.lookup import Library
from metac.dsl import ast
from metac.dsl.diagnostics.diagnostic import Label
from metac.dsl.diagnostics.suggest import suggest_file
from metac.dsl.parser import parse
from metac.dsl.source import Source

LARGEST_FILE = 4 * 1024 * 1024
"""Bytes; a file of definitions is some kilobytes."""


def open_library(
    module: ast.Module,
    findings: DiagnosticsSink,
    folder: Path | None = None,
    *,
    kept: Mapping[str, Source] | None = None,
    lacks_statements: bool = False,
) -> Library:
    """The library of a spec: its own definitions, the files that it imports, plug-ins and `metac.stdlib`.

    `folder` is the spec's folder; by default that of its source. `kept` are texts of imported files by their path from
    there, which stand for what the files hold now. `lacks_statements` tells that the spec has syntax errors.
    """
    folders = Folders(findings)
    root = (folder or folder_of(module.span.source)).resolve()
    name = module.span.source.name
    shown = Path() if name.startswith("<") else Path(name).parent
    importer = _Importer(root, shown, Library(folders), findings, kept or {})
    return importer.library(module, root / "spec.meta", (), lacks_statements)


def imported_files(library: Library) -> dict[str, Source]:
    """The texts of all files that a spec imports, by their path from its folder."""
    found: dict[Path, Source] = {}
    waiting = [imported for _, imported in library.imports]
    while waiting:
        imported = waiting.pop()
        if imported.path is not None and imported.module is not None and imported.path not in found:
            found[imported.path] = imported.module.span.source
            waiting += [further for _, further in imported.imports]
    assert library.path is not None
    return {path.relative_to(library.path.parent).as_posix(): text for path, text in sorted(found.items())}


class _Importer:
    def __init__(
        self, root: Path, shown: Path, base: Library, findings: DiagnosticsSink, kept: Mapping[str, Source]
    ) -> None:
        """`shown` is the project's folder as the user wrote it, for the names of imported files in messages."""
        self._root, self._shown, self._base, self._findings = root, shown, base, findings
        self._kept = kept
        self._read: dict[Path, Library] = {}

    def library(self, module: ast.Module, path: Path, trail: tuple[Path, ...], lacks_statements: bool = False) -> Library:
        """The library of one file; `trail` are the files that led to it."""
        imports: list[tuple[ast.Import, Library]] = []
        named: dict[str, ast.Import] = {}
        broken: list[ast.Import] = []
        for statement in module.statements:
            if not isinstance(statement, ast.Import):
                continue
            if statement.alias is not None:
                first = named.setdefault(statement.alias.text, statement)
                if first is not statement:
                    self._findings.error(
                        "M0204",
                        f"two imports are called `{statement.alias.text}`",
                        statement.alias.span,
                        "again here",
                        others=(Label(first.span, "first here"),),
                        help="give one of them another name",
                    )
                    continue
            library = self._imported(statement, path, trail)
            if library is not None:
                imports.append((statement, library))
            else:
                broken.append(statement)
        folders = self._base.folders
        return Library(folders, module, path, tuple(imports), self._base, tuple(broken), lacks_statements)

    def _imported(self, statement: ast.Import, importer: Path, trail: tuple[Path, ...]) -> Library | None:
        path = self._safe_path(statement, importer)
        if path is None:
            return None
        if path in trail:
            files = [*trail[trail.index(path) :], path]
            self._findings.error(
                "M0208",
                "these files import each other in a circle",
                statement.path.span,
                "closes the circle",
                notes=(" → ".join(file.name for file in files),),
                help="move what both need into a third file",
            )
            return None
        if path not in self._read:
            source = self._source(statement, path)
            if source is None:
                return None
            result = parse(source)
            for diagnostic in result.diagnostics:
                self._findings.add(diagnostic)
            self._read[path] = self.library(result.module, path, (*trail, path), bool(result.diagnostics))
        return self._read[path]

    def _safe_path(self, statement: ast.Import, importer: Path) -> Path | None:
        said = statement.path.value
        written = Path(said)
        problem = None
        if "\x00" in said or not said.strip():
            problem = "this is no path"
        elif written.is_absolute() or said.startswith("~") or (len(said) > 1 and said[1] == ":"):
            problem = "an import must be relative to the file that names it"
        else:
            try:
                path = (importer.parent / written).resolve()
                path.exists()
            except (OSError, RuntimeError):
                problem = "it is a link that leads to itself"
            else:
                if path.is_relative_to(self._root):
                    return path
                problem = "it lies outside the project"
        self._findings.error(
            "M0207",
            f'"{said}" cannot be imported: {problem}',
            statement.path.span,
            notes=("the project is the spec's folder with all below it; links count as what they point to",),
            help="copy the file into the project, or install a package of definitions",
        )
        return None

    def _source(self, statement: ast.Import, path: Path) -> FileSource | None:
        place = path.relative_to(self._root)
        kept = self._kept.get(place.as_posix())
        if kept is not None:
            return FileSource(kept.name, kept.text, path)
        text = self._text(statement, path)
        return None if text is None else FileSource(str(self._shown / place), text, path)

    def _text(self, statement: ast.Import, path: Path) -> str | None:
        span, said = statement.path.span, statement.path.value
        try:
            if path.is_dir():
                self._findings.error("M0209", f'"{said}" is a folder', span, help="import one of the files in it")
            elif path.exists() and not path.is_file():
                self._findings.error("M0209", f'"{said}" is no ordinary file', span, help="import a text file")
            elif path.stat().st_size > LARGEST_FILE:
                self._findings.error(
                    "M0209", f'"{said}" is too large for definitions', span, f"{path.stat().st_size:,} bytes"
                )
            else:
                return path.read_text(encoding="utf-8")
        except FileNotFoundError:
            nearby = [file.name for file in path.parent.glob("*.meta")] if path.parent.is_dir() else []
            meant = suggest_file(path.name, nearby)
            self._findings.error(
                "M0206",
                f'there is no file "{said}"',
                span,
                "not found",
                notes=("the path is relative to the file that imports it",),
                help=f'did you mean "{said.removesuffix(path.name)}{meant}"?' if meant else None,
            )
        except UnicodeDecodeError:
            self._findings.error("M0209", f'"{said}" is not a text in UTF-8', span)
        except OSError as problem:
            self._findings.error("M0209", f'"{said}" cannot be read', span, problem.strerror or "")
        return None
