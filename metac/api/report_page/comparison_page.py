"""The page that lays runs side by side, one file that needs nothing beside itself."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from metac.api.report_page.charts import history_charts, response_charts
from metac.api.report_page.comparison import COLOURS, Row, changes, overlaid
from metac.api.report_page.page import asset, charted, figures, script_json, template
from metac.api.run_content import RunContent
from metac.runtime.runs.atomic import write_text


def write_comparison(path: Path, runs: Sequence[RunContent], names: Sequence[str], rows: Sequence[Row]) -> None:
    """Write the page, whole or not at all.

    Raises:
        OSError: if it cannot be written.
    """
    write_text(path, render(runs, names, rows))


def render(runs: Sequence[RunContent], names: Sequence[str], rows: Sequence[Row]) -> str:
    """The page as text."""
    responses = [response_charts(run.verdicts, run.reports) for run in runs]
    charts = {
        "responses": overlaid(responses, names),
        "progress": overlaid([history_charts(run.history, run.verdicts) for run in runs], names),
    }
    return template("comparison.html").render(
        names=names,
        colours=COLOURS,
        groups=[(group, list(members)) for group, members in groupby(rows, lambda row: row.group)],
        changes=changes(runs, names),
        charts=charts,
        figures=_beside(runs, names, charted([chart for each in responses for chart in each])),
        data=script_json({group: [chart.plain() for chart in members] for group, members in charts.items()}),
        style=asset("uPlot.min.css") + asset("page.css"),
        scripts=[asset("uPlot.iife.min.js"), asset("charts.js")],
    )


def _beside(
    runs: Sequence[RunContent], names: Sequence[str], left_out: set[str]
) -> list[tuple[str, list[tuple[str, str | None]]]]:
    """Figures by name, with what each run has of that name; None where it has none, or a large one."""
    found = [{each.name: each.source for each in figures(run.path, left_out)} for run in runs]
    return [
        (name, [(label, _inlined(each.get(name))) for label, each in zip(names, found, strict=True)])
        for name in dict.fromkeys(name for each in found for name in each)
    ]


def _inlined(source: str | None) -> str | None:
    return source if source is not None and source.startswith("data:") else None
