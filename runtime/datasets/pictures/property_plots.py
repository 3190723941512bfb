"""Pictures with their constants, as figures: some cells, and where all of them lie in the space of properties."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from metac.runtime.datasets.pictures.labelled_pictures import CONSTANTS, LabelledPictures
from metac.runtime.report.design_plots import blank, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PAIRS = (("E11", "E22"), ("nu12", "nu21"), ("volume_fraction", "E11"), ("volume_fraction", "G12"))
SHOWN = 20_000
"""Most pictures in a panel."""
CELLS = 8


def draw_labelled(made: LabelledPictures, title: str) -> Figure:
    """Scatter plots of pairs of constants, and below them pictures from the softest to the stiffest along 1."""
    names = list(CONSTANTS)
    with styled():
        figure = blank((3.2 * len(PAIRS), 5.4))
        grid = figure.add_gridspec(2, len(PAIRS) * 2, height_ratios=(2, 1))
        for place, pair in enumerate(PAIRS):
            axes = figure.add_subplot(grid[0, 2 * place : 2 * place + 2])
            first, second = (made.constants[:SHOWN, names.index(name)] for name in pair)
            axes.scatter(first, second, s=3, linewidths=0, rasterized=True)
            axes.set_axisbelow(True)
            axes.set(xlabel=_named(pair[0]), ylabel=_named(pair[1]))
        order = np.argsort(made.constants[:, 0])
        for place, number in enumerate(order[np.linspace(0, len(order) - 1, CELLS).astype(int)]):
            axes = figure.add_subplot(grid[1, place])
            axes.imshow(1 - made.pictures[number], cmap="gray", vmin=0, vmax=1)
            axes.set_xticks([])
            axes.set_yticks([])
            axes.grid(visible=False)
            axes.set_xlabel(f"{made.constants[number, 0]:.3g} MPa")
        figure.suptitle(f"{title}: {len(made.pictures):,}")
    return figure


def _named(name: str) -> str:
    return f"{name} ({CONSTANTS[name]})" if CONSTANTS[name] else name.replace("_", " ")
