"""Paths that are followed by their own length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.field_error import FieldError
from metac.stdlib.paths.increments import require_increments

if TYPE_CHECKING:
    from metac.compiler.interfaces.path import Incremental
    from metac.compiler.interfaces.satisfies import Satisfies


@dataclass(frozen=True, kw_only=True, eq=False)
class ArcLength:
    """`travel`, mm: the distances between `count` recorded states, each the root mean square over the body's area of how far
    its points move, added up. Raises `FieldError` on `travel` and `count`."""

    travel: Any
    count: int

    def __post_init__(self) -> None:
        require_increments(self.count)
        if isinstance(self.travel, int | float) and not 0 < float(self.travel) < float("inf"):
            raise FieldError("travel", f"the path must have a length, got {float(self.travel):g} mm")

    @property
    def total(self) -> int:
        """Increments of the whole path."""
        return self.count


if TYPE_CHECKING:
    Satisfies[Incremental](ArcLength)
