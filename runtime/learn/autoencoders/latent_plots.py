"""Pages of a latent space: reconstructed cells, axes, and principal components (Wang et al., Figs. 6 to 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from metac.runtime.learn.autoencoders.cell_latent_space import CellLatentSpace
from metac.runtime.learn.autoencoders.decoded_scores import NAMES, NEAR, THRESHOLDS, soundness, whole_cells
from metac.runtime.report.design_plots import blank, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHOWN = 12
"""Cells of each row of a page."""
AXES = 3
STEPS = np.linspace(-2, 2, 9)
"""Of an axis, in standard deviations of that variable among the cells."""
MOST_POINTS = 20000
GAP = 4
GOOD, BAD = "#4f7f5b", "#c8553d"


def plot_reconstructed(space: CellLatentSpace, pictures: NDArray[np.uint8], seed: int, title: str) -> Figure:
    """Cells as they are and as they are decoded, then cells decoded near them and from the prior (Fig. 6)."""
    random = np.random.default_rng([seed, 2])
    chosen = pictures[random.permutation(len(pictures))[:SHOWN]]
    means = space.means_of(chosen)
    near = (means + NEAR * random.standard_normal(means.shape)).astype(np.float32)
    drawn = random.standard_normal(means.shape).astype(np.float32)
    decoded = [space.pictures_of(each) for each in (means, near, drawn)]
    rows = [chosen.astype(float), *decoded]
    names = ["cell", "decoded", f"decoded with noise {NEAR}", "from the prior"]
    return _page(rows, names, space.configuration.mirrored, title)


def plot_axes(space: CellLatentSpace, pictures: NDArray[np.uint8], seed: int, title: str) -> Figure:
    """One cell moved along the first latent variables (Fig. 7)."""
    chosen = pictures[np.random.default_rng([seed, 3]).integers(len(pictures))][None]
    mean, deviation = space.means_of(chosen)[0], space.latents.std(axis=0)
    rows = []
    for axis in range(min(AXES, len(mean))):
        moved = np.tile(mean, (len(STEPS), 1))
        moved[:, axis] += STEPS * deviation[axis]
        rows.append(space.pictures_of(moved.astype(np.float32)))
    return _page(rows, [f"$z_{{{axis + 1}}}$" for axis in range(len(rows))], space.configuration.mirrored, title)


def plot_latent(space: CellLatentSpace, title: str) -> Figure:
    """The two principal components of all cells, coloured by each stiffness (Fig. 8)."""
    components, shares = principal_components(space.latents)
    shown = np.random.default_rng(0).permutation(len(components))[:MOST_POINTS]
    with styled():
        figure = blank((13.0, 3.6))
        for axes, name, values in zip(figure.subplots(1, len(NAMES)), NAMES, space.stiffness.T, strict=True):
            points = axes.scatter(*components[shown].T, c=values[shown], s=2, linewidths=0, cmap="viridis", rasterized=True)
            axes.set(title=f"{name} (MPa)", xticks=[], yticks=[])
            figure.colorbar(points, ax=axes, fraction=0.05)
        held = " and ".join(f"{100 * share:.0f} %" for share in shares)
        figure.suptitle(f"{title}: principal components of {len(components):,} cells, with {held} of the variance")
    return figure


def principal_components(latents: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """`[cell, 2]`, and the shares of the variance that both hold; of one variable the second is zero."""
    centred = latents.astype(float) - latents.mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred)
    order = np.argsort(values)[::-1][:2]
    found, shares = centred @ vectors[:, order], values[order] / max(float(values.sum()), 1e-300)
    missing = 2 - found.shape[1]
    return np.pad(found, ((0, 0), (0, missing))), np.pad(shares, (0, missing))


def draw_cell(axes: Axes, cell: NDArray, sound: bool) -> None:
    """A picture `[row, column]` of 0 … 1; the dot below it is green where the cell is sound."""
    axes.imshow(cell, cmap="gray_r", vmin=0, vmax=1, interpolation="nearest")
    axes.plot(0.5, -0.08, "o", color=GOOD if sound else BAD, markersize=4, transform=axes.transAxes, clip_on=False)


def _page(rows: list[NDArray], names: list[str], mirrored: bool, title: str) -> Figure:
    """Pictures `[cell, row, column]` of 0 … 1 as the networks see cells, a row each; a dot says which is one piece."""
    with styled():
        height = 1.0 + 1.05 * len(rows)
        figure = blank((1.6 + 1.05 * max(map(len, rows)), height))
        grid = figure.subplots(len(rows), max(map(len, rows)), squeeze=False)
        for line, cells, name in zip(grid, rows, names, strict=True):
            one, _ = soundness(cells > THRESHOLDS[0], mirrored)
            for axes in line:
                axes.set_axis_off()
            for axes, cell, sound in zip(line, whole_cells(cells, mirrored), one, strict=False):
                draw_cell(axes, cell, bool(sound))
            line[0].text(-0.15, 0.5, name, ha="right", va="center", fontsize=8, transform=line[0].transAxes)
        figure.suptitle(f"{title} (green: one piece through all periods)")
    return figure
