"""Plots of designs, deformed states, losses and curves."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from metac.runtime.mesh.mesh import Mesh
from metac.runtime.runs.atomic import replacing
from metac.runtime.runs.history import STUDY

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SOLID, EDGE, ACCENT, QUIET = "#4c6e91", "#16283c", "#c8553d", "#8a96a3"
MATERIALS = (SOLID, "#d9b26f", "#8fb08c", "#b98a9c", "#9db4c8", "#6d6a75")
"""Colours of materials, in their order; more of them begin again."""
_DOTS_PER_INCH = 160
_STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#55606b",
    "axes.labelcolor": "#2b333b",
    "xtick.color": "#55606b",
    "ytick.color": "#55606b",
    "axes.grid": True,
    "grid.color": "#e6e9ec",
    "grid.linewidth": 0.8,
    "legend.frameon": False,
}
Field = NDArray[np.float64]


def draw_design(mesh: Mesh, coordinates: Field, title: str = "", phases: Field | None = None) -> Figure:
    """The solid part of a body, its boundary drawn; axes in mm. `phases[cell]`: numbers of materials, from 1."""
    figure, axes = _plane(title)
    draw_solid(axes, mesh, coordinates, phases)
    return figure


def draw_solid(axes: Axes, mesh: Mesh, coordinates: Field, phases: Field | None = None) -> None:
    """A body in one colour, or one for each of its `phases[cell]`, its boundary drawn, and those between materials."""
    drawn = triangulation(mesh, coordinates)
    if phases is None:
        axes.tripcolor(drawn, np.zeros(len(coordinates)), cmap=_colours([SOLID]), shading="gouraud")
    else:
        values = np.tile(phases, len(drawn.triangles) // len(phases)) - 1
        colours, most = _colours(MATERIALS), len(MATERIALS)
        axes.tripcolor(drawn, facecolors=values % most, cmap=colours, vmin=-0.5, vmax=most - 0.5)
    draw_outline(axes, mesh, coordinates, EDGE, 0.9, phases=phases)


def draw_loss(history: Sequence[Mapping[str, Any]], title: str = "") -> Figure:
    """The loss over the steps of all descents, and the lowest so far; logarithmic where it is positive throughout.

    The lowest loss starts again in a new study and on a new mesh."""
    loss = np.array([record["loss"] for record in history], dtype=float)
    count = steps_taken(history)
    names = [record.get(STUDY) for record in history]
    studies = {n: name for n, name in enumerate(names) if name is not None and (not n or name != names[n - 1])}
    starts = [count[n] for n, record in enumerate(history) if record["step"] == 0 and n and n not in studies]
    remeshed = [count[n] for n, record in enumerate(history) if "number" in record.get("remeshed", {})]
    best = np.array([record["best"] for record in history], dtype=float)
    with styled():
        figure = blank((5.6, 3.5))
        axes = figure.subplots()
        for number, name in studies.items():
            if number:
                axes.axvline(count[number], color=EDGE, linewidth=0.9)
            axes.annotate(
                f" {name}", (count[number], 1), xycoords=("data", "axes fraction"), va="top", fontsize=8.5, color=EDGE
            )
        for number, start in enumerate(starts):
            axes.axvline(start, color=QUIET, linewidth=0.8, linestyle=":", label="new start" if not number else None)
        for number, place in enumerate(remeshed):
            axes.axvline(place, color=QUIET, linewidth=0.8, linestyle="-.", label="remeshed" if not number else None)
        axes.plot(count, loss, color=SOLID, linewidth=1.4, label="loss", marker="o" if len(loss) < 30 else "", markersize=3)
        axes.plot(count, best, color=ACCENT, linewidth=1.1, linestyle="--", label="lowest so far")
        if len(loss) and (loss > 0).all():
            axes.set_yscale("log")
        axes.set(xlabel="optimisation step", ylabel="loss (no unit)")
        axes.legend()
        axes.set_title(title, fontsize=11)
    return figure


def steps_taken(history: Sequence[Mapping[str, Any]]) -> NDArray[np.int64]:
    """`[record]`: the steps of all starts up to each record; first evaluations of starts and remeshings are no steps."""
    steps = [record["step"] > 0 and "remeshed" not in record for record in history]
    return np.cumsum(np.array(steps, dtype=np.int64))


def draw_curve(
    abscissa: Field,
    reached: Field,
    target: Field | None,
    *,
    fresh: tuple[Field, Field] | None = None,
    tolerance: float | None = None,
    labels: tuple[str, str] = ("", ""),
    title: str = "",
) -> Figure:
    """A curve that was reached beside its target.

    Args:
        abscissa: `[increment]`.
        reached: `[increment]`, on the run's mesh.
        target: `[increment]`, or None.
        fresh: places and values on the fresh mesh, `[increment]` each: a path by its length has other places there.
        tolerance: half the height of the band around the target.
        labels: of both axes.
        title: above.
    """
    from matplotlib.ticker import MaxNLocator

    with styled():
        figure = blank((5.2, 3.6))
        axes = figure.subplots()
        if target is not None:
            _draw_target(axes, abscissa, target, tolerance)
        axes.plot(abscissa, reached, color=SOLID, marker="o", markersize=4, linewidth=1.5, label="reached")
        if fresh is not None:
            axes.plot(*fresh, color=ACCENT, marker="s", markersize=3.5, linewidth=1.1, label="on a fresh mesh")
        axes.set(xlabel=labels[0], ylabel=labels[1])
        axes.xaxis.set_major_locator(MaxNLocator(6))
        places = [abscissa] if fresh is None else [abscissa, fresh[0]]
        axes.set_xlim(left=min(0.0, *(float(np.min(each)) for each in places)))  # where every load begins
        axes.legend()
        axes.set_title(title, fontsize=11)
    return figure


def _draw_target(axes: Axes, abscissa: Field, target: Field, tolerance: float | None) -> None:
    """A dashed line with its band; of a single increment a marker with a bar, as a line through one point is invisible."""
    if len(abscissa) == 1:
        axes.errorbar(
            abscissa,
            target,
            yerr=tolerance,
            color=EDGE,
            fmt="D",
            markerfacecolor="none",
            markersize=8,
            capsize=5,
            label="target",
        )
        return
    if tolerance is not None:
        axes.fill_between(abscissa, target - tolerance, target + tolerance, color=QUIET, alpha=0.25, linewidth=0)
    axes.plot(abscissa, target, color=EDGE, linewidth=1.2, linestyle="--", label="target")


def save(figure: Figure, path: Path, form: str = "png") -> None:
    """Write a figure as PNG, SVG or PDF, whole or not at all.

    Raises:
        OSError: if it cannot be written.
    """
    with replacing(path) as temporary:
        figure.savefig(temporary, format=form, dpi=_DOTS_PER_INCH)


def png_bytes(figure: Figure) -> bytes:
    """What `save` writes, for files that are put together elsewhere."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=_DOTS_PER_INCH)
    return file.getvalue()


