"""A force at a point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.mesh.mesh import Mesh
from metac.runtime.mesh.point_location import Location, Outside, locate
from metac.stdlib.actions.place import Point, components_of, point_of
from metac.stdlib.supports.held import NOTHING_THERE, NoSuchNode, node_at

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.action import Action, AppliedForces, AtPoints, Loaded
    from metac.compiler.interfaces.satisfies import Satisfies


class PointForce:
    """`force[component]`, N, at the point `at[coordinate]`, mm. Raises `FieldError` on `at` and `force`."""

    def __init__(self, *, at: Sequence[float], force: Sequence[Any], built: Point | None = None) -> None:
        self.at = built or self.build(at)
        self.force = components_of("force", force)

    @staticmethod
    def build(at: Sequence[float]) -> Point:
        """The point, which decides about nodes."""
        return point_of(at)

    @property
    def places(self) -> tuple[Point, ...]:
        """The point that is meant, mm."""
        return (self.at,)

    def nodal_forces(self, body: Loaded) -> Array:
        """`[node, 2]`, N; FieldError M0601 on `at` where the body has nothing there."""
        return sum_of_forces(body, self.places, (self.force,), self)


def sum_of_forces(body: Loaded, places: Sequence[Point], forces: Sequence[Sequence[Any]], of: object | None) -> Array:
    """`[node, 2]`, N, of `forces[force][component]` at `places[force]`, mm; FieldError on `at` as `where`."""
    import jax.numpy as jnp

    sums = jnp.zeros(body.coordinates.shape)
    for place, force in zip(places, forces, strict=True):
        nodes, weights = where(body.mesh, place, of)
        vector = jnp.stack([jnp.asarray(part, float) for part in force])
        sums = sums.at[nodes].add(weights[:, None] * vector)
    return sums


def where(mesh: Any, at: Sequence[float], of: object | None) -> Location:
    """Nodes at a point and their parts; FieldError M0601 on `at` of the object `of` where the body has nothing there."""
    try:
        return Location(np.array([node_at(mesh, at)]), np.ones(1))
    except NoSuchNode as problem:
        if not isinstance(mesh, Mesh):
            raise FieldError("at", str(problem), code=NOTHING_THERE, help="take the place of a node", of=of) from None
    try:
        return locate(mesh, np.asarray(at))
    except Outside as problem:
        raise FieldError("at", str(problem), code=NOTHING_THERE, help="take a point of the body", of=of) from None


if TYPE_CHECKING:
    Satisfies[Action](PointForce)
    Satisfies[AppliedForces](PointForce)
    Satisfies[AtPoints](PointForce)
