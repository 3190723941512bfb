"""Loading the Python class that a definition names."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from metac.compiler.library.definitions import Definition
from metac.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError, Label

_loaded: dict[Path, tuple[float, ModuleType]] = {}


def load_class(definition: Definition) -> Any:
    """The class that makes a definition's objects.

    A target is `module:Class`, or `file.py:Class` with a path relative to the `.meta` file and below its folder. Raises
    DiagnosticError M0570 where the module cannot be loaded, M0571 where it has no such class; code in the module runs.
    """
    if definition.target is None:
        raise _problem(definition, "names no Python class", "a definition without members needs one")
    return load_target(definition, definition.target)


def load_target(definition: Definition, target: str) -> Any:
    """What a target of a definition names, a class or a function; raises as `load_class`."""
    place, _, name = target.rpartition(":")
    try:
        module = _from_file(definition, place) if place.endswith(".py") else import_module(place)
    except DiagnosticError:
        raise
    except Exception as problem:  # whatever the module does when it is imported
        raise _problem(definition, f"`{place}` cannot be imported", f"{type(problem).__name__}: {problem}") from problem
    try:
        return getattr(module, name)
    except AttributeError:
        raise _problem(definition, f"`{place}` has no class `{name}`", "", code="M0571") from None


def _from_file(definition: Definition, place: str) -> ModuleType:
    folder = definition.folder.resolve()
    path = (folder / place).resolve()
    if not path.is_relative_to(folder):
        raise _problem(definition, f"`{place}` lies outside the definition's folder", "")
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


def _problem(definition: Definition, message: str, note: str, code: str = "M0570") -> DiagnosticError:
    return DiagnosticError(
        (
            Diagnostic(
                code,
                f"the Python class of `{definition.name}` cannot be loaded: {message}",
                (Label(definition.span),),
                (note,) if note else (),
                help=f'the definition says `python "{definition.target}"`' if definition.target else None,
            ),
        )
    )
