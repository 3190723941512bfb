"""Plots of a training: losses over epochs, and predicted against true labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from metac.runtime.learn.supervised.scores import Scores
from metac.runtime.report.design_plots import ACCENT, QUIET, SOLID, blank, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_POINTS = 5000
"""Most samples that are drawn."""


def plot_losses(training: NDArray[np.float32], validation: NDArray[np.float32], best: int, label: str, title: str) -> Figure:
    """Losses `[epoch]` of both sets, and the epoch `best` (from 0) whose weights are used."""
    with styled():
        figure = blank((6.0, 3.6))
        axes = figure.subplots()
        epochs = np.arange(1, len(training) + 1)
        marker = "o" if len(epochs) == 1 else ""
        axes.semilogy(epochs, training, color=SOLID, marker=marker, label="training")
        axes.semilogy(epochs, validation, color=ACCENT, marker=marker, label="validation")
        axes.axvline(best + 1, color=QUIET, linewidth=0.8, linestyle=":", label=f"best: epoch {best + 1}")
        axes.set(xlabel="epoch", ylabel=label, title=title)
        axes.legend()
    return figure


def plot_parity(
    truth: NDArray[np.float64], predicted: NDArray[np.float64], names: Sequence[str], units: Sequence[str], title: str
) -> Figure:
    """Predicted over true labels, `[sample, label]` both, one plot a label with its R²."""
    scores = Scores.of(truth, predicted, tuple(names))
    shown = slice(None, None, max(1, -(-len(truth) // MOST_POINTS)))
    with styled():
        figure = blank((3.2 * len(names), 3.6))
        figure.suptitle(title)
        for place, axes in enumerate(figure.subplots(1, len(names), squeeze=False)[0]):
            x, y = truth[:, place], predicted[:, place]
            ends = [min(x.min(), y.min()), max(x.max(), y.max())]
            axes.plot(ends, ends, color=QUIET, linewidth=0.8)
            axes.plot(x[shown], y[shown], ".", color=SOLID, markersize=2, alpha=0.5)
            label = f"{names[place]} ({units[place]})" if units[place] else names[place]
            axes.set(xlabel=f"{label}, data", ylabel=f"{label}, predicted", title=f"R² = {scores.r2[place]:.4f}")
    return figure
