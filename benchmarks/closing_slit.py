"""Stress of a sheet whose slits close, with contact on four meshes and without it: the figure of docs/contact.md.

python benchmarks/closing_slit.py docs/closing_slit.png
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.tri import Triangulation

import metac

STRESS = "stress(push)"
SIZE = 2.0
"""Edge of the elements that the spec has by itself, mm."""


def main(path: Path, runs: list[Path], loose: Path) -> None:
    """Print and draw."""
    figure = Figure(figsize=(9.0, 3.4), layout="constrained")
    curves, with_contact, without = figure.subplots(1, 3, width_ratios=(1.4, 1, 1))
    for run in runs:
        result = metac.open(run)
        overrides = json.loads((run / "run.json").read_text())["overrides"]
        size = float(overrides["size"]["text"].split()[0]) if overrides else SIZE
        report = result.reports[STRESS]
        assert report.fresh is not None
        print("contact:", result.summary["loads"]["push"]["contact"], "all met" if result.met else "missed")
        for edge, found in ((size, report.own), (size / 2, report.fresh)):
            known = [each for each in found.value if each is not None and np.isfinite(each)]
            strain = 100 * np.array(found.abscissa[: len(known)])
            print(f"{edge} mm: {known[-1]:.5f} MPa at {strain[-1]:g} %")
            curves.plot(strain, known, ".-", label=f"contact, {edge:g} mm")
    result = metac.open(loose)
    told, found = result.summary["loads"]["push"]["self_contact"], result.reports[STRESS].own
    print("without contact:", told, "all met" if result.met else "missed")
    curves.plot(100 * np.array(found.abscissa), found.value, "--", color="grey", label="no contact")
    mark_first(curves, found, told)
    deformed(with_contact, runs[-1], "contact")
    deformed(without, loose, "no contact")
    curves.set(xlabel="compression, %", ylabel="nominal stress, MPa")
    curves.legend(frameon=False, fontsize=8)
    figure.savefig(path, dpi=120)


def mark_first(axes: Axes, found: Any, told: dict[str, Any]) -> None:
    """Where the lips pass through each other."""
    number = told["increment"] - 1
    axes.plot(100 * found.abscissa[number], found.value[number], "x", color="black", label="passes through itself")


def deformed(axes: Axes, run: Path, title: str) -> None:
    """The period at the end of the load: what a run has written."""
    import meshio

    mesh = meshio.read(sorted(run.glob("push-*.vtu"))[-1])
    points = mesh.points[:, :2] + mesh.point_data["displacement"][:, :2]
    triangles = np.concatenate([block.data[:, :3] for block in mesh.cells])
    drawn = Triangulation(points[:, 0], points[:, 1], triangles)
    axes.tripcolor(drawn, np.ones(len(points)), cmap="Greys", vmin=0, vmax=2, alpha=0.7)
    axes.set(title=title, aspect="equal")
    axes.axis("off")


if __name__ == "__main__":
    target, *folders = (Path(each) for each in sys.argv[1:])
    main(target, folders[:-1], folders[-1])
