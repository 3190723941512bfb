"""The curves of a page as plain data, drawn in the browser: how the run went, and targets beside what was reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from metac.runtime.report.design_plots import steps_taken
from metac.runtime.report.drawings import is_strain
from metac.runtime.report.reported import APPLIED, Reported
from metac.runtime.report.verdicts import Verdict
from metac.runtime.runs.history import STUDY

NOT_THERE: Literal[""] = ""
"""At places that a line has no point at, where others of the chart have: the line goes on."""
Numbers = Sequence[float | Literal[""] | None]
"""None is a gap."""
MARKED = 30
"""Values from which on a line is drawn without marks."""


@dataclass(frozen=True)
class Series:
    """One line of a chart."""

    label: str
    values: Numbers
    form: str = "line"
    """`line`, `marked` (with points), `dashed`, or `bound`: one edge of a band."""
    role: str = "reached"
    """What it shows, which gives its colour: `reached`, `fresh`, `target`, `other`; of several runs `run1` to `run8`."""


@dataclass(frozen=True)
class Mark:
    """A place on the axis that is named."""

    place: float
    label: str


@dataclass(frozen=True)
class Chart:
    """A chart."""

    title: str
    horizontal: str
    """Label of the axis, with its unit."""
    vertical: str
    abscissa: list[float]
    series: list[Series]
    marks: list[Mark]
    logarithmic: bool = False

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def history_charts(history: Sequence[Mapping[str, Any]], verdicts: Sequence[Verdict]) -> list[Chart]:
    """The loss and every goal over the steps, with the starts of studies, stages and restarts and the remeshings marked.

    A goal on a curve or tensor is shown by how far it is off. Empty where there are fewer than two records.
    """
    if len(history) < 2:
        return []
    places = [float(step) for step in steps_taken(history)]
    marks = _marks(history, places)
    loss = [_number(record.get("loss")) for record in history]
    best = [_number(record.get("best")) for record in history]
    positive = all(value is not None and value > 0 for value in loss)
    chart = Chart(
        "Loss",
        "optimisation step",
        "loss (no unit)",
        places,
        [Series("loss", loss, _form(loss)), Series("lowest so far", best, "dashed", "other")],
        marks,
        positive,
    )
    known = {verdict.name: verdict for verdict in verdicts}
    names = dict.fromkeys(name for record in history for name in record.get("goals", {}))
    return [chart, *(_goal_chart(name, known.get(name), history, places, marks) for name in names)]


def _goal_chart(
    name: str, verdict: Verdict | None, history: Sequence[Mapping[str, Any]], places: list[float], marks: list[Mark]
) -> Chart:
    goals = [record.get("goals", {}).get(name, {}) for record in history]
    single = any("value" in goal for goal in goals)
    values = [_number(goal.get("value" if single else "deviation")) for goal in goals]
    unit = verdict.unit if verdict else ""
    series = [Series("reached" if single else "off by at most", values)]
    if single and verdict is not None and verdict.single and verdict.target is not None:
        series += _target(np.full(len(values), float(verdict.target)), verdict.tolerance)
    return Chart(
        name, "optimisation step", _labelled("value" if single else "largest deviation", unit), places, series, marks
    )


def _marks(history: Sequence[Mapping[str, Any]], places: list[float]) -> list[Mark]:
    """Starts of studies, stages and restarts but for the first, and remeshings that went well."""
    marks = []
    for number, (record, place) in enumerate(zip(history, places, strict=True)):
        before = history[number - 1] if number else record
        if record.get(STUDY) != before.get(STUDY):
            marks.append(Mark(place, f"study {record[STUDY]}"))
        elif "number" in record.get("remeshed", {}):
            marks.append(Mark(place, f"remeshed ({record['remeshed']['why']})"))
        elif record.get("restart") != before.get("restart"):
            marks.append(Mark(place, f"restart {record['restart'] + 1}"))
        elif record.get("stage") != before.get("stage"):
            marks.append(Mark(place, f"stage {record['stage'] + 1}"))
    return marks


def response_charts(verdicts: Sequence[Verdict], reports: Sequence[Reported]) -> list[Chart]:
    """Goals and reports that are curves: what was reached on each mesh, beside the target."""
    charts = [_verdict_chart(verdict) for verdict in verdicts if verdict.abscissa is not None]
    return charts + [_report_chart(report) for report in reports if report.own.abscissa is not None]


def _verdict_chart(verdict: Verdict) -> Chart:
    places, label = _axis(verdict.abscissa, verdict.over)
    series = [Series("reached", _numbers(verdict.value), _form(verdict.value))]
    # One chart has one axis: what a path by its length has on the fresh mesh, at other places, is in its figure.
    if verdict.fresh_value is not None and verdict.fresh_abscissa == verdict.abscissa:
        series.append(Series("on a fresh mesh", _numbers(verdict.fresh_value), _form(verdict.value), "fresh"))
    if verdict.target is not None:
        series += _target(np.asarray(verdict.target, dtype=float), verdict.tolerance)
    return Chart(verdict.name, label, _labelled("value", verdict.unit), places, series, [])


def _report_chart(report: Reported) -> Chart:
    places, label = _axis(report.own.abscissa, report.over)
    series = [Series("reached", _numbers(report.own.value), _form(report.own.value))]
    fresh = report.fresh
    if fresh is not None and fresh.abscissa == report.own.abscissa:
        series.append(Series("on a fresh mesh", _numbers(fresh.value), _form(fresh.value), "fresh"))
    return Chart(report.name, label, _labelled("value", report.unit), places, series, [])


def _axis(abscissa: Any, over: str | None) -> tuple[list[float], str]:
    """Strains in per cent, as in the figures."""
    applied = over or APPLIED
    times = 100 if is_strain(applied) else 1
    return [times * float(value) for value in abscissa], f"{applied} (%)" if is_strain(applied) else applied


def _target(target: np.ndarray, tolerance: float | None) -> list[Series]:
    series = [Series("target", _numbers(target), "dashed", "target")]
    if tolerance is not None:
        lower, upper = _numbers(target - tolerance), _numbers(target + tolerance)
        series += [Series("allowed, from", lower, "bound", "target"), Series("allowed, to", upper, "bound", "target")]
    return series


def _labelled(what: str, unit: str) -> str:
    """The title names the goal; the axis says what of it, and its unit."""
    return f"{what} ({unit or 'no unit'})"


def _form(values: Sequence[Any]) -> str:
    """Few values are marked one by one."""
    return "marked" if len(values) < MARKED else "line"


def _numbers(values: Any) -> Numbers:
    return [_number(value) for value in (values.tolist() if isinstance(values, np.ndarray) else values)]


def _number(value: Any) -> float | None:
    """None for what is missing or not finite, which JSON does not know."""
    return float(value) if isinstance(value, (int, float)) and np.isfinite(value) else None
