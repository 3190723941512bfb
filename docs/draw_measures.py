"""Draw docs/poisson_over_strain.png: a cell whose Poisson's ratio stays as it is pulled, and what else is read over strain.

python docs/draw_measures.py poisson_over_strain RUN

RUN is the folder of a run of specs/own/poisson_over_strain.meta.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.tri import Triangulation

HERE = Path(__file__).parent
TILES = 2


def outline(axes: Axes, vtu: Path) -> None:
    """Periods of the deformed cell, each element filled."""
    import meshio

    mesh = meshio.read(vtu)
    triangles = np.concatenate([block.data[:, :3] for block in mesh.cells])
    points = mesh.points[:, :2] + mesh.point_data["displacement"][:, :2]
    rest = np.ptp(mesh.points[:, :2], axis=0)
    corners = [
        np.argmin(np.linalg.norm(mesh.points[:, :2] - mesh.points[:, :2].min(axis=0) - at, axis=1))
        for at in rest * np.eye(2)
    ]
    first = np.argmin(np.linalg.norm(mesh.points[:, :2] - mesh.points[:, :2].min(axis=0), axis=1))
    steps = points[corners] - points[first]
    for i in range(TILES):
        for j in range(TILES):
            moved = points + i * steps[0] + j * steps[1]
            periods = Triangulation(moved[:, 0], moved[:, 1], triangles)
            axes.tripcolor(periods, np.ones(len(moved)), cmap="Greys", vmin=0, vmax=2, rasterized=True)
    axes.set_aspect("equal")
    axes.axis("off")


def columns(path: Path) -> np.ndarray:
    """`[column, row]` of a table with a heading."""
    with path.open(encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    return np.array([[float(each) for each in row] for row in rows]).T


def poisson_over_strain(run: Path) -> None:
    """The design at its end, and its curves."""
    figure = Figure(figsize=(9.0, 3.2), layout="constrained")
    drawn, ratio, modulus = figure.subplots(1, 3, width_ratios=(1, 1.2, 1.2))
    outline(drawn, sorted(run.glob("pull-*.vtu"))[-1])
    for name, label in (("poisson_curve-pull", "secant"), ("poisson_curve-pull-kind-tangent", "tangent")):
        strain, values, fresh_strain, fresh = columns(run / f"report-{name}.csv")
        ratio.plot(100 * strain, values, "o-", label=label)
        ratio.plot(100 * fresh_strain, fresh, "x", color="black", label="on a finer mesh" if label == "tangent" else None)
    ratio.axhline(0.1, color="grey", linewidth=0.8, linestyle="--")
    ratio.set(xlabel="strain, %", ylabel="Poisson's ratio", ylim=(-0.1, 0.3))
    ratio.legend(frameon=False, fontsize=8)
    strain, values, *_ = columns(run / "report-modulus_curve-pull.csv")
    modulus.plot(100 * strain, values, "o-", label="secant modulus, MPa")
    strain, values, *_ = columns(run / "report-volume_ratio-pull.csv")
    modulus.plot(100 * strain, values, "s-", label="volume over that at rest")
    modulus.set(xlabel="strain, %")
    modulus.legend(frameon=False, fontsize=8)
    figure.savefig(HERE / "poisson_over_strain.png", dpi=120)


DRAWN: dict[str, Callable[[Path], None]] = {"poisson_over_strain": poisson_over_strain}

if __name__ == "__main__":
    DRAWN[sys.argv[1]](Path(sys.argv[2]))
