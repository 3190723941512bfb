"""Plots of densities and of what their stiffness is in every direction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from metac.runtime.dimensions import PLANE
from metac.runtime.report.colour_bars import colour_bar
from metac.runtime.report.design_plots import ACCENT, QUIET, SOLID, blank, styled
from metac.runtime.report.marks import draw_forces, draw_supports

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GREY = "density, 1 is the last phase"
PERIODS = 3
"""How often a period is repeated along both axes to show the pattern."""


def draw_density(
    density: NDArray[np.float64], width: float, height: float, title: str = "", *, repeated: bool = True
) -> Figure:
    """A grid `[row, column]`, and a few side by side where it is `repeated`; black is density 1, axes in mm."""
    panels = (1, PERIODS) if repeated else (1,)
    with styled():
        figure = blank((8.4, 0.9 + 7.2 / len(panels) * min(max(height / width, 0.2), 3.0 / (3 - len(panels)))))
        drawn = list(np.ravel(np.asarray(figure.subplots(1, len(panels)), object)))
        image = None
        for axes, times in zip(drawn, panels, strict=True):
            image = axes.imshow(
                np.tile(density, (times, times)),
                cmap="gray_r",
                vmin=0,
                vmax=1,
                interpolation="nearest",
                extent=(0, times * width, 0, times * height),
            )
            axes.set_xlabel("x (mm)")
            axes.set_ylabel("y (mm)")
            axes.grid(visible=False)
        assert image is not None
        colour_bar(figure, image, drawn, GREY)
        figure.suptitle(title)
    return figure


def draw_displaced(
    density: NDArray[np.float64],
    corners: NDArray[np.float64],
    displacement: NDArray[np.float64],
    title: str = "",
    force: NDArray[np.float64] | None = None,
    held: NDArray[np.float64] | None = None,
    springs: Callable[[Axes, float], None] | None = None,
) -> Figure:
    """A density `[row, column]` on its displaced pixels: `corners` and `displacement` `[row + 1, column + 1, 2]`, mm.

    The largest displacement is shown as a tenth of the width; arrows show `force[row + 1, column + 1, 2]`, N, marks
    what is `held[row + 1, column + 1, 2]`; `springs` draws them for displacements that are so many times as large.
    """
    width, height = np.ptp(corners, axis=(0, 1))
    largest = float(np.abs(displacement).max())
    times = width / 10 / largest if largest > 0 else 1.0
    x, y = np.moveaxis(corners + times * displacement, -1, 0)
    with styled():
        figure = blank((7.6, 1.2 + 7.0 * min(max(height / width, 0.1), 1.5)))
        axes = figure.subplots()
        image = axes.pcolormesh(x, y, density, cmap="gray_r", vmin=0, vmax=1)
        outline = np.concatenate([corners[0], corners[1:, -1], corners[-1, -2::-1], corners[-2::-1, 0]])
        axes.plot(*outline.T, color=QUIET, linewidth=0.9, linestyle="--", label="outline at rest")
        if force is not None:
            draw_forces(axes, np.stack([x, y], axis=-1).reshape(-1, PLANE), force.reshape(-1, PLANE))
        if held is not None:
            draw_supports(axes, np.stack([x, y], axis=-1).reshape(-1, PLANE), held.reshape(-1, PLANE))
        if springs is not None:
            springs(axes, times)
        axes.legend(loc="upper left", bbox_to_anchor=(0, -0.12), ncols=4, fontsize=8)
        colour_bar(figure, image, axes, GREY)
        axes.set_aspect("equal")
        axes.set_xlabel("x (mm)")
        axes.set_ylabel("y (mm)")
        axes.grid(visible=False)
        figure.suptitle(f"{title}, displacements times {times:.3g}")
    return figure


def draw_directions(
    angles: NDArray[np.float64], modulus: NDArray[np.float64], ratio: NDArray[np.float64], title: str = ""
) -> Figure:
    """Young's modulus (MPa) and Poisson's ratio over the direction `angles` (radian, from x) of a uniaxial stress, polar.

    Negative Poisson's ratios are drawn by their magnitude in another colour.
    """
    with styled():
        figure = blank((7.6, 4.2))
        left, right = figure.subplots(1, 2, subplot_kw={"projection": "polar"})
        left.plot(angles, modulus, color=SOLID)
        left.set_title("Young's modulus (MPa)", fontsize=10)
        right.plot(angles, np.where(ratio >= 0, ratio, np.nan), color=SOLID, label="positive")
        right.plot(angles, np.where(ratio < 0, -ratio, np.nan), color=ACCENT, label="negative")
        right.set_title("Poisson's ratio", fontsize=10)
        if (ratio < 0).any():
            right.legend(loc="lower right", fontsize=8)
        for axes in (left, right):
            # The curve of an isotropic cell is a circle: it must not lie on the rim.
            axes.set_ylim(0, 1.15 * axes.get_ylim()[1])
            axes.tick_params(labelsize=8, colors=QUIET)
        figure.suptitle(title)
    return figure
