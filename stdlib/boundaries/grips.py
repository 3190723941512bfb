"""Two opposite edges between stiff grips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metac.compiler.interfaces.field_error import FieldError

if TYPE_CHECKING:
    from metac.compiler.interfaces.boundary import Boundary
    from metac.compiler.interfaces.satisfies import Satisfies


AXES = {"x": 0, "y": 1}
CLAMPED = {"both": 2, "base": 1, "neither": 0}
"""How many of the two gripped edges, the resting one first, are kept from moving sideways."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Grips:
    """One edge rests, the opposite one moves as a whole, the two others are free (Mirramezani et al., ICLR 2025, section 5).

    Raises `FieldError` on `along` and `clamp`.
    """

    along: str
    """x: the left edge rests and the right one moves; y: the bottom one and the top one."""
    clamp: str
    """Which gripped edges do not move sideways; of `neither`, the corner of the resting edge with the lowest coordinate."""

    def __post_init__(self) -> None:
        if self.along not in AXES:
            raise FieldError("along", f"grips lie opposite each other along x or y, not along {self.along}")
        if self.clamp not in CLAMPED:
            raise FieldError("clamp", f"grips clamp {' or '.join(CLAMPED)}, not {self.clamp}")

    @property
    def axis(self) -> int:
        """0 where the grips lie opposite each other along x, 1 along y."""
        return AXES[self.along]


if TYPE_CHECKING:
    Satisfies[Boundary](Grips)
