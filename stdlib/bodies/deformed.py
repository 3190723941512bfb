"""Bodies that a generator has moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.geometry import Movement
from metac.runtime.geometry.rectangle import Rectangle
from metac.stdlib.bodies.sheet import Sheet

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.body import Enrichable, Filled, LoadableBody, Meshable, MeshBody, Refinable, Remeshable
    from metac.compiler.interfaces.drawing import Exported, ExportedUnderLoads
    from metac.compiler.interfaces.satisfies import Satisfies


class Deformed(Sheet):
    """A body whose nodes a generator has moved; `body` may be moved itself."""

    def __init__(self, *, body: Sheet, by: Movement) -> None:
        body.require_movable(by)
        self.body, self.by, self.constraints = body, by, body.constraints
        self.mesh, self.material, self.thickness = body.mesh, body.material, body.thickness

    @cached_property
    def region(self) -> Any:
        """The region between the moved outlines; for concrete values only, so not within a trace."""
        return self.body.region.moved(self.by)

    @property
    def domain(self) -> Rectangle:
        """The rectangle that the sheet fills: generators leave its edges in place, or its area where it is periodic."""
        return self.body.domain

    @cached_property
    def coordinates(self) -> Array:
        """`[node, 2]`: positions after the movement, mm; `FieldError` M0579 on `by` where it gives none."""
        points = self.body.coordinates
        try:
            return self.place(points, self.by)
        except FieldError as problem:
            problem.of = self
            raise

    def meshed(self, region: Any) -> Any:
        """What the `build` of the body that is moved would give for another region (host only); raises as `mesh_region`."""
        moved: Any = self.body
        return moved.meshed(region)

    def remeshed(self) -> Any:
        """The same for the region between the moved outlines: the ground for movements to come (concrete values)."""
        return self.meshed(self.region)

    def require_movable(self, by: Movement) -> None:
        """`FieldError` on `by` where the body cannot be moved that way."""
        self.body.require_movable(by)

    def place(self, points: Array, by: Movement) -> Array:
        """Where the nodes at `points[node, 2]` are carried, mm."""
        return self.body.place(points, by)


if TYPE_CHECKING:
    Satisfies[LoadableBody](Deformed)
    Satisfies[Refinable](Deformed)
    Satisfies[Enrichable](Deformed)
    Satisfies[Filled](Deformed)
    Satisfies[Meshable](Deformed)
    Satisfies[Exported](Deformed)
    Satisfies[ExportedUnderLoads](Deformed)
    Satisfies[MeshBody](Deformed)
    Satisfies[Remeshable](Deformed)
