"""Actions on a body that supports hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.field_error import FieldError

if TYPE_CHECKING:
    from metac.compiler.interfaces.control import Control
    from metac.compiler.interfaces.satisfies import Satisfies


@dataclass(frozen=True, kw_only=True, eq=False)
class Applied:
    """All `actions` grow together. Raises `FieldError` on `actions` where there are none."""

    actions: Sequence[Any]
    """Each has forces or a prescribed motion (`compiler/interfaces/action.py`)."""

    def __post_init__(self) -> None:
        if not len(self.actions):
            help = "write `actions = [point_force { … }]`"
            raise FieldError("actions", "without actions nothing would happen", code="M0522", help=help)


if TYPE_CHECKING:
    Satisfies[Control](Applied)
