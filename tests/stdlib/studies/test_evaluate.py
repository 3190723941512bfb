"""`evaluate`: goals over designs that are drawn at random."""

import csv
from types import SimpleNamespace
from typing import Any

import jax
import numpy as np
import pytest

import metac
from metac.compiler.lower.program import Program
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from metac.runtime.optimise.drawn_goals import HEADINGS, DrawnGoals

CELL = """\
material  soft  = linear_elastic { E = 1 MPa, nu = 0.3, plane = stress }
material  stiff = linear_elastic { E = 100 MPa, nu = 0.3, plane = stress }
generator field = density { pixels = [6, 6] }
generator other = density { pixels = [6, 6] }
body      cell  = pixels { density = field, size = 1 mm, materials = [soft, stiff] }
body      more  = pixels { density = other, size = 1 mm, materials = [soft, stiff] }
match   volume_fraction(cell) to 1 - volume_fraction(more) scale 1 within 0.05
require volume_fraction(cell) <= 0.5
study   look = evaluate { vary = field, draws = 6 }
"""


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evaluated") / "run"
    return metac.compile(CELL).run(out=folder), folder


def test_every_draw_stands_in_the_table(evaluated):
    result, folder = evaluated
    headings, *rows = list(csv.reader((folder / "draws.csv").open(encoding="utf-8")))
    assert len(rows) == 6 and headings[:2] == ["draw", "loss"]
    losses, values, targets = (np.array([float(row[place]) for row in rows]) for place in (1, 2, 3))
    # Only `field` is drawn anew: the target, which reads `other`, stays.
    assert np.ptp(values) > 1e-3 and np.ptp(targets) == 0
    np.testing.assert_allclose(losses, (values - targets) ** 2 + np.maximum(0, values / 0.5 - 1) ** 2, rtol=1e-5)
    assert float(result.summary["loss"]) == pytest.approx(losses.min(), rel=1e-6)
    assert [record["loss"] for record in result.history] == pytest.approx(losses, rel=1e-6)
    summary = list(csv.reader((folder / "draws-goals.csv").open(encoding="utf-8")))
    assert summary[0] == list(HEADINGS) and float(summary[1][2]) == pytest.approx(values.mean(), rel=1e-5)
    assert (folder / "draws.png").exists() and "`volume_fraction(cell)`: mean" in result.summary["ended"]


def test_it_resumes_with_more_draws_to_the_same_numbers(evaluated, monkeypatch):
    result, _ = evaluated
    traced, evaluate = [], Program.evaluate
    monkeypatch.setattr(Program, "evaluate", lambda *given: traced.append("evaluate") or evaluate(*given))
    kept: list[tuple[dict[str, Any], dict[str, Any]]] = []
    recorder: Any = SimpleNamespace(step=lambda record, state: kept.append((record, state())), phase=lambda text: None)
    for text in (CELL.replace("draws = 6", "draws = 3"), CELL):
        program: Any = metac.compile(text).program()
        (study,) = program.studies.values()
        study.run(program, jax.random.key(0), recorder, resume=kept[-1][1] if kept else None)
    assert [record["step"] for record, _ in kept] == [1, 2, 3, 4, 5, 6]
    assert [record["loss"] for record, _ in kept] == pytest.approx([each["loss"] for each in result.history], rel=1e-9)
    # For its shapes, and for the program that then serves all draws and the best of them.
    assert len(traced) == 2 * 2


def test_draws_that_are_all_the_same_are_refused():
    text = """
generator net  = jammed_network { nodes = 16 }
body      film = springs { network = net }
maximize coordination(film)
study look = evaluate { vary = net, draws = 3 }
"""
    with pytest.raises(DiagnosticError) as problem:
        metac.compile(text).run()
    (found,) = problem.value.diagnostics
    assert found.code == "M0599" and "sweep seed" in str(found.help)


def goal(value, target=None, met=None):
    return SimpleNamespace(value=np.array(value), target=target, met=met, deviation=np.array(0.5))


def test_numbers_of_a_known_sample():
    """Values that are off by 0.1 each, targets 0 … 3; a curve, and a draw that failed."""
    found = DrawnGoals.empty(("m", "curve"), 5)
    for draw in range(4):
        off = 0.1 * (-1) ** draw
        goals = {"m": goal(draw + off, np.array(float(draw)), True), "curve": goal([1.0, 2.0], np.zeros(2), draw > 0)}
        found.take(draw, SimpleNamespace(loss=0.0, goals=goals, requirements={}))
    one, other = found.summary()[1:]
    assert one[:2] == ["m", "4"] and one[6:] == ["1", f"{1 - 0.01 / 1.25:.6g}", "0.1"]
    assert other[6:] == ["0.75", "", ""] and other[2] == "0.5"
    assert found.table()[5] == ["5", "", "", "", "", "", "", ""]
    assert found.words() == ["`m`: mean 1.5, met by 100 %, R² 0.992", "`curve`: mean 0.5, met by 75 %"]
    again = DrawnGoals.read(found.names, found.arrays(), 8)
    assert again.known.tolist() == [True] * 4 + [False] * 4
    assert found.figure("draws") is not None
