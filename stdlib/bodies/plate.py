"""Sheets whose edge is any closed outline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from shapely.geometry import LinearRing, Polygon

from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.shape import Pore, Shape, TiledShape
from metac.runtime.geometry.combine import NotOneOutline, difference
from metac.runtime.geometry.curve import OutlineSpline
from metac.runtime.geometry.outline import Outline
from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.geometry.sheet import CrossingOutlines, DisconnectedSheet, require_apart
from metac.stdlib.bodies.elements import body_material, is_mixed
from metac.stdlib.bodies.region import Region
from metac.stdlib.bodies.sheet import Sheet
from metac.stdlib.bodies.specimen import BuiltSpecimen

if TYPE_CHECKING:
    from metac.compiler.interfaces.body import Enrichable, Filled, LoadableBody, Meshable, MeshBody, Refinable
    from metac.compiler.interfaces.drawing import Exported, ExportedUnderLoads
    from metac.compiler.interfaces.satisfies import Satisfies

STEPS = 8
"""From one point of an outline to the next, where its extent is looked for."""


class Plate(Sheet):
    """Fields as in `plate.meta`, lengths in mm.

    `FieldError`: M0530 where outline and pores make no sheet of one piece, M0643 where there are no mixed elements.
    """

    def __init__(
        self,
        *,
        outline: Shape,
        pores: Sequence[Shape],
        material: Any,
        order: int,
        size: float,
        across: float,
        thickness: Any,
        element: str,
        built: BuiltSpecimen | None = None,
    ) -> None:
        built = built or self.build(outline, pores, order, size, across, element)
        material = body_material(material, element)
        super().__init__(region=built.region, mesh=built.mesh, material=material, thickness=thickness)

    @staticmethod
    def build(outline: Shape, pores: Sequence[Shape], order: int, size: float, across: float, element: str) -> BuiltSpecimen:
        """Cut and mesh the sheet (host, concrete values)."""
        edge = _edge(outline)
        domain, mixed = _around(edge), is_mixed(element, order)
        found = [part for shape in pores for part in _cut_out(shape, domain)]
        try:
            require_apart(found)
            edge, inside = _cut(edge, found)
            return Plate.meshed(Region(domain, tuple(inside), size, across, order, mixed, edge))
        except CrossingOutlines as problem:
            raise FieldError("pores", problem.message, code="M0530", help="keep the pores apart") from problem
        except (DisconnectedSheet, NotOneOutline) as problem:
            message = f"the pores leave no sheet of one piece: {problem.message}"
            raise FieldError("pores", message, code="M0530", help="make them smaller, or move them") from problem

    @staticmethod
    def meshed(region: Region) -> BuiltSpecimen:
        """What `build` would give for another region (host only); raises as `mesh_region`."""
        return BuiltSpecimen(region, region.mesh())


def _edge(outline: Shape) -> Outline:
    if not isinstance(outline, Pore) or len(outline.parts) != 1:
        raise FieldError("outline", "the edge of a sheet is one closed outline, and this shape has several", code="M0530")
    _require_around_origin("outline", outline)
    return outline.parts[0]


def _require_around_origin(field: str, shape: Pore) -> None:
    if any(shape.at):
        raise FieldError(
            field,
            "a plate has no cells, so that the `at` of a shape says nothing",
            code="M0530",
            help="leave `at` out, and write `moved { shape = …, by = [1 mm, 0 mm] }` to displace it",
        )


def _around(edge: Outline) -> Rectangle:
    """The rectangle around the true curve, mm."""
    curve = OutlineSpline(edge)
    points = np.concatenate([edge.points, curve.at(curve.refined(STEPS).ravel())])
    # Straight sides are straight but for the rounding of a spline: the rectangle goes through their points.
    lower, upper = edge.points.min(axis=0), edge.points.max(axis=0)
    far = 1e-9 * curve.length
    lower = np.where(points.min(axis=0) < lower - far, points.min(axis=0), lower)
    upper = np.where(points.max(axis=0) > upper + far, points.max(axis=0), upper)
    return Rectangle(float(lower[0]), float(lower[1]), float(upper[0]), float(upper[1]))


def _cut_out(shape: Shape, domain: Rectangle) -> Sequence[Outline]:
    if isinstance(shape, TiledShape):
        return shape.outlines(domain)
    assert isinstance(shape, Pore)
    _require_around_origin("pores", shape)
    return shape.parts


def _cut(edge: Outline, pores: Sequence[Outline]) -> tuple[Outline, list[Outline]]:
    """The edge less the pores that it cuts, and those that lie inside of it; NotOneOutline."""
    ring, region = LinearRing(edge.points), Polygon(edge.points)
    cutting = [pore for pore in pores if pore.polygon.intersects(ring)]
    inside = [pore for pore in pores if pore.polygon.within(region) and not pore.polygon.intersects(ring)]
    if cutting:
        edge = difference([edge, *cutting], sum(len(each.points) for each in (edge, *cutting)))
    return edge, inside


if TYPE_CHECKING:
    Satisfies[MeshBody](Plate)
    Satisfies[LoadableBody](Plate)
    Satisfies[Refinable](Plate)
    Satisfies[Enrichable](Plate)
    Satisfies[Filled](Plate)
    Satisfies[Meshable](Plate)
    Satisfies[Exported](Plate)
    Satisfies[ExportedUnderLoads](Plate)
