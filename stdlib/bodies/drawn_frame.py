"""The drawing of a frame against its beams: crossings, joints, and the drawn part solved as a solid."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from metac.runtime.beams.drawn_solid import NotSolved, pull
from metac.runtime.beams.grid_grips import gripped_nodes, lateral_strain, solve_sparse_between_grips
from metac.runtime.errors import RuntimeFailure
from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.linear_solvers.verified import ACCURATE
from metac.runtime.report.drawing_difference import DrawingDifference, SolidComparison
from metac.stdlib.bodies.sheet import tangent_at_rest

if TYPE_CHECKING:
    import shapely

    from metac.runtime.report.frame_export import DrawnFrame

STRAIGHT = 1e-6
"""How far nodes in a grip may lie off its line, over the extent of the frame."""


def difference_of(frame: Any, drawn: DrawnFrame) -> DrawingDifference:
    """Of a `metac.stdlib.bodies.frame:Frame` and its drawing (host, concrete values); never raises for what is drawn."""
    found = drawn.difference()
    try:
        outline = drawn.outline()
        return replace(found, solids=tuple(_compared(frame, outline, axis) for axis in range(2)))
    except RuntimeFailure as problem:
        return replace(found, unsolved=problem.reason if isinstance(problem, NotSolved) else problem.message)


def _compared(frame: Any, outline: shapely.MultiPolygon, axis: int) -> SolidComparison:
    """Beams and solid, pulled along an axis between grips that clamp; linear, so that the strain is 1."""
    grid, places, across = frame.grid, np.asarray(frame.positions), 1 - axis
    (left, right), (lower, upper) = (grid.sides(side) for side in (0, 1))
    x, y = places[[left[0], right[0]], 0].tolist(), places[[lower[0], upper[0]], 1].tolist()
    domain = Rectangle(x[0], y[0], x[1], y[1])
    for nodes in gripped_nodes(grid, axis):
        if np.ptp(places[nodes, axis]) > STRAIGHT * domain.diagonal:
            raise NotSolved("the nodes in a grip are not on a straight line")
    along, width = domain.extents[axis], domain.extents[across]
    beams = solve_sparse_between_grips(grid, frame.beams, axis)
    if not float(beams.residual) < ACCURATE:
        raise NotSolved(f"the residual of the beams' equations is {float(beams.residual):.2g}")
    widths = np.asarray(frame.widths)
    solid = pull(outline, domain, axis, float(widths[widths > 0].min()), tangent_at_rest(frame.material), places)
    return SolidComparison(
        beams_modulus=float(beams.force) * along / (width * float(frame.thickness)),
        solid_modulus=solid.modulus,
        beams_ratio=-float(lateral_strain(grid, beams.displacement, axis, width)) * along,
        solid_ratio=-float(lateral_strain(grid, jnp.asarray(solid.displacement), axis, width)),
    )
