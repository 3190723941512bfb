"""Every class of the library tells type checkers which protocols it satisfies, and leaves out none that it does satisfy."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import metac.compiler.interfaces
from metac.compiler.interfaces.generator import Composable
from metac.compiler.interfaces.load import WarmStartable
from metac.compiler.library.class_loading import load_class
from metac.compiler.library.class_shape import shape_of
from metac.compiler.library.conformance import built_from, member_problem
from metac.compiler.library.definitions import Definition
from metac.compiler.library.interface_members import members_of, protocols_of
from tests.compiler.library.test_conformance import KINDS, definitions, members_written

OF_ALL_KINDS = ("beside", "drawing")
"""Interfaces that are of no kind: what objects of several may do."""


def stated(target: type) -> set[type]:
    """The protocols that a class, or one that it inherits from, states; with those that they inherit from."""
    found = (protocol for base in target.__mro__ for protocol in stated_of(base))
    return {each for protocol in found for each in protocol.__mro__}


def stated_of(target: type) -> list[type]:
    """The protocols that the file of a class states of it."""
    if not target.__module__.startswith("metac."):
        return []
    return [protocol for name, protocol in statements(target.__module__) if name == target.__name__]


@cache
def statements(module: str) -> list[tuple[str, type]]:
    """What the file of a module states: names of classes, each with a protocol."""
    tree = ast.parse(Path(inspect.getsourcefile(import_module(module)) or "").read_text(encoding="utf-8"))
    found: list[tuple[str, type]] = []
    for block in tree.body:
        if not (isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"):
            continue
        for line in block.body:
            match line:
                case ast.Expr(
                    ast.Call(
                        ast.Subscript(ast.Name("Satisfies"), ast.Name(protocol) | ast.Subscript(value=ast.Name(protocol))),
                        classes,
                    )
                ):
                    found += [(ast.unparse(each), imported(tree, protocol)) for each in classes]
    return found


def imported(tree: ast.Module, name: str) -> Any:
    """What a file knows under an imported name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and name in {each.asname or each.name for each in node.names}:
            return getattr(import_module(node.module), name)
    raise KeyError(name)


def able(definition: Definition) -> Iterator[type]:
    """The protocols of its kind and form, and the capabilities that its class has at run time."""
    required, kind = protocols_of(definition.kind, definition.form), definition.kind
    yield from required
    of_forms = {protocol for form in kind.forms for protocol in protocols_of(kind, form)}
    shape, written = shape_of(load_class(definition)), members_written(definition)
    for protocol in protocols((kind.name, *OF_ALL_KINDS)):
        asked = members_of(protocol)
        has_all = asked and {each.name for each in asked} <= written
        if protocol not in of_forms and has_all and not any(member_problem(shape, each) for each in asked):
            yield protocol


def protocols(interfaces: tuple[str, ...]) -> Iterator[type]:
    for name in interfaces:
        module = import_module(f"{metac.compiler.interfaces.__name__}.{name}")
        for each in vars(module).values():
            if inspect.isclass(each) and each.__module__ == module.__name__ and getattr(each, "_is_runtime_protocol", False):
                yield each


@pytest.mark.parametrize("kind", KINDS)
def test_every_class_states_what_it_satisfies(kind: str) -> None:
    for each in definitions(kind):
        target = load_class(each)
        own = {base for protocol in stated_of(target) for base in protocol.__mro__}
        assert own >= set(protocols_of(each.kind, each.form)), f"{target.__module__} does not state its kind"
        missing = {protocol.__name__ for protocol in able(each)} - {protocol.__name__ for protocol in stated(target)}
        assert not missing, f"{target.__module__}: `{target.__name__}` has it, but does not state it"


def test_capabilities_are_found_at_run_time() -> None:
    found = {each.name: set(able(each)) for kind in ("generator", "load") for each in definitions(kind)}
    assert Composable in found["flow"] and WarmStartable in found["tension"]
    assert Composable not in found["density"] and WarmStartable not in found["tension_cases"]


LOST = """
from typing import Protocol

from metac.compiler.interfaces.satisfies import Satisfies

class Rests(Protocol):
    def at_rest(self, theta: float) -> float: ...

class Kept:
    def at_rest(self, theta: float) -> float:
        return theta

class Renamed:
    def resting(self, theta: float) -> float:
        return theta

Satisfies[Rests](Kept)
Satisfies[Rests](Kept, Renamed)
"""


def test_a_type_checker_refuses_a_class_that_lost_a_method(tmp_path: Path) -> None:
    (tmp_path / "lost.py").write_text(LOST, encoding="utf-8")
    command = [sys.executable, "-m", "basedpyright", "--pythonpath", sys.executable, str(tmp_path / "lost.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    errors = [line for line in done.stdout.splitlines() if " - error: " in line]
    assert done.returncode == 1 and len(errors) == 1, done.stdout + done.stderr
    assert "Renamed" in errors[0] and f"lost.py:{len(LOST.splitlines())}:" in errors[0]


@pytest.mark.parametrize("kind", KINDS)
def test_what_classes_build_from_stands_in_their_sources(kind: str):
    """So that `metac check`, which imports no class, finds a parameter that varies and is used in what is made once."""
    for definition in definitions(kind):
        if definition.python is None:
            continue
        target = load_class(definition)
        build = inspect.signature(target.build).parameters if hasattr(target, "build") else {}
        whatever = any(each.kind is inspect.Parameter.VAR_KEYWORD for each in build.values())
        taken = set(definition.fields) if whatever else set(build) & definition.fields.keys()
        if any("build" in vars(base) and base.__module__ != target.__module__ for base in target.__mro__):
            assert built_from(definition) <= taken, definition.name  # the source of another module is not read
        else:
            assert built_from(definition) == taken, definition.name
