"""Pages of cells that were moved through a latent space (Wang et al., Figs. 9 and 10)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from metac.runtime.learn.autoencoders.latent_plots import draw_cell
from metac.runtime.learn.autoencoders.traversal import MovedCells
from metac.runtime.report.design_plots import blank, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CELL = 1.1
"""Inches of a cell with what stands below it."""


def plot_moved(moved: MovedCells, rows: Sequence[str], columns: Sequence[str], across: str, title: str) -> Figure:
    """A row of decoded cells for each of `rows`, one for each of `columns`, which stand for steps along `across`; below each
    cell C11 and C22."""
    with styled():
        figure = blank((1.4 + CELL * len(columns), 1.1 + 1.2 * CELL * len(rows)))
        grid = figure.subplots(len(rows), len(columns), squeeze=False)
        for number, (line, name) in enumerate(zip(grid, rows, strict=True)):
            for step, axes in enumerate(line):
                axes.set_axis_off()
                draw_cell(axes, moved.solid[number, step], bool(moved.one_piece[number, step]))
                c11, _, c22, _ = moved.stiffness[number, step]
                axes.set_title(columns[step] if number == 0 else "", fontsize=8)
                axes.text(0.5, -0.17, f"{c11:.2f}  {c22:.2f}", transform=axes.transAxes, ha="center", va="top", fontsize=7)
            line[0].text(-0.15, 0.5, name, ha="right", va="center", fontsize=8, transform=line[0].transAxes)
        figure.suptitle(f"{title}\n{across}; below each cell C11 and C22 (MPa); green: one piece", fontsize=9)
    return figure
