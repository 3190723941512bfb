"""The strain cases of linear homogenisation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from metac.compiler.interfaces.control import Control
    from metac.compiler.interfaces.satisfies import Satisfies


@dataclass(frozen=True, kw_only=True, eq=False)
class UnitStrains:
    """ε11, ε22 and γ12 of 1 each, for small displacements."""


if TYPE_CHECKING:
    Satisfies[Control](UnitStrains)
