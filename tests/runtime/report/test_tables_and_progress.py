"""Verdicts, tables and progress lines."""

import io
from types import SimpleNamespace

import numpy as np
import pytest
from rich.console import Console

from metac.runtime.report.live import LiveDisplay
from metac.runtime.report.plain_progress import PlainLines, duration
from metac.runtime.report.table import HEADINGS, lines, quantity, rows
from metac.runtime.report.verdicts import all_met, verdicts


def goal(value, target=None, tolerance=None, met=None, **more):
    deviation = None if target is None else np.max(np.abs(np.asarray(value) - target))
    names = {"value": np.asarray(value), "target": target, "tolerance": tolerance, "deviation": deviation, "met": met}
    more = {"contribution": 0.5, "abscissa": None, "covered": True, "read": True} | more
    return SimpleNamespace(**names, **more)


def evaluation(**goals):
    bounds = SimpleNamespace(
        value=np.array(0.5), lower=np.array(0.49), upper=np.array(0.51), met=np.array(True), contribution=0.0, read=True
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


def test_a_goal_whose_load_ends_too_early_says_so():
    (found, _) = verdicts(evaluation(s=goal([1.0], np.array([1.0]), abscissa=np.array([0.1]), met=False, covered=False)))
    assert not found.final and "ends before the range" in found.reason


@pytest.mark.parametrize(("what", "said"), [("covered", "ends before the range"), ("read", "outside the increments")])
@pytest.mark.parametrize("at", range(3))
@pytest.mark.parametrize("kind", ["goals", "requirements"])
def test_numbers_that_are_not_those_asked_for_count_on_no_mesh(what, said, at, kind):
    """Of the run's mesh, the fresh one and second-order elements a single one is enough."""

    def one(number):
        each = goal(0.3, 0.3, 0.1, True, lower=None, upper=None, **({what: False} if number == at else {}))
        return SimpleNamespace(**{"goals": {}, "requirements": {}, "loss": 0.0, kind: {"a": each}})

    (found,) = verdicts(one(0), one(1), second_order=one(2))
    assert said in found.reason and not found.final
    assert verdicts(one(3), one(3), second_order=one(3))[0].final


def test_a_verdict_has_the_numbers_of_every_mesh():
    def one(value, places, contribution):
        curve = goal(value, np.zeros(2), abscissa=np.array(places), met=True, contribution=contribution)
        return SimpleNamespace(goals={"s": curve, "n": goal(1.0, 1.0, 0.1, True)}, requirements={}, loss=0.0)

    evaluated = one([1.0, 2.0], [0.1, 0.2], 3.0), one([1.0, 4.0], [0.15, 0.25], 5.0)
    curve, number = verdicts(*evaluated, second_order=one([1.0, 6.0], [0.1, 0.2], 7.0), over={"s": "strain", "n": "strain"})
    assert (curve.deviation, curve.fresh_deviation, curve.second_order_deviation) == (2, 4, 6)
    assert (curve.contribution, curve.fresh_contribution) == (3, 5)
    assert (curve.abscissa, curve.fresh_abscissa, curve.over) == ([0.1, 0.2], [0.15, 0.25], "strain")
    assert number.over is None and number.second_order_value == 1


def test_what_is_only_verified_contributes_nothing():
    (found,) = verdicts(
        SimpleNamespace(goals={}, requirements={"a": requirement(0.3, True)}, loss=0.0), senses={"a": "verify"}
    )
    assert found.sense == "verify" and found.contribution is None and found.fresh_contribution is None


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


def test_a_requirement_comes_with_its_mesh_error():
    def one(value):
        each = requirement(value, True, lower=np.array(0.03))
        return SimpleNamespace(goals={}, requirements={"critical_strain(push)": each}, loss=0.0)

    (found,) = verdicts(one(0.0402), one(0.0391))
    assert found.mesh_error == pytest.approx(0.0011) and rows([found])[0][2:4] == ("0.0402 ± 0.0011", "0.0391")
    (stable,) = verdicts(one(np.inf), one(np.inf))
    assert stable.mesh_error is None and rows([stable])[0][2] == "inf"
    (coarse,) = verdicts(one(0.0402), one(0.0391), second_order=one(0.036))
    assert coarse.mesh_error == pytest.approx(0.0042) and rows([coarse])[0][3] == "0.0391; second order: 0.036"


@pytest.mark.parametrize(
    ("richer_met", "failed", "final"), [(True, False, True), (False, False, False), (None, True, False), (None, False, True)]
)
def test_second_order_elements_decide_too(richer_met, failed, final):
    def one(met):
        return SimpleNamespace(goals={"a": goal(0.3, 0.25, 0.1, met)}, requirements={}, loss=0.0)

    richer = None if richer_met is None else one(richer_met)
    (found,) = verdicts(one(True), one(True), second_order=richer, second_order_failed=failed)
    assert found.final is final and found.second_order_checked is (richer_met is not None or failed)


def record(step, **more):
    goals = {"nu": {"value": -0.123456, "contribution": 1.0}, "s": {"deviation": 0.5, "contribution": 1.0}}
    return {"stage": 0, "restart": 0, "step": step, "loss": 0.5, "best": 0.25, "seconds": 2.0, "goals": goals, **more}


@pytest.mark.parametrize(("steps", "text"), [(0, "page begins"), (1, "page: at most 1 step"), (2, "page: at most 2 steps")])
def test_a_study_says_how_far_it_goes(steps, text):
    stream = io.StringIO()
    PlainLines(stream).begin("page", steps)
    assert stream.getvalue() == text + "\n"


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


@pytest.mark.parametrize(
    ("loss", "best", "shown"),
    [(None, None, "no loss yet"), (None, 0.25, "no loss yet  best 0.25"), (0.5, None, "loss 0.5"), (0.5, 0.5, "loss 0.5")],
)
def test_a_step_may_have_no_loss_yet(loss, best, shown):
    """As the first draws of a search, of which none can be built."""
    stream = io.StringIO()
    lines = PlainLines(stream, every=0.0)
    lines.begin("look", 3)
    lines.step({"step": 0, "loss": loss, "best": best, "stage": 0, "restart": 0, "seconds": 1.0})
    assert stream.getvalue().splitlines()[-1] == f"step 0/3  {shown}"


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


def requirement(value, met, lower=None, upper=None):
    found = {"value": np.array(value), "lower": lower, "upper": upper, "met": np.array(met)}
    return SimpleNamespace(**found, contribution=0.0, read=True)


def judged(met, fresh_met=None, kind="requirements", **more):
    """The only verdict of an evaluation, and of a fresh one where `fresh_met` is given."""

    def one(met):
        each = requirement(0.3, met, upper=np.array(0.25)) if kind == "requirements" else goal(0.3, 0.25, 0.1, met)
        return SimpleNamespace(**{"goals": {}, "requirements": {}, "loss": 0.0, kind: {"a": each}})

    (found,) = verdicts(one(met), None if fresh_met is None else one(fresh_met), **more)
    return found


@pytest.mark.parametrize("kind", ["goals", "requirements"])
@pytest.mark.parametrize(
    ("met", "fresh_met", "check_failed", "final"),
    [
        (True, None, False, True),
        (False, None, False, False),
        (True, True, False, True),
        (True, False, False, False),
        (False, True, False, False),
        (False, False, False, False),
        (True, None, True, False),
        (False, None, True, False),
    ],
)
def test_both_meshes_decide(kind, met, fresh_met, check_failed, final):
    found = judged(met, fresh_met, kind, check_failed=check_failed)
    assert found.final is final and all_met([found]) is final and all_met([judged(True), found]) is final
    assert found.met is met and found.fresh_met is (False if check_failed else fresh_met)
    assert found.checked is (fresh_met is not None or check_failed)
    assert rows([found])[0][-1] == ("met" if final else "missed")


@pytest.mark.parametrize("sense", ["minimize", "maximize"])
def test_an_extremum_whose_check_failed_is_not_met(sense):
    (found,) = verdicts(
        SimpleNamespace(goals={"mass": goal(3.0)}, requirements={}, loss=0.5), check_failed=True, senses={"mass": sense}
    )
    assert not found.final and found.sense == sense and rows([found])[0][-1] == "missed"


@pytest.mark.parametrize("value", [np.nan, np.inf, [1.0, np.nan], [[1.0, 2.0], [-np.inf, 0.0]]])
def test_a_goal_without_a_finite_value_is_not_met(value):
    for own, other in ((value, 1.0), (np.ones(np.shape(value)), value)):
        (found,) = verdicts(*(SimpleNamespace(goals={"e": goal(each)}, requirements={}, loss=0.0) for each in (own, other)))
        assert not found.final
        assert found.complete is bool(np.isfinite(own).all())
        assert not {"nan", "inf"} & set(str([found.value, found.fresh_value]).replace("-", "").strip("[]").split(", "))


def test_a_requirement_may_be_infinite_but_not_unknown():
    def one(value, met):
        return SimpleNamespace(goals={}, requirements={"c": requirement(value, met, lower=np.array(0.05))}, loss=0.0)

    (stable,) = verdicts(one(np.inf, True))
    assert stable.final and stable.complete and stable.value == np.inf
    (unknown,) = verdicts(one(np.nan, False))
    assert not unknown.final and not unknown.complete and unknown.value is None


def test_values_before_a_failure_stay():
    (found,) = verdicts(
        SimpleNamespace(
            goals={"s": goal([0.1, 0.2, np.nan], np.ones(3), abscissa=np.arange(3.0), met=False)}, requirements={}, loss=0.0
        )
    )
    assert found.value == [0.1, 0.2, None] and found.deviation is None and rows([found])[0][2] == "failed"


def test_zero_has_no_sign():
    assert quantity(-0.0, "MPa") == "0 MPa" and quantity(-1e-9, "") == "-1e-09"