def styled() -> Any:
    """A context in which all plots look alike."""
    from matplotlib import rc_context

    return rc_context(_STYLE)


def blank(size: tuple[float, float]) -> Figure:
    """A figure of its own that needs no display and no pyplot, whatever the program around it has set up."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _plane(title: str) -> tuple[Figure, Axes]:
    with styled():
        figure = blank((5.0, 5.0))
        axes = figure.subplots()
        axes.grid(False)
        axes.set_aspect("equal")
        axes.set(xlabel="x (mm)", ylabel="y (mm)")
        axes.set_title(title, fontsize=11)
    return figure, axes


def triangulation(mesh: Mesh, coordinates: Field) -> Any:
    """The mesh as matplotlib draws it: all elements cut into linear triangles between their nodes."""
    from matplotlib.tri import Triangulation

    cells = np.concatenate([mesh.cells[:, part] for part in Triangulation(*mesh.element.nodes.T).triangles])
    return Triangulation(coordinates[:, 0], coordinates[:, 1], cells)


def draw_outline(
    axes: Axes,
    mesh: Mesh,
    coordinates: Field,
    colour: str,
    width: float,
    *,
    behind: bool = False,
    label: str | None = None,
    phases: Field | None = None,
) -> None:
    """All edges that belong to one cell only, or lie between cells of different `phases[cell]`."""
    from matplotlib.collections import LineCollection

    facets = np.concatenate([mesh.cells[:, edge] for edge in mesh.element.facets])
    edges, middles = facets[:, :2], facets[:, -1 if mesh.order > 1 else 0]
    _, first, which, counts = np.unique(
        np.sort(edges, axis=1), axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    drawn = counts == 1
    if phases is not None:
        beside = np.tile(phases, len(mesh.element.facets))
        drawn |= np.bincount(which.ravel(), beside) != counts * beside[first]
    border = first[drawn]
    path = np.stack([edges[border, 0], middles[border], edges[border, 1]], axis=1)
    lines = list(coordinates[path])
    order = 0 if behind else 3
    axes.add_collection(LineCollection(lines, colors=colour, linewidths=width, capstyle="round", zorder=order, label=label))
    axes.autoscale_view()


def _colours(colours: Sequence[str]) -> Any:
    from matplotlib.colors import ListedColormap

    return ListedColormap(list(colours))
