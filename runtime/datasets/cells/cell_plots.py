"""A figure of a cell family: some of its cells, and where all of them lie in the space of properties."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from metac.runtime.datasets.cells.family import CellFamily, Cells, whole
from metac.runtime.report.design_plots import blank, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LINES, COLUMNS = 6, 16
GAP = 4
"""Pixels between two cells."""
PAIRS = ((0, 1), (0, 2), (0, 3), (2, 3))
NAMES = ("C11", "C12", "C22", "C66")


def draw_family(cells: Cells, family: CellFamily, seeds: int, title: str) -> Figure:
    """Cells picked evenly, and pairs of independent stiffnesses (MPa) of all, coloured by the share of solid.

    The first `seeds` of them, which topology optimisation made, are circled.
    """
    with styled():
        figure = blank((11.0, 7.6))
        grid = figure.add_gridspec(2, len(PAIRS), height_ratios=(LINES, 0.42 * COLUMNS))
        axes = figure.add_subplot(grid[0, :])
        axes.imshow(_image_of(cells), cmap="gray_r", vmin=0, vmax=1, interpolation="nearest")
        axes.set_axis_off()
        share = cells.quarters.mean(axis=(1, 2))
        points = None
        panels = [figure.add_subplot(grid[1, column]) for column in range(len(PAIRS))]
        for axes, (first, second) in zip(panels, PAIRS, strict=True):
            x, y = cells.stiffness[:, first], cells.stiffness[:, second]
            points = axes.scatter(x, y, c=share, s=1.5, linewidths=0, cmap="viridis", rasterized=True)
            axes.scatter(x[:seeds], y[:seeds], s=7, facecolors="none", edgecolors="#c8553d", linewidths=0.4)
            axes.set_axisbelow(True)
            axes.set(xlabel=f"{NAMES[first]} (MPa)", ylabel=f"{NAMES[second]} (MPa)")
        if points is not None:
            figure.colorbar(points, ax=panels, label="share of solid", fraction=0.02)
        figure.suptitle(f"{title}: {len(cells.quarters):,} cells, {seeds:,} of them by topology optimisation")
    return figure


def _image_of(cells: Cells) -> np.ndarray:
    """Cells side by side, in order of their share of solid, as one image."""
    order = np.argsort(cells.quarters.mean(axis=(1, 2)), kind="stable")
    chosen = order[np.linspace(0, len(order) - 1, min(len(order), LINES * COLUMNS)).astype(int)]
    cell_images = whole(cells.quarters[chosen])
    rows, columns = cell_images.shape[1] + GAP, cell_images.shape[2] + GAP
    image = np.zeros((LINES * COLUMNS, rows, columns))
    image[: len(chosen), GAP // 2 : -GAP // 2, GAP // 2 : -GAP // 2] = cell_images
    return image.reshape(LINES, COLUMNS, rows, columns).transpose(0, 2, 1, 3).reshape(LINES * rows, COLUMNS * columns)
