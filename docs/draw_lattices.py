"""Draw docs/lattices.png: the lattices that `lattice` knows by name, two periods by two.

python docs/draw_lattices.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from metac.runtime.beams.lattice_patterns import lattice_net, lattice_pattern
from metac.runtime.report.frame_plots import rectangles

NAMES = {"square": 1.0, "triangular": 1.0, "kagome": 1.0, "honeycomb": 1.0, "re_entrant_honeycomb": 2.0}
"""With the length of upright beams over the inclined ones."""
ANGLE, WIDTH = np.pi / 6, 0.08


def main() -> None:
    """Draw it."""
    figure = Figure(figsize=(12.0, 3.4), layout="constrained")
    for axes, (name, ratio) in zip(figure.subplots(1, len(NAMES)), NAMES.items(), strict=True):
        net = lattice_net(lattice_pattern(name, ANGLE, ratio), 2, 2)
        axes.add_collection(PolyCollection(list(rectangles(net.nodes, net.edges, np.full(net.edge_count, WIDTH)))))
        axes.plot(*net.nodes.T, "o", color="black", markersize=2.5)
        period = np.array(net.size) / 2
        axes.plot(*np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]] * period).T, "--", color="C1", linewidth=1.2)
        axes.set_aspect("equal")
        axes.set_title(name, fontsize=10)
        axes.set_axis_off()
    figure.savefig(Path(__file__).with_name("lattices.png"), dpi=120)


if __name__ == "__main__":
    main()
