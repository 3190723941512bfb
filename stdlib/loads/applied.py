"""Loads as input files of other programs take them: displacements and forces at nodes, of concrete values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from metac.stdlib.loads.experiment import Experiment

if TYPE_CHECKING:
    from metac.runtime.report.frame_input import AppliedLoad
    from metac.stdlib.loads.holding import Holding


@runtime_checkable
class NodalLoads(Protocol):
    """A test that is all said by displacements and forces at nodes."""

    def applied_loads(self, name: str) -> list[AppliedLoad]:
        """What acts on the nodes at load factor 1, of concrete values, under the name of the load."""
        ...


@runtime_checkable
class OnSupports(Protocol):
    """A test of a body that supports hold."""

    holding: Holding


def applied_loads(loads: Mapping[str, Any]) -> tuple[list[AppliedLoad], list[str]]:
    """What loads prescribe at nodes, and a line for each one that cannot be said that way."""
    applied, left_out = [], []
    for name, load in loads.items():
        test = load.test if isinstance(load, Experiment) else load
        if isinstance(test, OnSupports) and test.holding.springs:
            left_out.append(f"load {name} is not in this file: springs hold the body")
        elif isinstance(test, OnSupports) and test.holding.axes is not None:
            left_out.append(f"load {name} is not in this file: a support slides along an inclined line")
        elif isinstance(test, NodalLoads):
            applied += test.applied_loads(name)
        else:
            left_out.append(f"load {name} is not in this file: it ties nodes on opposite sides")
    return applied, left_out
