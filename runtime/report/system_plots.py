"""Figures of systems of cells: pixels, stiffness of elements, what was wanted beside what was chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from metac.runtime.report.design_plots import blank, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Field = NDArray[np.float64]
NAMES = ("C11", "C12", "C22", "C66")
WIDTH = 11.0
"""Inches."""
FINEST = 1500
"""Pixels along a side beyond which a displaced picture is drawn more coarsely."""


def draw_pixels(solid: NDArray[np.bool_], cell: float, title: str) -> Figure:
    """All pixels, black for solid."""
    rows, columns = solid.shape
    with styled():
        figure = blank((WIDTH, min(WIDTH * rows / columns + 0.8, 1.2 * WIDTH)))
        axes = figure.add_subplot()
        axes.imshow(solid, cmap="gray_r", vmin=0, vmax=1, interpolation="antialiased")
        axes.set_axis_off()
        figure.suptitle(f"{title}: {rows * columns:,} pixels, cells of {cell:g} mm")
    return figure


def draw_flipped_pixels(before: NDArray[np.bool_], after: NDArray[np.bool_], title: str) -> Figure:
    """Two sheets of the same size in one: solid of both grey, what was added blue, what was removed red."""
    colours = np.array([[1.0, 1.0, 1.0], [0.84, 0.15, 0.16], [0.12, 0.47, 0.71], [0.72, 0.72, 0.72]])
    rows, columns = before.shape
    with styled():
        figure = blank((WIDTH, min(WIDTH * rows / columns + 0.8, 1.2 * WIDTH)))
        axes = figure.add_subplot()
        axes.imshow(colours[before.astype(int) + 2 * after.astype(int)], interpolation="antialiased")
        axes.set_axis_off()
        added, removed = (int(each.sum()) for each in (after & ~before, before & ~after))
        figure.suptitle(f"{title}: {added:,} and {removed:,} of {rows * columns:,} pixels")
    return figure


def draw_entries(entries: Field, scale: Field, title: str) -> Figure:
    """`entries[row, column, 4]`, MPa, over `scale`, those of the solid."""
    with styled():
        figure = blank(_size(entries.shape[:2], len(NAMES)))
        for index, name in enumerate(NAMES):
            axes = figure.add_subplot(len(NAMES), 1, index + 1)
            image = axes.imshow(entries[..., index] / scale[index], cmap="viridis", interpolation="nearest")
            axes.set(title=f"{name} over the solid's", xticks=[], yticks=[])
            figure.colorbar(image, ax=axes, fraction=0.02)
        figure.suptitle(title)
    return figure


def draw_assembly(wanted: Field, chosen: Field, scale: Field, title: str) -> Figure:
    """Wanted entries `[row, column, 4]` beside those of the chosen cells, MPa, over the solid's."""
    with styled():
        rows, columns = wanted.shape[:2]
        figure = blank((1.3 * WIDTH, _size((rows, columns), len(NAMES))[1]))
        for index, name in enumerate(NAMES):
            both = [each[..., index] / scale[index] for each in (wanted, chosen)]
            least, most = min(each.min() for each in both), max(each.max() for each in both)
            panels, image = [figure.add_subplot(len(NAMES), 2, 2 * index + side) for side in (1, 2)], None
            for axes, values, what in zip(panels, both, ("wanted", "chosen"), strict=True):
                image = axes.imshow(values, cmap="viridis", vmin=least, vmax=most, interpolation="nearest")
                axes.set(title=f"{name}, {what}", xticks=[], yticks=[])
            if image is not None:
                figure.colorbar(image, ax=panels, fraction=0.02)
        figure.suptitle(f"{title}, over the solid's stiffness")
    return figure


def draw_displaced_system(pixels: NDArray[np.bool_] | None, nodes: Field, extent: tuple[float, float], title: str) -> Figure:
    """Pixels, or the elements where there are none, where `nodes[row, column, 2]` (mm) displace them, true to scale."""
    rows, columns = nodes.shape[0] - 1, nodes.shape[1] - 1
    step = max(1, -(-columns // FINEST), -(-rows // FINEST))
    x, y = np.meshgrid(np.linspace(0, extent[0], columns + 1), np.linspace(extent[1], 0, rows + 1))
    moved = np.stack([x, y], axis=-1) + nodes
    picked = moved[::step, ::step]
    with styled():
        figure = blank((WIDTH, min(WIDTH * extent[1] / extent[0] + 1.6, 1.2 * WIDTH)))
        axes = figure.add_subplot()
        if pixels is None:
            axes.plot(picked[..., 0], picked[..., 1], color="#555555", linewidth=0.5)
            axes.plot(picked[..., 0].T, picked[..., 1].T, color="#555555", linewidth=0.5)
        else:
            shown = pixels[::step, ::step][: picked.shape[0] - 1, : picked.shape[1] - 1]
            values = np.ma.masked_where(~shown, shown.astype(float))
            axes.pcolormesh(picked[..., 0], picked[..., 1], values, cmap="gray_r", vmin=0, vmax=1, rasterized=True)
        axes.grid(visible=False)
        axes.set_aspect("equal")
        axes.set(xlabel="x (mm)", ylabel="y (mm)")
        figure.suptitle(title)
    return figure


def _size(shape: tuple[int, int], panels: int) -> tuple[float, float]:
    rows, columns = shape
    return WIDTH, min(panels * (WIDTH / 2 * rows / columns + 0.5) + 0.8, 2 * WIDTH)
