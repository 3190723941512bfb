"""Profiles of fitted parameters as a figure and a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from metac.runtime.report.design_plots import ACCENT, QUIET, SOLID, blank, styled
from metac.runtime.runs.csv_tables import table_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_COLUMNS = 3


class ProfileCurve(NamedTuple):
    """The profile of one parameter, internal units."""

    name: str
    values: NDArray[np.float64]
    """`[place]`, increasing."""
    rise: NDArray[np.float64]
    """`[place]`: √((S − S_min) / s²), in standard deviations."""
    found: float
    error: float
    """Standard error from the covariance; NaN where there is none."""
    loss: NDArray[np.float64]
    """`[place]`: the least sum of squares S."""


def draw_profiles(curves: Sequence[ProfileCurve], limit: float, confidence: float) -> Figure:
    """Each parameter's profile, beside the straight lines that the covariance stands for, and the bound of the interval."""
    columns = min(MOST_COLUMNS, len(curves))
    rows = math.ceil(len(curves) / columns)
    with styled():
        figure = blank((max(4.2, 3.1 * columns), 2.7 * rows))
        panels = np.atleast_1d(figure.subplots(rows, columns)).reshape(-1)
        for axes, curve in zip(panels, curves, strict=False):
            if np.isfinite(curve.error):
                straight = np.abs(curve.values - curve.found) / curve.error
                axes.plot(curve.values, straight, color=QUIET, linewidth=1.0, linestyle="--", label="covariance")
            axes.plot(curve.values, curve.rise, color=SOLID, linewidth=1.5, marker="o", markersize=3, label="profile")
            if np.isfinite(limit):
                axes.axhline(limit, color=ACCENT, linewidth=0.9, label=f"{100 * confidence:.4g} %")
            axes.set(xlabel=curve.name, ylim=(0, None))
        for axes in panels[len(curves) :]:
            axes.set_visible(False)
        panels[0].set_ylabel("√(rise of sum of squares) / s")
        panels[0].legend(fontsize=8)
    return figure


def profile_table(curves: Sequence[ProfileCurve]) -> bytes:
    """CSV: one line a place; internal units."""
    rows = [("parameter", "value", "least sum of squares", "rise in standard deviations")]
    for curve in curves:
        for value, loss, rise in zip(curve.values, curve.loss, curve.rise, strict=True):
            rows.append((curve.name, f"{value:.9g}", f"{loss:.9g}", f"{rise:.6g}"))
    return table_bytes(rows)
