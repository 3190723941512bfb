"""Neither the language nor the compiler names a definition of the library: a new part changes nothing there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEFINED = {path.stem: path.parent.name for path in (ROOT / "stdlib").glob("*/*.meta") if path.parent.name != "kinds"}
HOMONYMS = {
    "dsl/diagnostics/render.py": {"frame"},  # around an excerpt
    "compiler/types/units.py": {"cm"},  # the centimetre; a plane group as well
    "compiler/operators/table.py": {"difference", "sin", "tanh"},  # functions of the language; activations as well
    "compiler/lower/energy_checks.py": {"energy"},  # the function that a law states
    "compiler/lower/energy_derivatives.py": {"energy", "stress"},  # names of generated functions; measures as well
    "compiler/lower/given_laws.py": {"energy", "stress"},  # functions that laws have in space
    "dsl/diagnostics/json.py": {"offset"},
    "compiler/elaborate/given_curves.py": {"linear"},
    "compiler/interfaces/given_curve.py": {"linear"},
    "compiler/library/member_checks.py": {"mesh"},  # a form; a body as well
}
"""Names that mean something else there."""
FILES = sorted(str(file.relative_to(ROOT)) for folder in ("dsl", "compiler") for file in (ROOT / folder).rglob("*.py"))


def texts(file: Path) -> Iterator[str]:
    """String literals, but for documentation."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.value


def named(text: str) -> set[str]:
    """Definitions that a text is the name of, or makes an object of: `flow { … }`, `stress(pull)`, `= flow`."""
    made = re.findall(r"([A-Za-z_]\w*) ?\{|([A-Za-z_]\w*)\(\w+\)|= ([A-Za-z_]\w*)", text)
    return {text, *(name for each in made for name in each)} & DEFINED.keys()


@pytest.mark.parametrize("file", FILES)
def test_no_definition_is_named(file: str) -> None:
    found = set().union(*map(named, texts(ROOT / file))) if (ROOT / file).stat().st_size else set()
    assert not found - HOMONYMS.get(file, set())


def test_the_scan_finds_names() -> None:
    assert named("write `match poisson_ratio(pull) to -0.3`") == {"poisson_ratio"}
    assert named("add `study fit = optimize { vary = … }`") == {"optimize"}
    assert named("flow") == {"flow"} and not named("the flow of time")


@pytest.mark.parametrize("file", sorted(HOMONYMS))
def test_no_exception_is_left_over(file: str) -> None:
    assert HOMONYMS[file] <= set().union(*map(named, texts(ROOT / file)))
