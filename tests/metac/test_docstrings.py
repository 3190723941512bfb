"""The examples in the docstrings of the public Python API, run."""

from __future__ import annotations

import doctest
import inspect
from pathlib import Path
from types import FunctionType

import jax
import pytest

import metac

SPEC = """\
param wanted: Scalar = 10

material soft  = linear_elastic { E = 1 MPa, nu = 0.3, plane = stress }
material stiff = linear_elastic { E = 100 MPa, nu = 0.3, plane = stress }
generator field = density { pixels = [8, 8] }
body cell = pixels { density = field, size = 1 mm, materials = [soft, stiff] }
load rve  = periodic { body = cell }
match stiffness(rve)[1, 1] to wanted * 1 MPa within 1 MPa
require volume_fraction(cell) <= 0.7
study fit = optimize { vary = field, using = lbfgs, steps = 20, stop = loss < 1e-6 }
"""

PUBLIC = [
    (name, part)
    for name in metac.__all__
    for value in (getattr(metac, name),)
    for part in (inspect.getmro(value) if inspect.isclass(value) else (value,))
    if part.__module__.startswith("metac.")
]
"""What `metac` offers, with the classes of metac that each inherits from."""
EXAMPLES = [
    example
    for name, part in PUBLIC
    for example in doctest.DocTestFinder(exclude_empty=True).find(part, name, globs={"metac": metac, "jax": jax})
    if example.examples
]
WANTED = {"load", "compile", "Design.set", "Design.diagnostics", "Design.plan", "Design.program", "Design.run", "Result"}


def test_what_users_call_has_an_example() -> None:
    assert {example.name for example in EXAMPLES} >= WANTED
    undocumented = [
        f"{name}.{member}"
        for name, part in PUBLIC
        if inspect.isclass(part)
        for member, value in vars(part).items()
        if isinstance(value, FunctionType) and not member.startswith("_") and not value.__doc__
    ]
    assert undocumented == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_the_example_holds(example: doctest.DocTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cell.meta").write_text(SPEC, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    report: list[str] = []
    failed, tried = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example, out=report.append)
    assert tried > 0
    assert failed == 0, "".join(report)
