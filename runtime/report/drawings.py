"""What there is to draw of a design: bodies and their loaded states, as plain arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from metac.runtime.mesh.mesh import Mesh
from metac.runtime.report.fields import state_fields

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Field = NDArray[np.float64]


@dataclass(frozen=True)
class State:
    """One loaded state."""

    label: str
    displacement: Field
    """`[node, 2]`, mm."""
    fields: Mapping[str, Field]
    """`[node]` each: `strain` (no unit), `energy_density`, `nominal_stress` (MPa)."""


@dataclass(frozen=True)
class Drawing:
    """A body, and the states of one load on it where there is one."""

    name: str
    """Of the load, or of the body that is not loaded."""
    body: str
    mesh: Mesh
    coordinates: Field
    """`[node, 2]`, unloaded, mm."""
    states: tuple[State, ...] = field(default=())
    """One per increment."""


@dataclass(frozen=True)
class Sketch:
    """What an object that has no mesh shows of itself."""

    name: str
    """Of the load, or of the body."""
    body: str
    figure: Figure
    arrays: Mapping[str, Field] = field(default_factory=dict)
    """What the figure shows, by name, to be saved beside it."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Contents of further files by what their names end in: `.svg`."""


def drawing_of(
    name: str, body_name: str, body: Any, response: Mapping[str, Any] | None = None, contact: int | None = None
) -> Drawing:
    """The drawing of a body with concrete coordinates, and of the load `name` on it.

    Args:
        name: of the load, or of the body.
        body_name: of the body.
        body: has `mesh` and `coordinates`, maybe a `material`.
        response: `displacement[increment, node, 2]` (mm) and `strain[increment]`, or None. Increments without an equilibrium
            (not a number) are left out.
        contact: the increment, from 1, from which on the body passes through itself; None where it never does.
    """
    states = []
    if response is not None:
        pairs = zip(np.asarray(response["strain"]), np.asarray(response["displacement"]), strict=True)
        for increment, (strain, displacement) in enumerate(pairs, start=1):
            if not np.isfinite(displacement).all():
                continue
            label = f"strain {100 * strain:.3g} %"
            if contact is not None and increment >= contact:
                label += ", passes through itself"
            states.append(State(label, displacement, state_fields(body, displacement)))
    return Drawing(name, body_name, body.mesh, np.asarray(body.coordinates), tuple(states))


def figure_of(drawing: Drawing | Sketch) -> Figure:
    """A figure of the design, or of its half and fully loaded states."""
    from metac.runtime.report.design_plots import draw_design, draw_states

    if isinstance(drawing, Sketch):
        return drawing.figure
    if not drawing.states:
        return draw_design(drawing.mesh, drawing.coordinates, drawing.name)
    last = len(drawing.states) - 1
    shown = [drawing.states[index] for index in sorted({(last + 1) // 2 - 1 if last else 0, last})]
    return draw_states(
        drawing.mesh,
        drawing.coordinates,
        [state.displacement for state in shown],
        [100 * state.fields["strain"] for state in shown],
        [state.label for state in shown],
        "largest principal strain (%)",
        drawing.name,
    )
