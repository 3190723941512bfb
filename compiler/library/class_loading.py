"""Loading the Python class that a definition names."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.resources import files
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from metac.compiler.library.definitions import Definition, FileSource, Kind
from metac.compiler.library.plug_ins import ENTRY_POINTS, plug_in_packages
from metac.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError, Label

OWN = "metac."
"""Modules of our own."""

_STANDARD = Path(str(files("metac.stdlib")))
"""The library that comes with metac; its definitions are judged by its tests, not at every check."""

_loaded: dict[Path, tuple[float, ModuleType]] = {}


def load_class(definition: Definition) -> Any:
    """The class that makes a definition's objects.

    A target is `file.py:Class` with a path relative to the `.meta` file and below its folder, or `module:Class` of metac or
    of an installed plug-in. Raises DiagnosticError: M0570 where the module cannot be loaded, M0571 where it has no class of
    that name, M0577 where that is no class, M0578 where the target is neither of these; code in the module runs.
    """
    if definition.target is None:
        raise _problem(definition, "names no Python class", "a definition without members needs one")
    found = load_target(definition, definition.target)
    if not isinstance(found, type):
        raise _problem(definition, f"`{definition.target}` is no class", f"it is a {type(found).__name__}", code="M0577")
    _require_home(definition, definition.target, found)
    return found


def load_target(definition: Definition, target: str) -> Any:
    """What a target of a definition names, a class or a function; raises as `load_class`."""
    place, _, name = target.rpartition(":")
    path = source_of(definition, target)
    try:
        module = _from_file(path) if path is not None and place.endswith(".py") else import_module(place)
    except Exception as problem:  # whatever the module does when it is imported
        raise _problem(definition, f"`{place}` cannot be imported", f"{type(problem).__name__}: {problem}") from problem
    try:
        return getattr(module, name)
    except AttributeError:
        raise _problem(definition, f"`{place}` has no class `{name}`", "", code="M0571") from None


def source_of(definition: Definition, target: str) -> Path | None:
    """The file of a target, nothing of which is run; None for modules of metac itself.

    Raises DiagnosticError: M0570 for a file outside the definition's folder and for a module that is not there, M0578 for a
    module of neither metac nor an installed plug-in: the text of a spec cannot call any code that happens to be installed.
    """
    place = target.rpartition(":")[0]
    if place.endswith(".py"):
        folder = definition.folder.resolve()
        path = (folder / place).resolve()
        if not path.is_relative_to(folder):
            raise _problem(definition, f"`{place}` lies outside the definition's folder", "")
        return path
    if place.startswith(OWN):
        return None
    if not is_trusted(place):
        raise _problem(
            definition,
            f"`{place}` is no module of metac or of an installed plug-in",
            f"plug-ins are packages that register a folder of definitions in the entry-point group {ENTRY_POINTS}",
            code="M0578",
            help='put the class into a file beside the definition: `python "file.py:Class"`',
        )
    return _module_of(definition, place)


def written_source_of(definition: Definition, target: str) -> Path | None:
    """As `source_of`, also for modules of metac itself."""
    place = target.rpartition(":")[0]
    if place.startswith(OWN) and not place.endswith(".py"):
        return _module_of(definition, place)
    return source_of(definition, target)


def judged_source_of(definition: Definition, target: str) -> Path | None:
    """As `source_of`, also for what others name in metac; None for its own definitions, which its tests judge."""
    place = target.rpartition(":")[0]
    if place.startswith(OWN) and not place.endswith(".py"):
        return None if definition.folder.is_relative_to(_STANDARD) else _module_of(definition, place)
    return source_of(definition, target)


def comes_with_metac(kind: Kind) -> bool:
    """Whether a kind is one of the library's own."""
    source = kind.span.source
    return isinstance(source, FileSource) and source.path.is_relative_to(_STANDARD)


def _module_of(definition: Definition, place: str) -> Path:
    top, *inner = place.split(".")
    path = _file_of_module(top, inner)
    if path is None:
        raise _problem(definition, f"there is no module `{place}`", "")
    return path


def is_trusted(module: str) -> bool:
    """Whether definitions may name what a module holds: it is one of metac or of an installed plug-in."""
    return module.startswith(OWN) or module.split(".")[0] in plug_in_packages()


def _file_of_module(top: str, inner: list[str]) -> Path | None:
    try:
        spec = find_spec(top)
    except (ImportError, ValueError):
        return None
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder).joinpath(*inner)
        for file in (path / "__init__.py", path.with_suffix(".py") if inner else path / "__init__.py"):
            if file.is_file():
                return file
    return Path(spec.origin) if spec and not inner and spec.origin and spec.origin.endswith(".py") else None


def _require_home(definition: Definition, target: str, found: type) -> None:
    """M0578 where a module only passes on a class that comes from elsewhere, such as `subprocess.Popen`."""
    place = target.rpartition(":")[0]
    home = found.__module__
    if place.endswith(".py") or is_trusted(home):
        return
    message = f"`{found.__name__}` is a class of `{home}`, which is no plug-in"
    raise _problem(definition, message, "", code="M0578", help="name a class of its own")


def _from_file(path: Path) -> ModuleType:
    changed = path.stat().st_mtime
    if path not in _loaded or _loaded[path][0] != changed:
        name = f"metac_definition_{path.stem}_{abs(hash(path)):x}"
        spec = spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise ImportError(f"{path} is not a Python file")
        module = module_from_spec(spec)
        # Dataclasses look their module up by name while they are made.
        sys.modules[name] = module
        spec.loader.exec_module(module)
        _loaded[path] = (changed, module)
    return _loaded[path][1]


def _problem(
    definition: Definition, message: str, note: str, code: str = "M0570", help: str | None = None
) -> DiagnosticError:
    return DiagnosticError(
        (
            Diagnostic(
                code,
                f"the Python class of `{definition.name}` cannot be loaded: {message}",
                (Label(definition.python_span or definition.span),),
                (note,) if note else (),
                help=help,
            ),
        )
    )
