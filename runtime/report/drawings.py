"""What there is to draw of a design: bodies and their loaded states, as plain arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from metac.runtime.mesh.mesh import Mesh
from metac.runtime.report.fields import LARGEST_STRAIN, state_fields

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
    """`[node]` each: see `fields.py: FORMULAS`."""
    force: Field | None = None
    """`[node, 2]`, N: what acts on the body, supports apart; None where nothing acts at nodes."""


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
    cells: Mapping[str, Field] = field(default_factory=dict)
    """`[cell]` each: what varies from element to element, such as the density of pixels."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Contents of further files of the body, by what their names end in: `.dxf`."""
    held: NDArray[np.float64] | None = None
    """`[node, 2]`: which components supports of the load hold; None where there are none."""
    springs: Sequence[NDArray[Any]] | None = None
    """Nodes and weights `[spring, end, local]` of springs, and their axes: see `marks.py: draw_springs`."""


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
    name: str,
    body_name: str,
    body: Any,
    response: Mapping[str, Any] | None = None,
    contact: int | None = None,
    applied: str = "strain",
) -> Drawing:
    """The drawing of a body with concrete coordinates, and of the load `name` on it.

    Args:
        name: of the load, or of the body.
        body_name: of the body.
        body: has `mesh` and `coordinates`, maybe a `material` and fields of its cells, `cell_fields()`.
        response: `displacement[increment, node, 2]` (mm), `strain[increment]` and maybe `force[increment, node, 2]` (N),
            `held[node, 2]`, `springs` and `linear`, of the stiffness at rest, or None. Increments without an equilibrium
            (not a number) are left out.
        applied: what `strain` is, in words.
        contact: the increment, from 1, from which on the body passes through itself; None where it never does.
    """
    nodes = slice(None)
    if isinstance(body, WithSolidPart):
        solid = body.solid_part()
        body, nodes = solid.body, solid.nodes
    states = []
    if response is not None:
        strains, displacements = np.asarray(response["strain"]), np.asarray(response["displacement"])
        given = response.get("force")
        forces = [None] * len(strains) if given is None else np.asarray(given)
        linear = bool(response.get("linear", False))
        triples = zip(strains, displacements, forces, strict=True)
        for increment, (strain, displacement, force) in enumerate(triples, start=1):
            if not np.isfinite(displacement).all():
                continue
            label = applied_text(applied, float(strain))
            if contact is not None and increment >= contact:
                label += ", passes through itself"
            displacement, force = displacement[nodes], None if force is None else force[nodes]
            states.append(State(label, displacement, state_fields(body, displacement, linear=linear), force))
    held = None if response is None or response.get("held") is None else np.asarray(response["held"])
    springs = None if response is None or response.get("springs") is None else [np.asarray(p) for p in response["springs"]]
    places, cells = np.asarray(body.coordinates), cell_fields(body)
    return Drawing(name, body_name, body.mesh, places, tuple(states), cells, held=held, springs=springs)


@runtime_checkable
class WithSolidPart(Protocol):
    """A meshed body whose pores may be filled with a medium, which is not drawn."""

    def solid_part(self) -> Any:
        """The `body` without it, and which `nodes` are its own, `[node]`."""
        ...


@runtime_checkable
class WithCellFields(Protocol):
    """A meshed body with values of its own in each cell."""

    def cell_fields(self) -> dict[str, Any]:
        """`[cell]` by name (host, concrete values)."""
        ...


def cell_fields(body: object) -> dict[str, Any]:
    """`[cell]` by name: values of its own that a body has in each cell."""
    return body.cell_fields() if isinstance(body, WithCellFields) else {}


def applied_text(applied: str, value: float) -> str:
    """`nominal strain 5 %`: what is applied, and how much; of what is no strain, the number."""
    return f"{applied} {100 * value:.3g} %" if is_strain(applied) else f"{applied} {value:.3g}"


def is_strain(applied: str) -> bool:
    """Whether figures give it in per cent."""
    return applied.endswith(("strain", "shear"))


def figure_of(drawing: Drawing | Sketch) -> Figure:
    """A figure of the design, or of the design at rest, half and fully loaded."""
    from metac.runtime.report.design_plots import draw_design
    from metac.runtime.report.state_plots import draw_states

    if isinstance(drawing, Sketch):
        return drawing.figure
    if not drawing.states:
        return draw_design(drawing.mesh, drawing.coordinates, drawing.name, drawing.cells.get("material"))
    last = len(drawing.states) - 1
    shown = [drawing.states[index] for index in sorted({(last + 1) // 2 - 1 if last else 0, last})]
    return draw_states(
        drawing.mesh,
        drawing.coordinates,
        [state.displacement for state in shown],
        [100 * state.fields[LARGEST_STRAIN] for state in shown],
        [state.label for state in shown],
        "largest principal nominal strain, λ₁ − 1 (%)",
        drawing.name,
        [state.force for state in shown],
        drawing.cells.get("material"),
        drawing.held,
        drawing.springs,
    )
