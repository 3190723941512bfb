"""Draw cells of specs/own before and after their design: the figures of docs/shapes.md.

python docs/draw_cells.py RUN

RUN is the folder of a run of specs/own/hexagonal_cell_shear.meta or outline_from_dxf.meta; the figure has the spec's name.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.tri import Triangulation

import metac

HERE = Path(__file__).parent
TILES = 5
SHOWN = 2.2
"""Of the first vector, from edge to edge of a picture."""
SMALL = np.array([[0, 3, 5], [3, 1, 4], [5, 4, 2], [3, 4, 5]])
"""Four triangles between the nodes of a quadratic one."""


def main(run: Path) -> None:
    """The cell as it is given beside the one that is found, some periods of each."""
    result = metac.open(run)
    name = result.summary["name"]
    objects = metac.load(HERE.parent / "specs" / "own" / f"{name}.meta").program().objects(result.theta)
    figure = Figure(figsize=(7.0, 3.3), layout="constrained")
    for axes, each, title in zip(figure.subplots(1, 2), ("period", "design"), ("given", "found"), strict=True):
        draw(axes, objects[each], objects["period"].region.period)
        axes.set(title=title)
    figure.savefig(HERE / f"{name}.png", dpi=110)


def draw(axes: Axes, body: Any, period: Any) -> None:
    """Periods of a body, each element filled."""
    places, triangles = np.asarray(body.coordinates), body.mesh.cells[:, SMALL].reshape(-1, 3)
    for i in range(TILES):
        for j in range(TILES):
            moved = places + np.array([i, j]) @ np.array(period)
            axes.tripcolor(
                Triangulation(moved[:, 0], moved[:, 1], triangles), np.ones(len(moved)), cmap="Greys", vmin=0, vmax=2
            )
    a, b = np.array(period)
    middle = (places.min(axis=0) + places.max(axis=0)) / 2 + (TILES - 1) / 2 * (a + b)
    reach = SHOWN / 2 * np.linalg.norm(a)
    axes.set(xlim=middle[0] + reach * np.array([-1, 1]), ylim=middle[1] + reach * np.array([-1, 1]), aspect="equal")
    axes.axis("off")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
