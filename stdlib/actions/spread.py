"""Forces that are spread over a part of the boundary."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from metac.compiler.interfaces.field_error import FieldError
from metac.stdlib.actions.place import NO_PLACE, Place, components_of, place_of
from metac.stdlib.supports.held import NOTHING_THERE

if TYPE_CHECKING:
    from jax import Array
    from numpy.typing import NDArray

    from metac.compiler.interfaces.action import Action, AppliedForces, FollowerForces, Loaded
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.runtime.fem.attachments import PressedEdge

AXES = {"left": 1, "right": 1, "bottom": 0, "top": 0}
"""The coordinate along each edge of the rectangle."""
ENDS = 2
NO_POTENTIAL = "M0605"


class LoadedPart(NamedTuple):
    """Where on the boundary forces act."""

    place: Place
    span: tuple[float, float] | None
    """From, to: coordinates along a straight edge, mm; None: all of it."""

    def facets(self, mesh: Any, of: object) -> NDArray[np.int32]:
        """The facets of the part, the body to their left; FieldError of the object `of`."""
        facets = self.place.boundary(mesh, of)
        if self.span is None:
            return facets
        along = mesh.nodes[facets[:, :2], self.axis]
        low, high = float(along.min()), float(along.max())
        near = 1e-9 * (high - low)
        if self.span[0] < low - near or self.span[1] > high + near:
            raise FieldError(
                "span",
                f"{self.place.text} goes from {low:.6g} to {high:.6g} mm",
                code=NOTHING_THERE,
                help="give a part of that",
                of=of,
            )
        return facets

    @property
    def axis(self) -> int:
        """The coordinate along the edge."""
        return AXES[self.place.edge or ""]


class Spread:
    """Forces over the `part`; raises `FieldError`: M0600 where not one place is given, or the span is none."""

    def __init__(self, edge: str | None, group: str | None, span: Sequence[float] | None, built: LoadedPart | None) -> None:
        self.part = built or self.build(edge, group, span)

    @staticmethod
    def build(edge: str | None, group: str | None, span: Sequence[float] | None) -> LoadedPart:
        """Where forces act, which decides about nodes."""
        place = place_of(None, edge, group, pointlike=False)
        if span is None:
            return LoadedPart(place, None)
        if edge not in AXES:
            message = "a span is a part of a straight edge"
            raise FieldError("span", message, code=NO_PLACE, help=f"it goes with {', '.join(AXES)}")
        if len(span) != ENDS or not float(span[0]) < float(span[1]):
            raise FieldError("span", "a span goes from one coordinate to a larger one", code=NO_PLACE, help="`[0 mm, 5 mm]`")
        return LoadedPart(place, (float(span[0]), float(span[1])))

    def nodal_forces(self, body: Loaded) -> Array:
        """`[node, 2]`, N."""
        from metac.runtime.fem.assembly.edge_load import EdgePart

        facets = self.part.facets(body.mesh, self)
        axis, span = (0, None) if self.part.span is None else (self.part.axis, self.part.span)
        return body.thickness * self.per_thickness(body, EdgePart(body.mesh, facets, axis, span))

    @abstractmethod
    def per_thickness(self, body: Loaded, part: Any) -> Array:
        """`[node, 2]`, N/mm, on a `runtime.fem.assembly.edge_load.EdgePart`."""


class Traction(Spread):
    """`value[component]`, MPa."""

    def __init__(
        self,
        *,
        edge: str | None,
        group: str | None,
        value: Sequence[Any],
        span: Sequence[float] | None,
        built: LoadedPart | None = None,
    ) -> None:
        super().__init__(edge, group, span, built)
        self.value = components_of("value", value)

    def per_thickness(self, body: Loaded, part: Any) -> Array:
        """The same all along the part."""
        return part.uniform(body.coordinates, vector(self.value))


class LineForce(Traction):
    """`value[component]`, N/mm over the whole thickness."""

    def per_thickness(self, body: Loaded, part: Any) -> Array:
        """The same all along the part."""
        return part.uniform(body.coordinates, vector(self.value) / body.thickness)


class EdgeForce(Spread):
    """`force[component]`, N, in all."""

    def __init__(
        self,
        *,
        edge: str | None,
        group: str | None,
        force: Sequence[Any],
        span: Sequence[float] | None,
        built: LoadedPart | None = None,
    ) -> None:
        super().__init__(edge, group, span, built)
        self.force = components_of("force", force)

    def per_thickness(self, body: Loaded, part: Any) -> Array:
        """The force over the area of the part."""
        area = part.length(body.coordinates) * body.thickness
        return part.uniform(body.coordinates, vector(self.force) / area)


class Pressure(Spread):
    """`value`, MPa, against the edge, undeformed where it is dead; raises M0605 for a `span` that would follow."""

    def __init__(
        self,
        *,
        edge: str | None,
        group: str | None,
        value: Any,
        span: Sequence[float] | None,
        acts: str,
        built: LoadedPart | None = None,
    ) -> None:
        super().__init__(edge, group, span, built)
        self.value, self.follows = value, acts == "follower"
        if self.follows and span is not None:
            message = "a pressure that follows presses on all of its edge: inside of it no end is held"
            raise FieldError("span", message, code=NO_POTENTIAL, help="leave out `span`, or take `acts = dead`")

    def attached(self, mesh: Any, fixed: NDArray[np.int64]) -> PressedEdge:
        """What follows; FieldError M0605 where an end of the edge is free to move in both directions."""
        from metac.runtime.fem.attachments import PressedEdge

        facets = self.part.facets(mesh, self)
        nodes, counts = np.unique(facets[:, :2], return_counts=True)
        for node in nodes[counts == 1]:
            if not np.isin([2 * node, 2 * node + 1], fixed).any():
                x, y = mesh.nodes[node]
                message = f"the pressed edge ends at ({x:.6g}, {y:.6g}) mm, where the body is free along x and y"
                help = "hold that point along x or y, press on a closed edge, or take `acts = dead`"
                raise FieldError("acts", message, code=NO_POTENTIAL, help=help, of=self)
        return PressedEdge(tuple(tuple(map(int, facet)) for facet in facets), len(mesh.nodes))

    def per_thickness(self, body: Loaded, part: Any) -> Array:
        """Normal to the edge as it is meshed."""
        return self.value * part.pressed(body.coordinates, body.coordinates)


def vector(components: Sequence[Any]) -> Array:
    """`[component]`, an array."""
    import jax.numpy as jnp

    return jnp.stack([jnp.asarray(part, float) for part in components])


if TYPE_CHECKING:
    Satisfies[Action](Traction, LineForce, EdgeForce, Pressure)
    Satisfies[AppliedForces](Traction, LineForce, EdgeForce, Pressure)
    Satisfies[FollowerForces](Pressure)
