"""The curves of a page say what history, verdicts and reports say."""

import pytest

from metac.api.report_page.charts import history_charts, response_charts
from metac.runtime.report.reported import OnMesh, Reported
from metac.runtime.report.verdicts import Verdict


def record(step, loss, **more):
    goals = {"nu(pull)": {"value": -0.1 * step, "contribution": loss}}
    return {"stage": 0, "restart": 0, "step": step, "loss": loss, "best": loss, "goals": goals} | more


def test_loss_and_goals_over_the_steps():
    history = [
        record(0, 3.0),
        record(1, 2.0),
        record(1, 2.5, remeshed={"number": 1, "why": "distorted mesh"}),
        record(2, 1.0),
    ]
    goal = Verdict("nu(pull)", "match", "", -0.2, True, target=-0.2, tolerance=0.02)
    loss, nu = history_charts(history, [goal])
    assert loss.abscissa == [0, 1, 1, 2] and loss.series[0].values == [3, 2, 2.5, 1] and loss.logarithmic
    assert [(mark.place, mark.label) for mark in loss.marks] == [(1, "remeshed (distorted mesh)")]
    reached, target, lower, upper = nu.series
    assert reached.values == [0, -0.1, -0.1, -0.2] and set(target.values) == {-0.2}
    assert [lower.values[0], upper.values[0]] == pytest.approx([-0.22, -0.18])


def test_stages_and_restarts_are_marked_where_they_start():
    history = [record(0, 3.0), record(1, 2.0), record(0, 4.0, stage=1), record(1, 1.0, stage=1), record(0, 5.0, restart=1)]
    (loss, _) = history_charts(history, [])
    assert [(mark.place, mark.label) for mark in loss.marks] == [(1, "stage 2"), (2, "restart 2")]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None, "nan"])
def test_what_is_no_number_is_a_gap_and_no_logarithm_is_taken(value):
    (loss, _) = history_charts([record(0, 3.0), record(1, value), record(2, 1.0)], [])
    assert loss.series[0].values == [3, None, 1] and not loss.logarithmic


def test_a_loss_that_is_negative_is_not_drawn_over_a_logarithm():
    assert not history_charts([record(0, 3.0), record(1, -1.0)], [])[0].logarithmic


def test_a_goal_on_a_curve_is_shown_by_how_far_it_is_off():
    goals = {"stress(pull)": {"deviation": 0.5, "contribution": 1.0}}
    history = [record(0, 3.0, goals=goals), record(1, 2.0, goals=goals)]
    goal = Verdict("stress(pull)", "match", "MPa", [1.0, 2.0], False, target=[1.0, 2.5], abscissa=[0.05, 0.1])
    chart = history_charts(history, [goal])[1]
    assert chart.vertical == "largest deviation (MPa)" and [each.label for each in chart.series] == ["off by at most"]


def test_targets_stand_beside_what_was_reached_over_strains_in_per_cent():
    verdict = Verdict(
        "stress(pull)", "match", "MPa", [1.0, None], False, fresh_value=[1.1, 2.2], checked=True,
        target=[1.0, 2.5], tolerance=0.1, abscissa=[0.05, 0.1], fresh_abscissa=[0.05, 0.1], over="nominal strain",
    )  # fmt: skip
    (chart,) = response_charts([verdict], [])
    assert chart.horizontal == "nominal strain (%)" and chart.abscissa == pytest.approx([5, 10])
    values = {each.label: each.values for each in chart.series}
    assert values["reached"] == [1.0, None] and values["on a fresh mesh"] == [1.1, 2.2] and values["target"] == [1.0, 2.5]
    assert values["allowed, to"] == pytest.approx([1.1, 2.6])


def test_a_goal_is_drawn_on_the_fresh_mesh_only_over_the_same_places():
    verdict = Verdict(
        "stress(pull)", "match", "MPa", [1.0, 2.0], False, fresh_value=[1.1, 2.2], checked=True,
        abscissa=[0.05, 0.1], fresh_abscissa=[0.05, 0.09],
    )  # fmt: skip
    (chart,) = response_charts([verdict], [])
    assert [each.label for each in chart.series] == ["reached"]


def test_reports_are_drawn_and_the_fresh_mesh_only_over_the_same_places():
    own = OnMesh([1.0, 2.0], abscissa=[0.0, 1.0])
    same, other = OnMesh([1.1, 2.1], abscissa=[0.0, 1.0]), OnMesh([1.1, 2.1], abscissa=[0.0, 0.9])
    charts = response_charts([], [Reported("a", "N", own, same, over="load factor"), Reported("b", "N", own, other)])
    assert [len(chart.series) for chart in charts] == [2, 1] and charts[0].horizontal == "load factor"
