"""What trajectories were simulated under: a learned simulator knows nothing of others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True)
class TrajectoryConditions:
    """Dimensionless (Lennard-Jones units), as in `trajectories.meta`; the box is compressed along x, with K = 1/l."""

    angle_stiffness: float
    mass: float
    damping: float
    temperature: float
    rate: float
    interval: float

    @classmethod
    def of(cls, recipe: Any) -> TrajectoryConditions:
        """Those of a recipe of trajectories."""
        return cls(**{each.name: float(getattr(recipe, each.name)) for each in fields(cls)})

    def describe(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)

    @classmethod
    def read(cls, description: Mapping[str, Any]) -> TrajectoryConditions:
        """The inverse of `describe`. Raises ValueError, KeyError or TypeError where it describes none."""
        return cls(**{each.name: float(description[each.name]) for each in fields(cls)})
