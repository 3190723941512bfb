"""`report.html`, made from what a run folder holds; the same for runs that are finished, failed, interrupted or going on."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from metac.api.report_page.charts import Chart, history_charts, response_charts
from metac.api.report_page.mesh_views import MeshView, mesh_views
from metac.api.report_page.story import command, facts, outcome, story
from metac.api.run_content import RunContent, read_run
from metac.runtime.report import reported, table
from metac.runtime.report.guide import PAGE, described_files
from metac.runtime.report.result_files import file_name
from metac.runtime.runs.atomic import write_text

ASSETS = Path(__file__).with_name("assets")
SCRIPTS = ("uPlot.iife.min.js", "charts.js", "viewer.js")
LARGEST_FIGURE = 2_000_000
"""Bytes of a PNG up to which it is part of the page."""


@dataclass(frozen=True)
class Figure:
    """A PNG of the folder."""

    name: str
    source: str
    """A `data:` address, or the file's name where it is too large to be part of the page."""


def write_page(folder: Path) -> Path:
    """Write `report.html` into a run folder, whole or not at all.

    Raises:
        FolderFailure: if it is not the folder of a run, or a file in it is not what metac writes.
        OSError: if it cannot be written.
    """
    path = folder / PAGE
    write_text(path, render(read_run(folder)))
    return path


def render(run: RunContent, *, live: bool = False) -> str:
    """The page as text; a live one asks its server where the run is, and shows it."""
    charts = {"progress": history_charts(run.history, run.verdicts), "responses": response_charts(run.verdicts, run.reports)}
    views = mesh_views(run.path)
    shown = [view for view in views if isinstance(view, MeshView)]
    return template("page.html").render(
        run=run,
        live=live,
        outcome=outcome(run),
        command=command(run),
        facts=facts(run),
        story=story(run),
        messages=_messages(run.summary),
        goals=[*zip(run.verdicts, table.rows(run.verdicts), strict=True)],
        goal_headings=table.HEADINGS,
        reports=reported.rows(run.reports),
        report_headings=reported.HEADINGS,
        views=shown,
        not_shown=[view for view in views if isinstance(view, str)],
        figures=figures(run.path, charted(charts["responses"])),
        charts={group: [{"title": chart.title} for chart in members] for group, members in charts.items()},
        data=script_json({**{k: [each.plain() for each in v] for k, v in charts.items()}, "views": [v.data for v in shown]}),
        files=described_files(run.path),
        style=asset("uPlot.min.css") + asset("page.css"),
        scripts=[asset(name) for name in (*SCRIPTS, *(("live.js",) if live else ()))],
    )


@cache
def template(name: str) -> Any:
    """The frame of a page; texts are escaped where they are put in."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(ASSETS), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(name)


@cache
def asset(name: str) -> str:
    """The text of a file that is put into pages."""
    return (ASSETS / name).read_text(encoding="utf-8")


def script_json(content: Mapping[str, Any]) -> str:
    """JSON that cannot end the script element that it stands in."""
    return json.dumps(content, allow_nan=False).replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _messages(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The failure, if any, and warnings."""
    failure = summary.get("failure")
    entries = [("failed", failure)] if failure else []
    entries += [("warning", warning) for warning in summary.get("warnings", [])]
    return [{"severity": severity, **entry} for severity, entry in entries]


def charted(charts: Sequence[Chart]) -> set[str]:
    """Figures whose curves are charts of the page."""
    names = [file_name(chart.title) for chart in charts]
    return {"loss.png", *(f"{name}.png" for name in names), *(f"report-{name}.png" for name in names)}


def figures(folder: Path, left_out: set[str]) -> list[Figure]:
    """The PNG files of a folder but for those that are left out."""
    found = []
    for path in sorted(folder.glob("*.png")):
        if path.name in left_out:
            continue
        source = path.name
        if path.stat().st_size <= LARGEST_FIGURE:
            source = "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()
        found.append(Figure(path.stem, source))
    return found
