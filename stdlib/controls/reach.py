"""How far the curves of controls go at load factor 1, as far as it is known when a spec is checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

COMPONENTS = ("xx", "yy", "xy")


def of_mean_strain(fields: Mapping[str, Any]) -> tuple[float, float] | None:
    """The largest strain that is given; where only stresses are, curves run over the load factor."""
    if not all(name in fields for name in COMPONENTS):
        return None
    strains = [abs(fields[name]) for name in COMPONENTS if fields[name] is not None]
    return 0.0, float(max(strains, default=1.0))
