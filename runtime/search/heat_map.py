"""Heat maps of how near designs come to pairs of targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from metac.runtime.report.design_plots import blank, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = 5
OUTSIDE = "#b9bfc6"


def draw_heat_map(
    error: NDArray[np.float64], values: NDArray[np.float64], titles: tuple[str, ...], labels: tuple[str, str], limit: float
) -> Figure:
    """Least error `[size, first, second]` over two targets, one map for each size; grey where it is above the limit."""
    from matplotlib import colormaps

    lines = -(-len(error) // COLUMNS)
    columns = min(len(error), COLUMNS)
    colours = colormaps["viridis"].with_extremes(bad=OUTSIDE)
    half = (values[1] - values[0]) / 2 if len(values) > 1 else 0.5
    extent = (values[0] - half, values[-1] + half, values[0] - half, values[-1] + half)
    with styled():
        figure = blank((2.6 * columns + 0.8, 2.6 * lines + 0.4))
        axes = figure.subplots(lines, columns, squeeze=False)
        image = None
        for place, plot in enumerate(axes.ravel()):
            plot.grid(False)
            if place >= len(error):
                plot.set_axis_off()
                continue
            shown = np.ma.masked_greater(np.ma.masked_invalid(error[place].T), limit)
            image = plot.imshow(shown, origin="lower", extent=extent, vmin=0, vmax=limit, cmap=colours)
            plot.set(xlabel=labels[0], ylabel=labels[1], title=titles[place])
        assert image is not None
        figure.colorbar(image, ax=axes.ravel().tolist(), label="least error")
    return figure
