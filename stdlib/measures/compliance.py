"""Compliance under forces."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.mechanical_response import ComplianceResponse
from metac.stdlib.measures.reading import read

if TYPE_CHECKING:
    from jax import Array


class Compliance:
    """Of a load by forces."""

    def __init__(self, *, of: Any) -> None:
        self.of = of

    @cached_property
    def value(self) -> Array:
        """N·mm."""
        return read(self.of, ComplianceResponse, "compliance").compliance
