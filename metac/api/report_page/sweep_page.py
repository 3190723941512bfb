"""The page of a sweep, or of restarts side by side: a table to be sorted, values against each other, pictures, links."""

from __future__ import annotations

import base64
import io
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from metac.api.design_tables import DesignTable, members_table
from metac.api.family import Family, read_family
from metac.api.report_page.charts import history_charts, response_charts
from metac.api.report_page.comparison import COLOURS, overlaid
from metac.api.report_page.page import asset, charted, script_json, template, write_page
from metac.api.run_content import RunContent, read_run
from metac.runtime.report.guide import PAGE
from metac.runtime.report.table import MET, MISSED
from metac.runtime.runs.atomic import write_text
from metac.runtime.tables.table_files import Cell, Column

SIDE = 320
"""Pixels of the longer side of a picture."""
MOST_PICTURES = 120
"""On one page; about 20 kB each."""
OF_BODIES = (".vtu", ".svg", ".npz")
"""Files that a body has beside its figure."""
DESIGN, VERDICT = "design", "verdict"
"""Columns of texts, in every table of a sweep."""


@dataclass(frozen=True)
class SmallPicture:
    """A figure of one design, made small."""

    label: str
    link: str
    source: str


def write_folder_page(folder: Path) -> Path:
    """The page of a run, or of a sweep; the members of a sweep get theirs with it.

    Raises:
        FolderFailure: if it is the folder of neither, or a file in it is not what metac writes.
        DiagnosticError: if the spec of a sweep is wrong by now.
        OSError: if it cannot be written.
    """
    family = read_family(folder)
    if family is None:
        return write_page(folder)
    for place in family.members:
        write_page(place.folder)
    return write_sweep_page(family)


def write_sweep_page(family: Family) -> Path:
    """Write `report.html` into the folder of a sweep, whole or not at all.

    Raises:
        FolderFailure: if a file of a member is not what metac writes.
        DiagnosticError: if the spec is wrong by now.
        OSError: if it cannot be written.
    """
    path = family.folder / PAGE
    runs = [read_run(place.folder) for place in family.members]
    write_text(path, render(family, runs, members_table(family, runs)))
    return path


def render(family: Family, runs: Sequence[RunContent], table: DesignTable) -> str:
    """The page as text; curves are laid over each other where there are colours for all of them."""
    labels = [place.label for place in family.members]
    responses = [response_charts(run.verdicts, run.reports) for run in runs]
    few = len(runs) <= COLOURS
    charts = {
        "responses": overlaid(responses, labels) if few else [],
        "progress": overlaid([history_charts(run.history, run.verdicts) for run in runs], labels) if few else [],
    }
    pictures, not_shown = _pictures(family, charted([chart for each in responses for chart in each]))
    columns = [_plain(column) for column in table.columns]
    return template("sweep.html").render(
        name=family.folder.name,
        outcome=_outcome(table),
        columns=table.columns,
        rows=_rows(family, table),
        left_out=table.left_out,
        numbers=[n for n, column in enumerate(columns) if column["numbers"]],
        pictures=pictures,
        not_shown=not_shown,
        charts=charts,
        data=script_json({**{k: [each.plain() for each in v] for k, v in charts.items()}, "columns": columns}),
        style=asset("uPlot.min.css") + asset("page.css"),
        scripts=[asset(name) for name in ("uPlot.iife.min.js", "charts.js", "sweep.js")],
    )


def _outcome(table: DesignTable) -> tuple[str, str]:
    """How many designs ended how, as a word for its looks and a sentence."""
    verdicts = next(column.cells for column in table.columns if column.name == VERDICT)
    counts = Counter(str(cell) for cell in verdicts)
    looks = MET if set(counts) == {MET} else MISSED if MET not in counts else "open"
    return looks, f"{len(verdicts)} designs: " + ", ".join(f"{count} {word}" for word, count in counts.most_common())


def _rows(family: Family, table: DesignTable) -> list[tuple[str, list[tuple[str, str]]]]:
    """A row a design: the address of its page, and its cells, each with its kind."""
    shown = [
        [(_shown(cell), column.name if column.name in (DESIGN, VERDICT) else "number") for cell in column.cells]
        for column in table.columns
    ]
    links = [_link(place.folder.name) for place in family.members]
    return [(link, list(cells)) for link, cells in zip(links, zip(*shown, strict=True), strict=True)]


def _shown(cell: Cell) -> str:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return "–"
    return f"{cell:.5g}" if isinstance(cell, float) else str(cell)


def _plain(column: Column) -> dict[str, Any]:
    """For JSON, where a number that is none is missing."""
    known = [cell for cell in column.cells if cell is not None]
    numbers = bool(known) and not any(isinstance(cell, str) for cell in known)
    cells = [cell if isinstance(cell, str) or (cell is not None and math.isfinite(cell)) else None for cell in column.cells]
    return {"name": column.name, "heading": column.heading, "cells": cells, "numbers": numbers}


def _link(folder: str) -> str:
    return f"{quote(folder)}/{PAGE}"


def _pictures(family: Family, left_out: set[str]) -> tuple[list[tuple[str, list[SmallPicture]]], list[str]]:
    """Figures by name, those of bodies first, with what each design has of that name; and names of those left out."""
    places = family.members
    found = {path for place in places for path in place.folder.glob("*.png") if path.name not in left_out}
    counts = Counter(path.name for path in found)
    bodies = {path.name for path in found if any(path.with_suffix(ending).is_file() for ending in OF_BODIES)}
    shown: list[tuple[str, list[SmallPicture]]] = []
    room = MOST_PICTURES
    names = sorted(counts, key=lambda name: (name not in bodies, name))
    for name in names:
        if counts[name] > room:
            break
        room -= counts[name]
        having = [place for place in places if place.folder / name in found]
        shown.append((name, [SmallPicture(at.label, _link(at.folder.name), _small(at.folder / name)) for at in having]))
    return shown, names[len(shown) :]


def _small(path: Path) -> str:
    """A picture as a `data:` address; empty where the file is none."""
    from PIL import Image, UnidentifiedImageError

    made = io.BytesIO()
    try:
        with Image.open(path) as picture:
            small = picture.convert("RGBA")
            small.thumbnail((SIDE, SIDE))
            paper = Image.new("RGB", small.size, "white")
            paper.paste(small, mask=small.getchannel("A"))
            paper.save(made, "PNG", optimize=True)
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError):
        return ""
    return "data:image/png;base64," + base64.b64encode(made.getvalue()).decode()
