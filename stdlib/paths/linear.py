"""Small displacements."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, eq=False)
class Linear:
    """Equilibrium in the unloaded shape, with the stiffness at rest."""
