"""Compliance under forces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.mechanical_response import ComplianceResponse
from metac.stdlib.measures.reading import read

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.measure import Measure
    from metac.compiler.interfaces.satisfies import Satisfies


class Compliance:
    """Of a load by forces."""

    def __init__(self, *, of: Any) -> None:
        self.of = of

    @cached_property
    def value(self) -> Array:
        """N·mm."""
        return read(self.of, ComplianceResponse, "compliance").compliance


if TYPE_CHECKING:
    Satisfies[Measure](Compliance)
