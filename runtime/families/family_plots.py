"""Families of cells as pictures, and their properties beside the gradation (Wang et al., Figs. 12 and 13)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from metac.runtime.families.decoded_family import DecodedFamily
from metac.runtime.families.gradation import Gradation
from metac.runtime.learn.autoencoders.latent_plots import draw_cell, principal_components
from metac.runtime.report.design_plots import blank, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHOWN = 12
"""Cells of a family."""
COLOURS = ("#1f77b4", "#d95f02", "#1b9e77", "#7570b3", "#e7298a", "#66a61e", "#a6761d", "#666666")
ENTRIES = ("C11", "C12", "C22", "C66")
SIZE = 1.05
"""Inches of a cell."""


def plot_families(
    families: Sequence[DecodedFamily], latents: NDArray[np.floating], near: NDArray[np.int64], title: str
) -> Figure:
    """Paths over the cells near the gradation, in two principal components (Fig. 12a), and a row of cells for each family.

    Args:
        families: to be shown.
        latents: `[cell, latent]` of all cells.
        near: which of them are near the gradation.
        title: of the figure.
    """
    places, _ = principal_components(latents)
    with styled():
        figure = blank((1.0 + SIZE * SHOWN, 4.2 + 1.25 * SIZE * len(families)))
        parts = figure.subfigures(2, 1, squeeze=False, height_ratios=(3.4, 1.25 * SIZE * len(families)))
        top, bottom = parts[:, 0]
        axes = top.subplots()
        axes.scatter(*places[near, :2].T, s=3, color="#c9c9c9", linewidths=0, rasterized=True)
        for number, family in enumerate(families):
            axes.plot(*places[family.nodes, :2].T, "o-", ms=3, lw=1.2, color=_colour(number), label=f"family {number + 1}")
        axes.set(
            xlabel="first principal component", ylabel="second", title=f"{len(near):,} cells near the gradation, and paths"
        )
        axes.legend(fontsize=7, ncols=len(families), loc="best")
        grid = bottom.subplots(len(families), SHOWN, squeeze=False)
        for number, (line, family) in enumerate(zip(grid, families, strict=True)):
            _draw_row(line, family, number)
        figure.suptitle(f"{title}\nbelow each cell C11 (MPa); green: one piece once repaired", fontsize=9)
    return figure


def _draw_row(line: NDArray, family: DecodedFamily, number: int) -> None:
    chosen = np.unique(np.linspace(0, len(family.positions) - 1, SHOWN).round().astype(int))
    for axes in line:
        axes.set_axis_off()
    for axes, sample in zip(line, chosen, strict=False):
        draw_cell(axes, family.cells.solid[sample], bool(family.cells.sound[sample]))
        text = f"{family.cells.stiffness[sample, 0]:.3f}"
        axes.text(0.5, -0.14, text, transform=axes.transAxes, ha="center", va="top", fontsize=7)
    name = f"family {number + 1}"
    line[0].text(
        -0.1, 0.5, name, ha="right", va="center", rotation=90, fontsize=8, color=_colour(number), transform=line[0].transAxes
    )


def plot_gradation(
    families: Sequence[DecodedFamily], stiffness: NDArray[np.float64], gradation: Gradation, title: str
) -> Figure:
    """C12, C22 and C66 over C11: cells of the data on the paths (Fig. 13a), and samples between them (Fig. 13b)."""
    with styled():
        figure = blank((11.0, 6.4))
        grid = figure.subplots(2, 3)
        for column, entry in enumerate((1, 2, 3)):
            for axes in grid[:, column]:
                axes.plot(gradation.points[:, 0], gradation.points[:, entry], color="black", lw=1, label="prescribed")
                axes.set(xlabel="C11 (MPa)", ylabel=f"{ENTRIES[entry]} (MPa)")
            for number, family in enumerate(families):
                nodes, kept = stiffness[family.nodes], family.kept
                _points(grid[0, column], nodes, entry, number)
                _points(grid[1, column], family.cells.stiffness[kept], entry, number)
                left = np.setdiff1d(np.flatnonzero(family.cells.sound), kept)
                grid[1, column].plot(*family.cells.stiffness[left][:, [0, entry]].T, "x", ms=4, color=_colour(number))
        grid[0, 0].legend(fontsize=7)
        grid[0, 1].set_title("cells of the data on the paths", fontsize=9)
        grid[1, 1].set_title("decoded between them; crosses: sound, but not kept as C11 does not rise", fontsize=9)
        figure.suptitle(title)
    return figure


def _points(axes: Axes, stiffness: NDArray[np.float64], entry: int, number: int) -> None:
    axes.plot(stiffness[:, 0], stiffness[:, entry], "o", ms=3, color=_colour(number), label=f"family {number + 1}")


def _colour(number: int) -> str:
    return COLOURS[number % len(COLOURS)]
