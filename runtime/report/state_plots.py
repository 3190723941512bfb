"""Plots of a body at rest and in its loaded states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from metac.runtime.mesh.mesh import Mesh
from metac.runtime.report.colour_bars import colour_bar
from metac.runtime.report.design_plots import EDGE, QUIET, blank, draw_outline, draw_solid, styled, triangulation
from metac.runtime.report.marks import ARROW_SHARE, draw_forces, draw_springs, draw_supports, largest_resultant, scale_bar

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Field = NDArray[np.float64]
PANEL = 3.3
"""Width of a panel, inches."""
MARGIN = 0.03
"""Around a body, over its size."""
UNSHARED = 0.995
"""The largest values sit at notches; beyond this quantile they share one colour, so that the rest can be distinguished."""


def draw_states(
    mesh: Mesh,
    coordinates: Field,
    displacements: Sequence[Field],
    fields: Sequence[Field],
    labels: Sequence[str],
    field_label: str,
    title: str = "",
    forces: Sequence[Field | None] = (),
    phases: Field | None = None,
    held: NDArray[np.float64] | None = None,
    springs: Sequence[NDArray[Any]] | None = None,
) -> Figure:
    """The body at rest, and deformed states side by side on one scale, coloured by a field, the outline at rest behind.

    Args:
        mesh: topology.
        coordinates: `[node, 2]`, unloaded, mm.
        displacements: one `[node, 2]` a state, mm.
        fields: one `[node]` a state.
        labels: one text a state.
        field_label: what the colours mean.
        title: above all.
        forces: one `[node, 2]` a state, N: what acts on the body, supports apart; None where nothing acts at nodes.
        phases: `[cell]`: numbers of materials, from 1; None where there is one.
        held: `[node, 2]`: what supports hold, as `draw_supports` takes it; None where there are none.
        springs: see `marks.py: draw_springs`; None where there are none.
    """
    forces = forces or [None] * len(displacements)
    places = [coordinates, *(coordinates + displacement for displacement in displacements)]
    extent = _extent(places, with_arrows=any(force is not None for force in forces))
    top = max(float(np.quantile(np.concatenate([field.ravel() for field in fields]), UNSHARED)), 1e-12)
    largest = max((largest_resultant(*each) for each in zip(places[1:], forces, strict=True)), default=0.0)
    with styled():
        figure = blank((1.2 + PANEL * len(places), 1.4 + PANEL * min(extent.aspect, 3.0)))
        panels = figure.subplots(1, len(places), squeeze=False)[0]
        _prepare(panels, ("at rest", *labels), extent)
        draw_solid(panels[0], mesh, coordinates, phases)
        image = None
        for axes, place, field, force in zip(panels[1:], places[1:], fields, forces, strict=True):
            draw_outline(axes, mesh, coordinates, QUIET, 0.8, behind=True, label="outline at rest")
            image = axes.tripcolor(triangulation(mesh, place), field, cmap="viridis", vmin=0, vmax=top, shading="gouraud")
            draw_outline(axes, mesh, place, EDGE, 0.7, phases=phases)
            if force is not None:
                draw_forces(axes, place, force, largest=largest)
            if held is not None:
                draw_supports(axes, place, held)
            if springs is not None:
                draw_springs(axes, coordinates, place, *springs)
        assert image is not None
        colour_bar(figure, image, list(panels), field_label, extend="max")
        _legend(figure, panels[-1])
        if title:
            figure.suptitle(title, fontsize=11)
    return figure


class _Extent(NamedTuple):
    """What every panel shows, mm."""

    low: Field
    high: Field
    margin: float

    @property
    def aspect(self) -> float:
        """Height over width, margins apart."""
        return float((self.high - self.low)[1] / (self.high - self.low)[0])


def _extent(places: Sequence[Field], with_arrows: bool) -> _Extent:
    """That of all states together, with room for arrows where there are some."""
    low, high = np.concatenate(places).min(axis=0), np.concatenate(places).max(axis=0)
    return _Extent(low, high, (MARGIN + (ARROW_SHARE if with_arrows else 0.0)) * float((high - low).max()))


def _prepare(panels: Sequence[Axes], labels: Sequence[str], extent: _Extent) -> None:
    """Titles, one scale for all panels, and its bar below the first."""
    low, high, margin = extent
    for axes, label in zip(panels, labels, strict=True):
        axes.set_xlim(low[0] - margin, high[0] + margin)
        axes.set_title(label, fontsize=10)
        axes.set_aspect("equal")
        axes.set_axis_off()
    room = scale_bar(panels[0], np.array([low[0], low[1] - margin]), high)
    for axes in panels:
        axes.set_ylim(low[1] - margin - room, high[1] + margin)


def _legend(figure: Figure, axes: Axes) -> None:
    """Of what the last panel holds, under all of them."""
    handles, names = axes.get_legend_handles_labels()
    if handles:
        figure.legend(handles, names, loc="outside lower right", ncols=len(names), fontsize=8)
