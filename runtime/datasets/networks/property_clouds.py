"""Where networks lie in the space of properties (Pahlavani et al., Fig. 1b), and how one moves with its size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from metac.runtime.beams.property_names import PROPERTY_NAMES, PROPERTY_UNITS
from metac.runtime.datasets.networks.random_networks import NetworkRecipe, Sampled
from metac.runtime.report.design_plots import blank, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PAIRS = ((2, 3), (0, 1), (0, 2), (1, 3))
SHOWN = 50_000
"""Most designs in a panel."""


def draw_samples(sampled: Sampled, recipe: NetworkRecipe, title: str) -> Figure:
    """Scatter plots of designs; for a single design with more than one tiling, maps over its sizes."""
    if len(sampled.designs) == 1 and len(recipe.tiles) > 1:
        return draw_sizes(sampled, recipe, title)
    return draw_clouds(sampled, recipe, title)


def draw_clouds(sampled: Sampled, recipe: NetworkRecipe, title: str) -> Figure:
    """Pairs of properties, coloured by connectivity; a row for the first tiling and, if there are more, for the last."""
    rows = sorted({0, len(recipe.tiles) - 1})
    some = slice(SHOWN)
    connectivity = recipe.connectivity(sampled.designs[some])
    # In an order of their own, lest one connectivity hide the others.
    order = np.random.default_rng(0).permutation(len(connectivity))
    with styled():
        figure = blank((3.4 * len(PAIRS), 3.2 * len(rows)))
        grid = figure.add_gridspec(len(rows), len(PAIRS))
        panels, points = [], None
        for line, tiling in enumerate(rows):
            labels = sampled.labels[some, tiling]
            for column, (first, second) in enumerate(PAIRS):
                axes = figure.add_subplot(grid[line, column])
                colours = {"c": connectivity[order], "cmap": "viridis", "s": 1.5, "linewidths": 0, "rasterized": True}
                points = axes.scatter(labels[order, first], labels[order, second], **colours)
                axes.set_axisbelow(True)
                axes.set(xlabel=_named(first), ylabel=_named(second))
                if column == 0:
                    axes.set_title("tiling {} × {}".format(*recipe.tiles[tiling]))
                panels.append(axes)
        if points is not None:
            figure.colorbar(points, ax=panels, label="connectivity", fraction=0.02)
        figure.suptitle(f"{title}: {len(sampled.designs):,} designs")
    return figure


def draw_sizes(sampled: Sampled, recipe: NetworkRecipe, title: str) -> Figure:
    """How the properties of one design change with the numbers of its cells (supplementary Fig. 13): a map for each."""
    tiles = np.asarray(recipe.tiles)
    across, along = (np.unique(tiles[:, axis]) for axis in (0, 1))
    with styled():
        figure = blank((3.4 * len(PROPERTY_NAMES), 3.2))
        for label, axes in enumerate(figure.subplots(1, len(PROPERTY_NAMES), sharey=True)):
            values = np.full((len(along), len(across)), np.nan)
            values[np.searchsorted(along, tiles[:, 1]), np.searchsorted(across, tiles[:, 0])] = sampled.labels[0, :, label]
            shown = axes.imshow(values, origin="lower", cmap="viridis", aspect="auto")
            axes.set_xticks(range(len(across)), across)
            axes.set_yticks(range(len(along)), along)
            axes.grid(visible=False)
            axes.set(xlabel="D1", ylabel="" if label else "D2", title=_named(label))
            figure.colorbar(shown, ax=axes)
        figure.suptitle(title)
    return figure


def _named(label: int) -> str:
    return f"{PROPERTY_NAMES[label]} ({PROPERTY_UNITS[label]})" if PROPERTY_UNITS[label] else PROPERTY_NAMES[label]
