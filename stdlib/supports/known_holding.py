"""What supports hold and where something acts, judged by `metac check` before anything is meshed. Without JAX."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import cos, hypot, sin
from typing import Any, TypeGuard

import numpy as np

from metac.compiler.interfaces.attainability import Facts
from metac.compiler.interfaces.field_error import FieldError
from metac.stdlib.supports.held import COMPONENTS, NEAR, NOTHING_THERE
from metac.stdlib.supports.known_parts import require_parts

SHEETS = ("coupon", "laminate")
"""Bodies that fill a rectangle of their `width` and `height`, its lower left corner at the origin."""
Rectangle = tuple[float, float, float, float]
"""x0, y0, x1, y1, mm."""
UNKNOWN: Rectangle = (-0.5772156649, -0.2614972128, 1.6180339887, 0.7320508076)
"""Around a body of which it is not known: nothing that a spec says fits it by chance, so that no body is held by more."""
RIGID_MOTIONS = 3
Point = tuple[float, float]
Row = tuple[float, float, float]
"""What one held direction makes of moving along x, along y, and turning."""


def require_held(load: Facts, made: Mapping[str, Any]) -> None:
    """`FieldError`: M0567 as `require_parts`, M0601 for points beside a sheet, M0602 for edges that are held and moved,
    M0604 where what is held, of a body of any size, does not keep it from moving and turning."""
    require_parts(load, made)
    own = "supports" in load.fields  # a load that names its supports itself
    boundary, control = (load if own else load.fields.get(name) for name in ("boundary", "control"))
    if not isinstance(boundary, Facts) or not isinstance(control, Facts):
        return
    supports, actions = boundary.fields.get("supports"), control.fields.get("actions", ())
    if supports is None or not all(isinstance(each, Facts) for each in (*supports, *actions)):
        return
    around = _around(load.fields.get("body"))
    if around is not None:
        for each in (*supports, *actions, control):
            _require_inside(each, around)
    _require_once(supports, actions)
    if ({"supports"} if own else {"boundary", "control"}) <= made.keys():  # else it is not known which fields are given
        _require_three(boundary, [row for each in (*supports, *actions) for row in _rows(each, around or UNKNOWN)])


def _around(body: object) -> Rectangle | None:
    """The rectangle that a body fills as it is meshed, where that is known."""
    while isinstance(body, Facts) and isinstance(body.fields.get("body"), Facts):
        body = body.fields["body"]  # moved, and held as it was meshed
    if not isinstance(body, Facts) or body.definition not in SHEETS:
        return None
    size = body.fields.get("width"), body.fields.get("height")
    return (0.0, 0.0, *size) if _is_point(size) else None


def _require_three(boundary: Facts, rows: list[Row]) -> None:
    held = np.array([(0.0, 0.0, 0.0), *rows])
    held[:, 2] /= max(1.0, np.abs(held[:, 2]).max())
    if np.linalg.matrix_rank(held, tol=1e-9) < RIGID_MOTIONS:
        raise FieldError(
            "supports",
            "the body can move or turn without resistance",
            code="M0604",
            help="hold an edge, or one point and another across: three directions at least",
            of=boundary,
        )


def _require_inside(each: Facts, around: Rectangle) -> None:
    low, high = around[:2], around[2:]
    near = NEAR * max(high)
    for field in ("at", "to"):
        value = each.fields.get(field)
        for point in value if each.definition == "point_forces" and isinstance(value, tuple) else (value,):
            if _is_point(point) and not all(
                first - near <= x <= last + near for first, x, last in zip(low, point, high, strict=True)
            ):
                raise FieldError(
                    field,
                    f"({point[0]:.6g}, {point[1]:.6g}) mm is not in the body",
                    code=NOTHING_THERE,
                    help=f"it goes from ({low[0]:.6g}, {low[1]:.6g}) to ({high[0]:.6g}, {high[1]:.6g}) mm",
                    of=each,
                )


def _require_once(supports: tuple[Facts, ...], actions: tuple[Facts, ...]) -> None:
    held = {(each.fields.get("edge"), axis) for each in supports if each.definition == "held_edge" for axis in _axes(each)}
    for each in actions:
        if each.definition != "displaced" or each.fields.get("edge") is None:
            continue
        edge = each.fields["edge"]
        for component, axis in enumerate("xy"):
            if axis not in each.fields:
                continue
            if (edge, component) in held:
                raise FieldError(
                    axis,
                    f"the displacement of the {edge} edge along {axis} is prescribed by a support or another action too",
                    code="M0602",
                    help=f"what does not move along {axis} is for a support; leave `{axis}` out here, or there",
                    of=each,
                )
            held.add((edge, component))


def _rows(each: Facts, around: Rectangle) -> Iterator[Row]:
    """At least what it holds: of what is not known, all."""
    match each.definition:
        case "held_edge" | "held_point" | "held_region" | "held_group":
            components = _axes(each)
        case "displaced":
            components = tuple(component for component, axis in enumerate("xy") if axis in each.fields)
        case "spring":
            if each.fields.get("to") is not None or each.fields.get("stiffness") == 0:
                return
            components = _axes(each)
        case "roller":
            yield from _of_roller(each, around)
            return
        case "point_force" | "traction" | "line_force" | "edge_force" | "pressure":
            return
        case _:  # of another library
            components = (0, 1)
            yield (0.0, 0.0, 1.0)
    for point in _points(each, around):
        yield from (_row(point, (1.0 - component, float(component))) for component in components)


def _of_roller(each: Facts, around: Rectangle) -> Iterator[Row]:
    angle, normal, line, edge = (each.fields.get(name) for name in ("angle", "normal", "line", "edge"))
    if isinstance(normal, tuple) and _is_point(normal) and hypot(*normal) > 0:
        across = (float(normal[0]) / hypot(*normal), float(normal[1]) / hypot(*normal))
    elif isinstance(angle, int | float):
        across = (-sin(angle), cos(angle))
    elif isinstance(line, tuple) and len(line) == 2 and all(_is_point(point) for point in line) and line[0] != line[1]:
        (x0, y0), (x1, y1) = line
        length = hypot(x1 - x0, y1 - y0)
        across = ((y0 - y1) / length, (x1 - x0) / length)
    else:
        across = (1.0, 0.0) if edge in ("left", "right") else (0.0, 1.0)
    yield from (_row(point, across) for point in _points(each, around))
    if each.fields.get("turns") == "held":
        yield (0.0, 0.0, 1.0)


def _points(each: Facts, around: Rectangle) -> tuple[Point, ...]:
    """The point, or the two ends of the edge or line; of everything else points that hold as much as any could."""
    at, edge, line = (each.fields.get(name) for name in ("at", "edge", "line"))
    x0, y0, x1, y1 = around
    ends = {"left": (x0, y0, x0, y1), "right": (x1, y0, x1, y1), "bottom": (x0, y0, x1, y0), "top": (x0, y1, x1, y1)}
    if _is_point(at):
        return ((float(at[0]), float(at[1])),)
    if edge in ends:
        first_x, first_y, last_x, last_y = ends[edge]
        return (first_x, first_y), (last_x, last_y)
    if isinstance(line, tuple) and len(line) == 2 and all(_is_point(point) for point in line):
        return tuple((float(x), float(y)) for x, y in line)
    return (x0, y0), (x1, y0), (x0, y1)


def _row(point: Point, along: Point) -> Row:
    return along[0], along[1], along[1] * point[0] - along[0] * point[1]


def _axes(each: Facts) -> tuple[int, ...]:
    return COMPONENTS.get(str(each.fields.get("along")), (0, 1))


def _is_point(value: object) -> TypeGuard[Point]:
    return isinstance(value, tuple) and len(value) == 2 and all(isinstance(number, int | float) for number in value)
