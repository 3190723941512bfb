"""The strain cases of linear homogenisation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, eq=False)
class UnitStrains:
    """ε11, ε22 and γ12 of 1 each, for small displacements."""
