"""Force control between grips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.field_error import FieldError

if TYPE_CHECKING:
    from metac.compiler.interfaces.control import Control
    from metac.compiler.interfaces.satisfies import Satisfies


@dataclass(frozen=True, kw_only=True, eq=False)
class GripForce:
    """`force`, N, on the moving grip along the axis of the grips, positive in tension. Raises `FieldError` on `force`."""

    force: Any

    def __post_init__(self) -> None:
        if isinstance(self.force, int | float) and self.force == 0:
            raise FieldError("force", "without a force nothing would happen", code="M0522", help="give a force, `10 N`")


if TYPE_CHECKING:
    Satisfies[Control](GripForce)
