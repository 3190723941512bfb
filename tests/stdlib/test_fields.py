"""A field and its default are said once, in the definition: Python classes take fields by keyword and have no defaults."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest

import metac.stdlib
from metac.compiler.library.class_loading import load_class
from tests.library import definition

STDLIB = Path(metac.stdlib.__file__).parent


def names_a_class(file: Path) -> bool:
    """Whether the definition in a file has a Python class of its own."""
    return any(line.strip().startswith("python ") for line in file.read_text("utf-8").splitlines())


FILES = sorted(file for file in STDLIB.glob("*/*.meta") if file.parent.name != "kinds" and names_a_class(file))


def repeated(file: Path) -> list[str]:
    """The fields of a definition that its class has a default for, or takes by position."""
    kind = next(line.split()[1] for line in file.read_text("utf-8").splitlines() if line.startswith("define "))
    made = definition(kind, file.stem)
    target = load_class(made)
    taken = inspect.signature(target).parameters
    plain = inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.empty

    def states(name: str) -> bool:
        if name in taken:
            return (taken[name].kind, taken[name].default) != plain
        return not missed(target, set(made.fields), name)

    return [name for name in made.fields if states(name)]


def missed(target: Any, fields: set[str], name: str) -> bool:
    """Whether a class that hands its fields on misses one that is left out."""
    try:
        target(**dict.fromkeys(fields - {name}))
    except TypeError as problem:
        return f"'{name}'" in str(problem)
    except Exception:  # what it says of the values, which are none here
        return False
    return False


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_a_class_states_no_defaults(file: Path) -> None:
    assert not repeated(file), "the definition is the one source of fields and defaults: keyword-only, no defaults"


def test_a_default_in_a_class_is_found() -> None:
    class HandedOn:
        def __init__(self, *, size: float, count: int = 3) -> None: ...

    def passes(**fields: Any) -> HandedOn:
        return HandedOn(**fields)

    assert missed(passes, {"size", "count"}, "size") and not missed(passes, {"size", "count"}, "count")
