"""How far paths go, in load factors, as far as it is known when a spec is checked."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any


def of_cycle(fields: Mapping[str, Any]) -> tuple[float, float] | None:
    """All ways added up: what curves over a path that turns run over."""
    turns = fields.get("turns")
    if not isinstance(turns, tuple):
        return None
    return 0.0, float(sum(abs(after - before) for before, after in pairwise((0.0, *turns))))
