"""Networks and their Poisson's ratios, as a table and as a plot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from metac.runtime.datasets.trajectories.trajectories import SETS, Trajectories
from metac.runtime.report.design_plots import blank, styled
from metac.runtime.runs.csv_tables import table_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

JUDGED = (20, 50, 100, 400)
"""Snapshots at which ratios are listed, beside the last one."""
SHOWN = 300
"""Most networks in a plot."""


def judged(snapshots: int) -> list[int]:
    """Those that there are, and the last one."""
    return sorted({each for each in JUDGED if each < snapshots} | {snapshots})


def coordination(made: Trajectories) -> NDArray[np.float64]:
    """`[network]`: bonds at a node in the mean."""
    return 2 * made.weights.sum(axis=1) / made.nodes


def ratio_table(made: Trajectories) -> bytes:
    """CSV: a row for each network, with its quasi-static ratios and those of the box after some snapshots."""
    found = made.poisson_ratio
    snapshots = judged(found.shape[1])
    head = ["packing", "set", "nodes", "bonds", "coordination", "quasi-static nu12", "quasi-static nu21"]
    rows = [[*head, *(f"nu after {each} snapshots" for each in snapshots)]]
    for row, mean in enumerate(coordination(made)):
        names = [str(made.packing[row]), SETS[made.set[row]], str(made.nodes[row]), f"{made.weights[row].sum():g}"]
        values = [mean, *made.ratios[row], *(found[row, each - 1] for each in snapshots)]
        rows.append([*names, *(f"{value:.6g}" for value in values)])
    return table_bytes(rows)


def draw_trajectories(made: Trajectories, title: str) -> Figure:
    """Poisson's ratio over strain, and that after some snapshots over the quasi-static one."""
    found, snapshots = made.poisson_ratio, judged(made.poisson_ratio.shape[1])
    some = np.linspace(0, len(found) - 1, min(len(found), SHOWN)).astype(int)
    with styled():
        from matplotlib import colormaps

        figure = blank((9.0, 3.8))
        left, right = figure.subplots(1, 2)
        low, high = float(made.ratios[:, 0].min()), float(made.ratios[:, 0].max())
        for row in some:
            shade = (made.ratios[row, 0] - low) / max(high - low, 1e-12)
            left.plot(100 * made.strain[row, 1:], found[row], color=colormaps["viridis"](shade), linewidth=0.9)
        left.set(xlabel="compression, %", ylabel="Poisson's ratio of the box", title="colour: quasi-static ratio")
        for each in snapshots:
            right.plot(made.ratios[some, 0], found[some, each - 1], ".", markersize=4, label=f"{each} snapshots")
        right.plot([low, high], [low, high], color="#8a96a3", linewidth=0.8)
        right.set(xlabel="quasi-static Poisson's ratio along x", ylabel="Poisson's ratio of the box")
        right.legend()
        figure.suptitle(title)
    return figure
