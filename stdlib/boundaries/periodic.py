"""Periodic boundary conditions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, eq=False)
class Periodic:
    """Displacements on opposite edges differ by the macroscopic displacement alone; one point is held, as translations
    move nothing."""
