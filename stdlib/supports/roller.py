"""Nodes that slide along a straight line at any angle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, hypot, isfinite, sin
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.dimensions import PLANE
from metac.stdlib.actions.place import NO_PLACE, Place, Point, place_of, point_of
from metac.stdlib.supports.held import NEAR, NOTHING_THERE

if TYPE_CHECKING:
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.compiler.interfaces.support import InclinedSupport, PointSupport

NO_DIRECTION = "M0660"
EDGES = {"left": (1.0, 0.0), "right": (1.0, 0.0), "bottom": (0.0, 1.0), "top": (0.0, 1.0)}
"""The normals of straight edges."""
ALONG_AN_AXIS = 1e-12
"""Sine of the angle between a normal and an axis below which it is along that axis."""


@dataclass(frozen=True)
class Track:
    """What slides, and on which line."""

    place: Place
    """Nothing of it is given where the nodes are those of a line."""
    line: tuple[Point, Point] | None
    normal: tuple[float, float]
    """A unit vector, its first component that is not zero positive."""

    @property
    def axis(self) -> int | None:
        """0 or 1 where the normal is along x or y."""
        small = [abs(part) < ALONG_AN_AXIS for part in self.normal]
        return small.index(False) if any(small) else None


class Roller:
    """Fields as in `roller.meta`, lengths in mm, the angle in radian.

    Raises `FieldError`: M0600 where not one place is given, M0660 where its line has no direction, or two.
    """

    def __init__(
        self,
        *,
        at: Sequence[float] | None,
        edge: str | None,
        group: str | None,
        line: Sequence[Sequence[float]] | None,
        angle: float | None,
        normal: Sequence[float] | None,
        turns: str,
        built: Track | None = None,
    ) -> None:
        self.track = built or self.build(at, edge, group, line, angle, normal)
        self.turns = turns

    @staticmethod
    def build(
        at: Sequence[float] | None,
        edge: str | None,
        group: str | None,
        line: Sequence[Sequence[float]] | None,
        angle: float | None,
        normal: Sequence[float] | None,
    ) -> Track:
        """What slides and where, which decide about the matrix."""
        given = [name for name, value in (("at", at), ("edge", edge), ("group", group), ("line", line)) if value is not None]
        if len(given) != 1:
            what = f"one place is meant: {' or '.join(given)}" if given else "say where"
            raise FieldError(
                (given or ["edge"])[-1], what, code=NO_PLACE, help="give one of `at`, `edge`, `group` and `line`"
            )
        if line is None:
            place, ends, own = place_of(at, edge, group), None, EDGES.get(edge or "")
        else:
            place, ends = Place(), _ends(line)
            (x0, y0), (x1, y1) = ends
            own = _unit("line", (y0 - y1, x1 - x0))
        return Track(place, ends, _normal(angle, normal, own))

    @property
    def places(self) -> tuple[Sequence[float], ...]:
        """The point that is meant, mm, where it is one."""
        return () if self.track.place.at is None else (self.track.place.at,)

    def nodes(self, mesh: Any) -> NDArray[np.int64]:
        """Those that slide; FieldError M0601 where the body has none there."""
        if self.track.line is None:
            return self.track.place.nodes(mesh, self)
        first, last = (np.array(point) for point in self.track.line)
        way, near = last - first, NEAR * max(mesh.domain.width, mesh.domain.height)
        share = np.clip((mesh.nodes - first) @ way / (way @ way), 0.0, 1.0)
        apart = np.linalg.norm(mesh.nodes - first - share[:, None] * way, axis=1)
        found = np.flatnonzero(apart <= near).astype(np.int64)
        if not len(found):
            message, help = (
                "the body has no node on this line",
                "take a line that edges of elements lie on, such as an edge of the body",
            )
            raise FieldError("line", message, code=NOTHING_THERE, help=help, of=self)
        return found

    def degrees(self, mesh: Any) -> NDArray[np.int64]:
        """Degrees of freedom that are held: none on an inclined line, whose nodes `sliding` gives."""
        if self.track.axis is None:
            return np.zeros(0, np.int64)
        return PLANE * self.nodes(mesh) + self.track.axis

    def sliding(self, mesh: Any) -> list[tuple[int, tuple[float, float]]]:
        """Nodes on an inclined line, each with the unit normal."""
        if self.track.axis is not None:
            return []
        return [(node, self.track.normal) for node in self.nodes(mesh).tolist()]

    def clamped(self, mesh: Any) -> NDArray[np.int64]:
        """Nodes of a frame that do not turn."""
        return self.nodes(mesh) if self.turns == "held" else np.zeros(0, np.int64)


def _ends(line: Sequence[Sequence[float]]) -> tuple[Point, Point]:
    if len(line) != 2:  # a line has two ends
        message = f"a line goes from one point to another, found {len(line)} of two points"
        raise FieldError("line", message, code=NO_PLACE, help="write `line = [[0 mm, 0 mm], [20 mm, 20 mm]]`")
    first, last = (point_of(point, "line") for point in line)
    return first, last


def _normal(angle: float | None, normal: Sequence[float] | None, own: tuple[float, float] | None) -> tuple[float, float]:
    if angle is not None and normal is not None:
        message = "the line that it slides on has one direction"
        raise FieldError("normal", message, code=NO_DIRECTION, help="give one of `angle` and `normal`")
    if normal is not None:
        if len(normal) != PLANE:
            message = f"a component along x and one along y are needed, found {len(normal)}"
            raise FieldError("normal", message, code=NO_DIRECTION, help="`[1, 1]` is across a line that falls by 45 degrees")
        return _unit("normal", (float(normal[0]), float(normal[1])))
    if angle is not None:
        return _unit("angle", (-sin(float(angle)), cos(float(angle))))
    if own is None:
        message = "in which direction it slides is not said"
        raise FieldError("angle", message, code=NO_DIRECTION, help="give `angle` or `normal`, `angle = 30 deg`")
    return own


def _unit(field: str, vector: tuple[float, float]) -> tuple[float, float]:
    """The unit vector of one of both senses; FieldError M0660 on `field` where the vector has no direction."""
    size = hypot(*vector)
    if not (size > 0 and isfinite(size)):
        if field == "line":
            what, help = "the two ends of this line are one point", "give two different points"
        else:
            what, help = "a vector without length has no direction", "`[1, 1]` is across a line that falls by 45 degrees"
        raise FieldError(field, what, code=NO_DIRECTION, help=help)
    x, y = (part / size for part in vector)
    x, y = (0.0 if abs(part) < ALONG_AN_AXIS else part for part in (x, y))
    sense = -1.0 if x < 0 or (x == 0 and y < 0) else 1.0
    return sense * x + 0.0, sense * y + 0.0


if TYPE_CHECKING:
    Satisfies[InclinedSupport](Roller)
    Satisfies[PointSupport](Roller)
