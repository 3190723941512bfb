"""Draw the figures of docs/measures.md from runs of specs/own.

python docs/draw_measures.py poisson_over_strain RUN
python docs/draw_measures.py l_bracket RUN
python docs/draw_measures.py stiffest_cell_least_ligament RUN

RUN is the folder of a run of the spec of that name; the figure has its name too.
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


def picture(axes: Axes, density: np.ndarray, width: float) -> None:
    """Densities, black is solid."""
    height = width * density.shape[0] / density.shape[1]
    axes.imshow(1 - density, cmap="gray", vmin=0, vmax=1, extent=(0, width, 0, height), interpolation="nearest")
    axes.set(xlabel="x, mm", ylabel="y, mm")


def l_bracket(run: Path) -> None:
    """The design, and the stress of its solid as the spec takes it."""
    figure = Figure(figsize=(7.6, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    density = np.load(run / "plate.npz")["density"]
    picture(left, density, 100.0)
    stress = von_mises(run, density)
    drawn = right.imshow(np.where(density > 0.02, stress, np.nan), cmap="viridis", extent=(0, 100, 0, 100), vmin=0)
    right.set(xlabel="x, mm")
    figure.colorbar(drawn, ax=right, label="√density times von Mises, MPa")
    figure.savefig(HERE / "l_bracket.png", dpi=120)


def von_mises(run: Path, density: np.ndarray) -> np.ndarray:
    """`[row, column]`, MPa: stress of the solid in the middle of each pixel, times the root of its density."""
    import metac
    from metac.stdlib.measures.field_values import StressOf, loaded_body

    program = metac.load(run / "spec.meta").program()
    loaded = loaded_body(program.objects(metac.open(run).theta)["bend"])
    stress = StressOf(loaded, "von_mises", 0.5)(loaded.deformation(loaded.response.displacement[-1]))
    return np.asarray(stress).reshape(density.shape)


def stiffest_cell_least_ligament(run: Path) -> None:
    """The cell, and three by three of it."""
    figure = Figure(figsize=(6.4, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    density = np.load(run / "cell.npz")["density"]
    picture(left, density, 40.0)
    picture(right, np.tile(density, (3, 3)), 120.0)
    figure.savefig(HERE / "stiffest_cell_least_ligament.png", dpi=120)


DRAWN: dict[str, Callable[[Path], None]] = {
    each.__name__: each for each in (poisson_over_strain, l_bracket, stiffest_cell_least_ligament)
}

if __name__ == "__main__":
    DRAWN[sys.argv[1]](Path(sys.argv[2]))
