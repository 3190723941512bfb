"""Plots of networks of springs: at rest, and strained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from metac.runtime.report.design_plots import QUIET, SOLID, blank, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from metac.runtime.springs.network import Connections

Field = NDArray[np.float64]


def bars(positions: Field, connections: Connections, unit: float = 1.0, box: Field | None = None) -> Field:
    """`[bond, 2, 2]`: both ends, mm; the second one is an image of its node where the bond leaves the box.

    `positions` in mm; `box`, dimensionless, where it is not that at rest.
    """
    edges = connections.box if box is None else box
    first, second = connections.bonds.T
    return np.stack([positions[first], positions[second] + connections.images * edges * unit], axis=1)


def draw_network(positions: Field, connections: Connections, unit: float, title: str = "") -> Figure:
    """Bonds and box at rest; mm."""
    with styled():
        figure = blank((5.0, 5.0))
        axes = figure.subplots()
        axes.add_collection(LineCollection(list(bars(positions, connections, unit)), colors=SOLID, linewidths=1.2))
        axes.add_patch(_frame(connections.box * unit))
        _fit(axes, title)
    return figure


def draw_strained(
    positions: Field, connections: Connections, unit: float, states: list[tuple[str, Field, Field]], title: str = ""
) -> Figure:
    """Each state in a panel over the network at rest.

    Args:
        positions: `[node, 2]`, mm, at rest.
        connections: of the bonds that are there.
        unit: mm.
        states: name, places `[node, 2]` (mm), box `[2]` (dimensionless).
        title: of the figure.
    """
    with styled():
        figure = blank((4.6 * len(states), 4.8))
        panels: Any = figure.subplots(1, len(states), squeeze=False)[0]
        for axes, (name, places, box) in zip(panels, states, strict=True):
            axes.add_collection(LineCollection(list(bars(positions, connections, unit)), colors=QUIET, linewidths=0.8))
            axes.add_collection(LineCollection(list(bars(places, connections, unit, box)), colors=SOLID, linewidths=1.2))
            axes.add_patch(_frame(box * unit))
            _fit(axes, name)
        figure.suptitle(title)
    return figure


def _frame(size: Field) -> Rectangle:
    return Rectangle((0.0, 0.0), float(size[0]), float(size[1]), fill=False, edgecolor=QUIET, linewidth=1.0, linestyle=":")


def _fit(axes: Axes, title: str) -> None:
    axes.set_aspect("equal")
    axes.autoscale_view()
    axes.set_xlabel("x / mm")
    axes.set_ylabel("y / mm")
    axes.set_title(title)
