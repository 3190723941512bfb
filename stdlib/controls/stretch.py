"""Pulling and pushing along one axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from metac.compiler.interfaces.field_error import FieldError
from metac.stdlib.boundaries.grips import AXES


@dataclass(frozen=True, kw_only=True, eq=False)
class Stretch:
    """A nominal strain along `along`, positive in tension; None: the axis of the grips. Raises `FieldError` on `along`."""

    strain: Any
    along: str | None

    def __post_init__(self) -> None:
        if self.along is not None and self.along not in AXES:
            raise FieldError("along", f"a load acts along x or y, not along {self.along}")
