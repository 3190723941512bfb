"""Plots of frames: as drawn, and deformed and coloured by stress."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import Normalize
from numpy.typing import NDArray

from metac.runtime.dimensions import PLANE
from metac.runtime.report.colour_bars import colour_bar
from metac.runtime.report.design_plots import QUIET, SOLID, blank, styled
from metac.runtime.report.marks import ARROW_SHARE, draw_forces, draw_springs, draw_supports

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Field = NDArray[np.float64]
POINTS = 13
"""Points along a bent beam."""


def draw_frame(nodes: Field, edges: NDArray[Any], widths: Field, title: str = "") -> Figure:
    """Beams between `nodes[node, 2]` with their widths, mm."""
    with styled():
        figure = blank((5.0, 5.0))
        axes = figure.subplots()
        axes.add_collection(
            PolyCollection(list(rectangles(nodes, edges, widths)), facecolor=SOLID, edgecolor=SOLID, linewidth=0.3)
        )
        _fit(axes, nodes, title)
    return figure


def rectangles(nodes: Field, edges: NDArray[Any], widths: Field) -> Field:
    """`[beam, 4, 2]`: corners of the beams, counter-clockwise."""
    first, second = nodes[edges[:, 0]], nodes[edges[:, 1]]
    way = second - first
    side = np.stack([-way[:, 1], way[:, 0]], axis=1) / np.linalg.norm(way, axis=1)[:, None] * widths[:, None] / 2
    return np.stack([first - side, second - side, second + side, first + side], axis=1)


def draw_pulled(nodes: Field, edges: NDArray[Any], displacement: Field, stress: Field, title: str = "") -> Figure:
    """Two loads side by side: `displacement[case, node, 3]` (mm, radian), `stress[case, beam, end]` (MPa) at the ends."""
    return _draw_states(nodes, edges, displacement, stress, ("along x", "along y"), title)


def draw_loaded(
    nodes: Field,
    edges: NDArray[Any],
    displacement: Field,
    stress: Field,
    title: str = "",
    label: str = "",
    force: Field | None = None,
    held: NDArray[np.float64] | None = None,
    springs: Sequence[NDArray[Any]] | None = None,
) -> Figure:
    """One load: `displacement[node, 3]` (mm, radian), `stress[beam, end]` (MPa) at the ends, `force[node, 2]` (N), which
    components supports hold, `held[node, 2]`, and `springs` as `marks.py: draw_springs` takes them."""
    return _draw_states(nodes, edges, displacement[None], stress[None], (label,), title, force, held, springs)


def _draw_states(
    nodes: Field,
    edges: NDArray[Any],
    displacement: Field,
    stress: Field,
    labels: tuple[str, ...],
    title: str,
    force: Field | None = None,
    held: NDArray[np.float64] | None = None,
    springs: Sequence[NDArray[Any]] | None = None,
) -> Figure:
    with styled():
        figure = blank((4.6 * len(labels) + (1.0 if len(labels) == 1 else 0.0), 4.6))
        scale = max(float(stress.max(initial=0.0)), np.finfo(float).tiny)
        panels = list(np.ravel(np.asarray(figure.subplots(1, len(labels)), object)))
        colours = ScalarMappable(Normalize(0, scale), "viridis")
        for axes, case, label in zip(panels, range(len(labels)), labels, strict=True):
            rest = LineCollection(list(nodes[edges]), colors=QUIET, linewidths=0.8, linestyles="dotted", label="at rest")
            axes.add_collection(rest)
            curves = bent(nodes, edges, displacement[case])
            pieces = np.stack([curves[:, :-1], curves[:, 1:]], axis=2).reshape(-1, 2, PLANE)
            share = (np.arange(POINTS - 1) + 0.5) / (POINTS - 1)
            values = stress[case, :, :1] * (1 - share) + stress[case, :, 1:] * share
            colour = colours.to_rgba(values.ravel())
            axes.add_collection(LineCollection(list(pieces), colors=colour, linewidths=2.2, capstyle="round"))
            places = [nodes, curves.reshape(-1, PLANE)]
            if force is not None:
                moved = nodes + displacement[case, :, :2]
                draw_forces(axes, moved, force)
                places.append(np.stack([moved.min(axis=0), moved.max(axis=0)]) + _arrow_room(moved))
            if held is not None:
                draw_supports(axes, nodes + displacement[case, :, :2], held)
            if springs is not None:
                draw_springs(axes, nodes, nodes + displacement[case, :, :2], *springs)
            _fit(axes, np.concatenate(places), label)
        colour_bar(figure, colours, panels, "von Mises stress at the ends, linear between (MPa)")
        handles, names = panels[-1].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside lower right", ncols=len(names), fontsize=8)
        figure.suptitle(title)
    return figure


def _arrow_room(places: Field) -> Field:
    """`[2, 2]`: what arrows of forces may take beyond the lower and the upper corner, mm."""
    room = ARROW_SHARE * float(np.ptp(places, axis=0).max())
    return np.array([[-room, -room], [room, room]])


def bent(nodes: Field, edges: NDArray[Any], displacement: Field) -> Field:
    """`[beam, point, 2]`: deformed axes of the beams, cubic between their ends (Euler–Bernoulli's shape), mm."""
    first, second = nodes[edges[:, 0]], nodes[edges[:, 1]]
    way = second - first
    length = np.linalg.norm(way, axis=1)[:, None]
    along = way / length
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    start, end = displacement[edges[:, 0]], displacement[edges[:, 1]]
    s = np.linspace(0, 1, POINTS)[None, :]

    def parts(direction: Field) -> tuple[Field, Field]:
        return ((start[:, :2] * direction).sum(1)[:, None], (end[:, :2] * direction).sum(1)[:, None])

    (u, far_u), (v, far_v) = parts(along), parts(across)
    turned, far_turned = start[:, 2:] * length, end[:, 2:] * length
    axial = u * (1 - s) + far_u * s
    lateral = v * (1 - 3 * s**2 + 2 * s**3) + far_v * (3 * s**2 - 2 * s**3)
    lateral = lateral + turned * (s - 2 * s**2 + s**3) + far_turned * (s**3 - s**2)
    straight = first[:, None] + s[..., None] * way[:, None]
    return straight + axial[..., None] * along[:, None] + lateral[..., None] * across[:, None]


def _fit(axes: Axes, points: Field, title: str) -> None:
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.05 * float((high - low).max())
    axes.set_xlim(low[0] - margin, high[0] + margin)
    axes.set_ylim(low[1] - margin, high[1] + margin)
    axes.set_aspect("equal")
    axes.set_xlabel("x (mm)")
    axes.set_ylabel("y (mm)")
    axes.grid(visible=False)
    axes.set_title(title, fontsize=10)
