"""Where something acts on a body, or is read from it: a point, an edge, or a part that the body's file has named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.dimensions import PLANE
from metac.runtime.mesh.facet_orientation import InnerFacet, outward
from metac.runtime.mesh.mesh import Mesh
from metac.stdlib.supports.held import NOTHING_THERE, NoSuchNode, node_at
from metac.stdlib.supports.named_part import named_part

NO_PLACE = "M0600"
EDGES = ("left", "right", "bottom", "top", "pores")
Point = tuple[float, ...]


@dataclass(frozen=True)
class Place:
    """One of a point, mm, an edge and a named part; the two others are None."""

    at: Point | None = None
    edge: str | None = None
    group: str | None = None

    @property
    def text(self) -> str:
        """As messages say it."""
        if self.at is not None:
            return f"({', '.join(f'{x:.6g}' for x in self.at)}) mm"
        return f"the {self.edge} edge" if self.edge in EDGES[:4] else f"`{self.edge or self.group}`"

    def nodes(self, mesh: Any, of: object) -> NDArray[np.int64]:
        """Nodes of the place, ascending; FieldError of the object `of` where the mesh has none there."""
        if self.at is not None:
            try:
                return np.array([node_at(mesh, self.at)], dtype=np.int64)
            except NoSuchNode as problem:
                raise FieldError("at", str(problem), code=NOTHING_THERE, help="take the place of a node", of=of) from None
        if self.edge is not None and not isinstance(mesh, Mesh):
            return np.asarray(_edge_of_frame(mesh, self.edge, of), dtype=np.int64)
        return np.unique(self.facets(mesh, of)).astype(np.int64)

    def facets(self, mesh: Any, of: object) -> NDArray[np.int32]:
        """`[facet, node]` of an edge or a named part; FieldError of the object `of` where the mesh has none."""
        if not isinstance(mesh, Mesh):
            raise FieldError(
                "edge" if self.edge else "group",
                "a frame has nodes, and no edges that anything could be spread over",
                code=NOTHING_THERE,
                help="take `point_force { … }` at its nodes",
                of=of,
            )
        if self.group is not None:
            return named_part(mesh, self.group, of)
        found = mesh.facets.get(self.edge or "", ())
        if not len(found):
            have = ", ".join(name for name in mesh.facets if len(mesh.facets[name]))
            raise FieldError(
                "edge", f"the body has nothing at {self.text}", code=NOTHING_THERE, help=f"it has: {have}", of=of
            )
        return np.asarray(found)

    def boundary(self, mesh: Any, of: object) -> NDArray[np.int32]:
        """As `facets`, the body to their left; FieldError where they are not on its boundary."""
        try:
            return outward(mesh, self.facets(mesh, of))
        except InnerFacet:
            message = f"`{self.group}` lies inside the body: it has no outer side"
            raise FieldError("group", message, code=NOTHING_THERE, help="take a part of the boundary", of=of) from None


def place_of(at: Sequence[float] | None, edge: str | None, group: str | None, *, pointlike: bool = True) -> Place:
    """The one place that is given; FieldError M0600 where none is, or several, or a point has not two coordinates."""
    given = [name for name, value in (("at", at), ("edge", edge), ("group", group)) if value is not None]
    known = ("at", "edge", "group") if pointlike else ("edge", "group")
    if len(given) != 1:
        choice = ", ".join(f"`{name}`" for name in known[:-1]) + f" or `{known[-1]}`"
        message = f"say where: one of {choice}" if not given else f"one place is meant: {' or '.join(given)}"
        raise FieldError(given[-1] if given else known[-2], message, code=NO_PLACE, help=f"give one of {choice}")
    return Place(None if at is None else point_of(at), edge, group)


def point_of(at: Sequence[float], field: str = "at") -> Point:
    """The point, as numbers; FieldError on `field` where it has not two coordinates."""
    if len(at) != PLANE:
        raise FieldError(field, f"a point has two coordinates, found {len(at)}", help="write `[10 mm, 0 mm]`")
    return tuple(float(x) for x in at)


def components_of(field: str, value: Sequence[Any]) -> tuple[Any, ...]:
    """What has a component along x and one along y; FieldError on `field` where it has not."""
    if len(value) != PLANE:
        raise FieldError(field, f"a component along x and one along y are needed, found {len(value)}")
    return tuple(value)


def _edge_of_frame(frame: Any, edge: str, of: object) -> NDArray[np.int64]:
    if edge not in EDGES[:4]:
        raise FieldError("edge", f"a frame has no {edge}", code=NOTHING_THERE, help="it has four edges", of=of)
    return frame.nodes_on(edge)
