"""The exact solve of an assembled system, checked by a method that shares neither cells nor factorisations with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from metac.runtime.errors import RuntimeFailure
from metac.runtime.multiscale.multigrid import multigrid_equilibrium
from metac.stdlib.loads.experiment import Experiment
from metac.stdlib.loads.system_test import SystemTest

AGREEING = 1e-4
"""Difference of corners of cells, over the largest displacement, up to which both say the same."""


class SolversDisagree(RuntimeFailure):
    """Two methods find different displacements for the same system."""

    code = "M0672"

    def __init__(self, found: CrossCheck) -> None:
        super().__init__(
            f"multigrid and the exact solve of {found.load} differ by {found.difference:.2g} of the largest displacement "
            f"(residual of multigrid {found.residual:.2g} after {found.iterations} iterations)",
            remedy="a system that hangs together by void alone has no displacements to speak of: look for loose pieces",
        )
        self.subject = found.load


class CrossCheck(NamedTuple):
    """Of one load."""

    load: str
    iterations: int
    residual: float
    """Of multigrid, over all pixels."""
    difference: float
    """The largest of corners of cells, over the largest displacement of one."""


def cross_checks(objects: Mapping[str, Any]) -> list[CrossCheck]:
    """Of all loads on assembled systems; raises SolversDisagree."""
    found = []
    for name, load in objects.items():
        if isinstance(load, Experiment) and isinstance(load.test, SystemTest) and load.test.body.field.cells is not None:
            found.append(_cross_check(name, load.test, np.asarray(load.response.corners)))  # type: ignore[attr-defined]
            if not found[-1].difference <= AGREEING:
                raise SolversDisagree(found[-1])
    return found


def _cross_check(name: str, test: SystemTest, corners: NDArray[np.float64]) -> CrossCheck:
    grid = test.exact_grid
    solved = multigrid_equilibrium(grid, test.exact_cells, np.asarray(test.prescribed))
    others = solved.nodes[:: grid.shape.rows, :: grid.shape.columns]
    difference = float(np.abs(others - corners).max() / np.abs(corners).max())
    return CrossCheck(name, solved.iterations, solved.residual, difference)
