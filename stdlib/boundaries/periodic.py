"""Periodic boundary conditions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from metac.compiler.interfaces.boundary import Boundary
    from metac.compiler.interfaces.satisfies import Satisfies


@dataclass(frozen=True, kw_only=True, eq=False)
class Periodic:
    """Displacements on opposite edges differ by the macroscopic displacement alone; one point is held, as translations
    move nothing."""


if TYPE_CHECKING:
    Satisfies[Boundary](Periodic)
