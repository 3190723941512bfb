"""Loads as input files of other programs take them: displacements and forces at nodes, of concrete values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from metac.runtime.report.frame_input import AppliedLoad


def applied_loads(loads: Mapping[str, Any]) -> tuple[list[AppliedLoad], list[str]]:
    """What loads prescribe at nodes, and a line for each one that cannot be said that way."""
    applied, left_out = [], []
    for name, load in loads.items():
        test = getattr(load, "test", load)
        if hasattr(test, "applied_loads"):
            applied += test.applied_loads(name)
        else:
            left_out.append(f"load {name} is not in this file: it ties nodes on opposite sides")
    return applied, left_out
