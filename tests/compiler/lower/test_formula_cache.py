"""Formulas are worked out once and within a limit of time; what is read back can only compute."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from metac.api.formula_cache import FormulaFolder
from metac.compiler.lower import budget, energy_law, formula_cache
from metac.compiler.lower.emit import FUNCTIONS
from metac.compiler.lower.energy_law import energy_functions
from metac.compiler.lower.generated_function import function_from
from metac.compiler.operators.table import ARRAY_FUNCTIONS
from metac.compiler.pipeline import check
from metac.dsl.source import Source

LAW = """define material eight_chains {
    mu: Pressure
    n: Scalar
    K: Pressure
    I1(F) = det(F)^(-2/3)*tr(F.T*F)
    energy(F) = mu*((I1(F) - 3)/2 + (I1(F)^2 - 9)/(20*n) + 11*(I1(F)^3 - 27)/(1050*n^2)) + K/2*(det(F) - 1)^2
}
material r = eight_chains { mu = 1 MPa, n = 5, K = 10 MPa }
"""
HARMLESS = "def energy(xp, values):\n    F11, = values\n    return (xp.log(F11),)"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache of formulas in which nothing is, and no formula in memory."""
    monkeypatch.setattr(energy_law, "_known_laws", {})
    formula_cache.keep_in(FormulaFolder(tmp_path))
    yield tmp_path
    formula_cache.keep_in(None)


def test_what_is_read_back_computes_the_same(folder: Path, make, monkeypatch: pytest.MonkeyPatch) -> None:
    def values() -> list[np.ndarray]:
        law = energy_functions("neo_hookean", make.neo_hookean(), {"E": 0.0, "nu": 0.0})
        F = np.array([[1.2, 0.1], [-0.3, 0.95]])
        return [law.plane.evaluate(np, order, F, (50.0, 0.3)) for order in range(3)]

    first = values()
    assert len(list(folder.iterdir())) == 1
    monkeypatch.setattr(energy_law, "_known_laws", {})
    monkeypatch.setitem(sys.modules, "metac.compiler.lower.energy_derivatives", None)  # cannot be imported
    for one, other in zip(first, values(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_second_check_needs_no_sympy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METAC_CACHE", str(tmp_path / "cache"))
    spec = tmp_path / "spec.meta"
    spec.write_text(LAW, encoding="utf-8")
    program = "import metac, sys; print(metac.load(sys.argv[1]).diagnostics, 'sympy' in sys.modules)"
    told = [
        subprocess.run([sys.executable, "-c", program, spec], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert told[0].endswith(" True\n") and told[1] == told[0].replace(" True\n", " False\n")


@pytest.mark.parametrize("damaged", ["", "[]", "{}", "[1, 2, 3]", "no json", '["def f(): pass"]', "[" * 100_000])
def test_a_damaged_file_is_made_again(folder: Path, make, damaged: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert energy_functions("neo_hookean", make.neo_hookean(), {"E": 0.0, "nu": 0.0}).plane
    (file,) = folder.iterdir()
    whole = file.read_text(encoding="utf-8")
    file.write_text(damaged, encoding="utf-8")
    monkeypatch.setattr(energy_law, "_known_laws", {})
    assert energy_functions("neo_hookean", make.neo_hookean(), {"E": 0.0, "nu": 0.0}).plane
    assert file.read_text(encoding="utf-8") == whole


def test_arithmetic_is_read_back() -> None:
    assert function_from(HARMLESS)(np, [np.e]) == (1.0,)
    assert set(FUNCTIONS.values()) <= ARRAY_FUNCTIONS


EXPRESSIONS = (
    "xp.load(F11)",
    "xp.log.__globals__",
    "xp.log(F11, out=F11)",
    "F11.tofile",
    "F11(1)",
    "(lambda: F11)()",
    "[F11 for F11 in values]",
    "xp.log('text')",
    "(F11 := 1)",
    "f'{F11}'",
    "values[0]",
    "(yield F11)",
)
SOURCES = (
    "import os",
    HARMLESS + "\nimport os",
    "@print\n" + HARMLESS,
    HARMLESS.replace("values)", "values=print())", 1),
    HARMLESS.replace("F11, = values", "xp = values"),
    HARMLESS.replace("F11, = values", "values.x = 1"),
    HARMLESS.replace("F11, = values", "import os"),
    HARMLESS.replace("F11, = values", "print(1)"),
    HARMLESS.replace("):", ") -> print():", 1),
)


@pytest.mark.parametrize("source", [*(HARMLESS.replace("xp.log(F11)", said) for said in EXPRESSIONS), *SOURCES])
def test_nothing_else_is(source: str) -> None:
    with pytest.raises(ValueError, match="not a generated function"):
        function_from(source)


def test_what_takes_too_long_is_an_error_with_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "SECONDS", 0.02)
    monkeypatch.setattr(energy_law, "_known_laws", {})
    (found,) = check(Source("<slow>", LAW)).diagnostics
    assert found.code == "M0556" and found.labels[0].span.text.startswith("mu*")
    assert "more than 0.02 s" in f"{found.message}{found.labels[0].text}"


def test_the_limit_interrupts_what_catches_everything() -> None:
    with pytest.raises(budget.OutOfTime), budget.limited(0.05):
        while True:
            with contextlib.suppress(Exception):
                sum(range(100))


def test_nothing_is_interrupted_after_the_end() -> None:
    for _ in range(10):
        try:
            with budget.limited(0.0):
                time.sleep(0.05)  # just when the watch looks
        except budget.OutOfTime:
            pass
        for _ in range(1000):
            pass
