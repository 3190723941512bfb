"""The minima that the starts of a global search found, as a figure and a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from metac.runtime.report.design_plots import ACCENT, QUIET, blank, styled
from metac.runtime.runs.csv_tables import table_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class SearchStart(NamedTuple):
    """One start of a search."""

    number: int
    """From 1."""
    values: Mapping[str, float]
    """The best parameters by name, internal units."""
    loss: float
    evaluations: int
    converged: bool
    """Whether it ended by itself, so that its best is a minimum."""


def draw_starts(starts: Sequence[SearchStart]) -> Figure:
    """The loss over each parameter, a point a start; the lowest is filled."""
    lowest = min(starts, key=lambda each: each.loss)
    names = list(lowest.values)
    with styled():
        figure = blank((max(4.2, 2.6 * len(names)), 2.7))
        panels = figure.subplots(1, len(names), squeeze=False, sharey=True)[0]
        for axes, name in zip(panels, names, strict=True):
            for each in starts:
                colour = ACCENT if each is lowest else "none"
                axes.plot(each.values[name], each.loss, "o", color=QUIET, markerfacecolor=colour, markersize=6)
                axes.annotate(
                    str(each.number), (each.values[name], each.loss), textcoords="offset points", xytext=(6, 3), fontsize=8
                )
            axes.set(xlabel=name)
        panels[0].set_ylabel("loss")
    return figure


def starts_table(starts: Sequence[SearchStart]) -> bytes:
    """CSV: one line a start; internal units."""
    names = list(starts[0].values) if starts else []
    rows: list[tuple[str, ...]] = [("start", *names, "loss", "evaluations", "converged")]
    for each in starts:
        values = (f"{each.values[name]:.9g}" for name in names)
        rows.append(
            (str(each.number), *values, f"{each.loss:.9g}", str(each.evaluations), "yes" if each.converged else "no")
        )
    return table_bytes(rows)
