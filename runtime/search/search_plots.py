"""Plots of a search."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from metac.runtime.report.design_plots import ACCENT, QUIET, SOLID, blank, styled
from metac.runtime.search.candidates import SimulatedCandidates

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_candidates(
    error: NDArray[np.float64], simulated: SimulatedCandidates, names: tuple[str, ...], extrema: tuple[int, ...], title: str
) -> Figure:
    """How far simulated candidates miss, predicted and simulated; and what is minimised, where something is.

    Args:
        error: `[candidate]`, predicted.
        simulated: of the same candidates.
        names: of the goals.
        extrema: which of them are minimised or maximised: the first two are drawn over each other.
        title: above the figure.
    """
    best, met, fine = simulated.order()[0], simulated.met, np.isfinite(simulated.miss)
    with styled():
        figure = blank((4.2 * (1 + bool(extrema)), 3.8))
        figure.suptitle(title)
        axes = figure.subplots(1, 1 + bool(extrema), squeeze=False)[0]
        second, label = simulated.miss, "miss, simulated"
        pairs = [(error, simulated.miss, "miss, predicted", "miss, simulated")]
        if extrema:
            across, *others = extrema
            for place in others[:1]:
                second, label = simulated.values[:, place], names[place]
            pairs.append((simulated.values[:, across], second, names[across], label))
        for plot, (x, y, across, up) in zip(axes, pairs, strict=True):
            for chosen, colour, what in ((fine & ~met, QUIET, "misses a goal"), (fine & met, SOLID, "meets all goals")):
                if chosen.any():
                    plot.plot(x[chosen], y[chosen], ".", color=colour, markersize=4, label=what)
            plot.plot(x[best], y[best], "o", color=ACCENT, markerfacecolor="none", label="best")
            plot.set(xlabel=across, ylabel=up)
            plot.legend()
    return figure
