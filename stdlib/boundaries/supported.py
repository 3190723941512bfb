"""A body on supports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.field_error import FieldError

if TYPE_CHECKING:
    from metac.compiler.interfaces.boundary import Boundary
    from metac.compiler.interfaces.satisfies import Satisfies


@dataclass(frozen=True, kw_only=True, eq=False)
class Supported:
    """What `supports` hold does not move, all else is free. Raises `FieldError` on `supports` where there are none."""

    supports: Sequence[Any]
    """Each has `degrees(mesh)`: the degrees of freedom that it holds."""

    def __post_init__(self) -> None:
        if not len(self.supports):
            raise FieldError(
                "supports",
                "without supports a body can move or turn without resistance",
                help="write `supports = [held_edge { … }]`",
            )


if TYPE_CHECKING:
    Satisfies[Boundary](Supported)
