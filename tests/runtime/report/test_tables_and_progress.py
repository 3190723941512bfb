"""Verdicts, tables and progress lines."""

import io
from types import SimpleNamespace

import numpy as np
from rich.console import Console

from metac.runtime.report.live import LiveDisplay
from metac.runtime.report.plain_progress import PlainLines, duration
from metac.runtime.report.table import HEADINGS, lines, rows
from metac.runtime.report.verdicts import all_met, verdicts


def goal(value, target=None, tolerance=None, met=None, **more):
    deviation = None if target is None else np.max(np.abs(np.asarray(value) - target))
    names = {"value": np.asarray(value), "target": target, "tolerance": tolerance, "deviation": deviation, "met": met}
    return SimpleNamespace(**names, contribution=0.5, abscissa=more.get("abscissa"))


def evaluation(**goals):
    bounds = SimpleNamespace(
        value=np.array(0.5), lower=np.array(0.49), upper=np.array(0.51), met=np.array(True), contribution=0.0
    )
    return SimpleNamespace(goals=goals, requirements={"volume_fraction(design)": bounds}, loss=0.5)


def test_a_goal_counts_only_where_both_meshes_agree():
    good, bad = evaluation(nu=goal(-0.5, -0.5, 0.1, True)), evaluation(nu=goal(-0.3, -0.5, 0.1, False))
    assert all_met(verdicts(good))
    assert all_met(verdicts(good, good))
    assert not all_met(verdicts(good, bad))
    assert not all_met(verdicts(bad, good))
    assert not all_met(verdicts(good, check_failed=True))


def test_nothing_can_be_missed_by_an_extremum():
    found = verdicts(evaluation(mass=goal(3.0)), check_failed=False, senses={"mass": "minimize"})
    assert found[0].final and rows(found)[0][1] == "minimize" and rows(found)[0][-1] == "–"


def test_the_table_shows_both_values():
    own = evaluation(
        nu=goal(-0.512, -0.5, 0.02, True), s=goal([1.0, 2.0], np.array([1.0, 2.5]), abscissa=np.array([0.1, 0.2]), met=False)
    )
    fresh = evaluation(
        nu=goal(-0.47, -0.5, 0.02, False), s=goal([1.0, 2.2], np.array([1.0, 2.5]), abscissa=np.array([0.1, 0.2]), met=False)
    )
    table = rows(verdicts(own, fresh, units={"s": "MPa"}))
    assert table[0] == ("nu", "-0.5", "-0.512", "-0.47", "± 0.02", "missed")
    assert table[1] == ("s", "curve", "off by 0.5 MPa", "off by 0.3 MPa", "loss below 0.01", "missed")
    assert table[2] == ("volume_fraction(design)", "0.49 … 0.51", "0.5", "0.5", "–", "met")
    text = lines(HEADINGS, table)
    assert len({line.index("  ") for line in text if not line.startswith("volume")}) >= 1 and len(text) == 5
    assert rows(verdicts(own, check_failed=True))[0][3] == "failed"


def record(step, **more):
    goals = {"nu": {"value": -0.123456, "contribution": 1.0}, "s": {"deviation": 0.5, "contribution": 1.0}}
    return {"stage": 0, "restart": 0, "step": step, "loss": 0.5, "best": 0.25, "seconds": 2.0, "goals": goals, **more}


def test_plain_lines_are_few_and_tell_all():
    now = [0.0]
    stream = io.StringIO()
    shown = PlainLines(stream, every=5.0, clock=lambda: now[0])
    shown.begin("fit", 100)
    for step in range(10):
        now[0] += 1.0
        shown.step(record(step))
    shown.step(record(10, rejected=["no"]))
    shown.step(record(11, end="stop rule", restart=1))
    shown.note("careful")
    shown.end()
    text = stream.getvalue().splitlines()
    assert text[0] == "fit: at most 100 steps"
    assert [line.split()[1] for line in text[1:-2]] == ["0/100", "5/100", "10/100"]
    assert text[2] == "step 5/100  loss 0.5  best 0.25  2 s/step  at most 3 min 10 s left  nu -0.1235  s off by 0.5"
    assert "shortened 1×" in text[3] and text[4].startswith("restart 2  step 11/100") and "(stop rule)" in text[4]
    assert text[-1] == "careful"


def test_the_live_display_shows_the_same():
    stream = io.StringIO()
    display = LiveDisplay(Console(file=stream, force_terminal=True, width=140))
    display.phase("building")
    display.begin("fit", 100)
    display.step(record(7))
    display.note("careful [bold]brackets[/bold] are text")
    display.end()
    display.end()
    text = stream.getvalue()
    for part in ("building", "step 7/100", "nu -0.1235", "[bold]brackets[/bold]"):
        assert part in text


def test_durations():
    assert [duration(s) for s in (4.4, 61, 7500)] == ["4 s", "1 min 1 s", "2 h 5 min"]
