"""Small displacements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from metac.compiler.interfaces.path import Path
    from metac.compiler.interfaces.satisfies import Satisfies


@dataclass(frozen=True, kw_only=True, eq=False)
class Linear:
    """Equilibrium in the unloaded shape, with the stiffness at rest."""


if TYPE_CHECKING:
    Satisfies[Path](Linear)
