"""A figure of a data base of cells: some of them, their properties and bounds (Wang et al., Fig. 4), how these grew."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError

from metac.runtime.datasets.cells.cell_bounds import phases, plane_energies
from metac.runtime.datasets.cells.design_space import CellDesignSpace, Cells, whole
from metac.runtime.datasets.cells.growth_history import PROPERTIES, RoundRecord, designs_optimised
from metac.runtime.grid.bounds import hashin_shtrikman_bulk, hashin_shtrikman_shear, voigt_mean
from metac.runtime.report.design_plots import blank, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINES, COLUMNS = 5, 20
GAP = 4
"""Pixels between two cells."""
PAIRS = tuple(combinations(range(4), 2))
FIRST, LAST = "#c8553d", "#28536b"
"""Colours of the hull of the seeds, and of that of all cells."""


def plot_cells(cells: Cells, space: CellDesignSpace, seeds: int, rounds: Sequence[RoundRecord], title: str) -> Figure:
    """Cells picked evenly; all pairs of stiffnesses (MPa) with the hulls of the first `seeds` cells and of all.

    Below: C11 and C22, K and G over the share of solid, with Voigt's and Hashin and Shtrikman's upper bounds; the volume of
    the hull by round.
    """
    with styled():
        figure = blank((15.0, 10.5))
        grid = figure.add_gridspec(3, 1, height_ratios=(1.2, 1.0, 1.0))
        axes = figure.add_subplot(grid[0])
        axes.imshow(_image_of(cells), cmap="gray_r", vmin=0, vmax=1, interpolation="nearest")
        axes.set_axis_off()
        share = cells.quarters.mean(axis=(1, 2))
        row = grid[1].subgridspec(1, len(PAIRS))
        panels = [figure.add_subplot(row[0, column]) for column in range(len(PAIRS))]
        points: Any = None
        for axes, (first, second) in zip(panels, PAIRS, strict=True):
            points = _plot_pair(axes, cells.stiffness[:, [first, second]], share, seeds)
            axes.set(xlabel=f"{PROPERTIES[first]} (MPa)", ylabel=f"{PROPERTIES[second]} (MPa)")
        figure.colorbar(points, ax=panels, label="share of solid", fraction=0.02)
        if panels[0].lines:
            panels[0].legend(loc="upper left", fontsize=7, frameon=False)
        row = grid[2].subgridspec(1, 4)
        _plot_bounds([figure.add_subplot(row[0, column]) for column in range(3)], cells, space, share)
        _plot_rounds(figure.add_subplot(row[0, 3]), rounds)
        figure.suptitle(
            f"{title}: {len(cells.quarters):,} cells, {designs_optimised(rounds):,} of them by topology optimisation"
        )
    return figure


def _plot_pair(axes: Axes, points: NDArray[np.float64], share: NDArray[np.float64], seeds: int) -> Any:
    drawn = axes.scatter(*points.T, c=share, s=1.5, linewidths=0, cmap="viridis", rasterized=True)
    for these, colour, label in ((points[:seeds], FIRST, "hull of the seeds"), (points, LAST, "hull of all")):
        try:
            corners = these[ConvexHull(these).vertices]
        except (QhullError, ValueError):
            continue  # too few cells span none
        axes.plot(*corners[[*range(len(corners)), 0]].T, color=colour, linewidth=0.9, label=label)
    axes.set_axisbelow(True)
    return drawn


def _plot_bounds(panels: Sequence[Axes], cells: Cells, space: CellDesignSpace, share: NDArray[np.float64]) -> None:
    """Stiffness, K and G over the share of solid, with the largest that there can be."""
    shares = np.linspace(0, 1, 101)
    mixed = [phases(space, float(each)) for each in shares]
    bulk, shear = plane_energies(cells.stiffness)
    limits = (
        (
            [voigt_mean(each)[0, 0] for each in mixed],
            "Voigt",
            "C11, C22 (MPa)",
            (cells.stiffness[:, 0], cells.stiffness[:, 2]),
        ),
        ([hashin_shtrikman_bulk(each).upper for each in mixed], "Hashin–Shtrikman", "K (MPa)", (bulk,)),
        ([hashin_shtrikman_shear(each).upper for each in mixed], "Hashin–Shtrikman", "G (MPa)", (shear,)),
    )
    for axes, (limit, name, label, values) in zip(panels, limits, strict=True):
        for each in values:
            axes.scatter(share, each, s=1.5, linewidths=0, color="#6b8f71", rasterized=True)
        axes.plot(shares, limit, color="black", linewidth=1.0, label=name)
        axes.set(xlabel="share of solid", ylabel=label)
        axes.legend(loc="upper left", fontsize=7, frameon=False)


def _plot_rounds(axes: Axes, rounds: Sequence[RoundRecord]) -> None:
    """Volume of the hull of properties, over the solid's stiffness, by the number of cells."""
    axes.plot([each.cells for each in rounds], [each.hull for each in rounds], "o-", markersize=3, color=LAST)
    axes.set(xlabel="cells", ylabel="hull volume over the solid's")


def _image_of(cells: Cells) -> np.ndarray:
    """Cells side by side, in order of their share of solid, as one image."""
    order = np.argsort(cells.quarters.mean(axis=(1, 2)), kind="stable")
    chosen = order[np.linspace(0, len(order) - 1, min(len(order), LINES * COLUMNS)).astype(int)]
    cell_images = whole(cells.quarters[chosen])
    rows, columns = cell_images.shape[1] + GAP, cell_images.shape[2] + GAP
    image = np.zeros((LINES * COLUMNS, rows, columns))
    image[: len(chosen), GAP // 2 : -GAP // 2, GAP // 2 : -GAP // 2] = cell_images
    return image.reshape(LINES, COLUMNS, rows, columns).transpose(0, 2, 1, 3).reshape(LINES * rows, COLUMNS * columns)
