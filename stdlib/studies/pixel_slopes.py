"""What flipping pixels of a system would do to the misses of goals: exact adjoints, one for each miss."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.multiscale.pixel_sensitivities import pixel_sensitivities
from metac.stdlib.loads.experiment import Experiment
from metac.stdlib.loads.system_test import SystemTest
from metac.stdlib.studies.property_stage import misses

if TYPE_CHECKING:
    from metac.compiler.interfaces.program import StudyProgram

READ = "corners"
"""What goals may read of the response of a system."""
UNREAD = ("force", "energy")
"""What they may not: derivatives by pixels would be others."""


class PixelSlopes(NamedTuple):
    """Of an assembled system."""

    misses: NDArray[np.float64]
    """`[miss]`: residuals of all goals that have a target."""
    slopes: NDArray[np.float64]
    """`[miss, cell, y, x]`: derivatives by the modulus, over the solid's, of each pixel of a quarter of each free cell."""


class SlopesByPixels:
    """`places[row, column]`: which free cell each cell is; all images of a pixel of its quarter have one modulus."""

    def __init__(self, program: StudyProgram, inputs: Mapping[str, Any], places: NDArray[np.int64]) -> None:
        self._program, self._inputs, self._places = program, inputs, places
        self._read = jax.jit(self._residuals)

    def at(self, theta: Any) -> PixelSlopes:
        """Of an assembled system.

        Raises SingularSystem, InaccurateAdjoint; FieldError M0537 on `vary` where no goal has a target that displacements of
        cells' corners are to meet, or one reads something else of a system.
        """
        left, slopes, moved = jax.block_until_ready(self._read(theta, self._inputs))
        if not left.size or not any(np.any(slope[READ]) for slope in slopes.values()):
            raise FieldError("vary", "no goal has a target that displacements of a system are to meet", code="M0537")
        if any(np.any(slope[part]) for slope in slopes.values() for part in UNREAD):
            message = "a goal reads forces or energy of a system: pixels are flipped for displacements alone"
            raise FieldError("vary", message, code="M0537")
        tests = {name: load.test for name, load in _systems(self._program.objects(theta, self._inputs)).items()}
        found: Any = 0.0
        for name, test in tests.items():
            found = found + self._of(test, np.asarray(slopes[name][READ]), np.asarray(moved[name]))
        return PixelSlopes(np.asarray(left), found)

    def _residuals(self, theta: Any, inputs: Mapping[str, Any]) -> tuple[jax.Array, dict[str, Any], dict[str, jax.Array]]:
        """Misses, their derivatives by what is read of each load, and the displacements of all nodes."""
        loads = _systems(self._program.objects(theta, inputs))

        def residuals(read: Mapping[str, Mapping[str, jax.Array]]) -> jax.Array:
            replaced = {name: _reading(load, read[name]) for name, load in loads.items()}
            return misses(self._program.evaluate(theta, inputs, replace=replaced))

        responses = {name: load.response for name, load in loads.items()}
        there = {name: {part: getattr(each, part) for part in (READ, *UNREAD)} for name, each in responses.items()}
        return residuals(there), jax.jacrev(residuals)(there), {name: each.nodes for name, each in responses.items()}

    def _of(self, test: SystemTest, forces: NDArray[np.float64], nodes: NDArray[np.float64]) -> NDArray[np.float64]:
        """`[miss, cell, y, x]`: through one load."""
        grid, thickness = test.exact_grid, float(test.body.thickness)
        found = np.zeros((len(forces), int(self._places.max()) + 1, *grid.shape.stored))
        for cell, each in pixel_sensitivities(grid, test.exact_cells, forces, nodes):
            found[:, self._places.ravel()[cell]] += thickness * _folded(each)
        return found


def _systems(objects: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: load for name, load in objects.items() if isinstance(load, Experiment) and isinstance(load.test, SystemTest)
    }


def _folded(cell: NDArray[np.float64]) -> NDArray[np.float64]:
    """`[miss, y, x]` of a quarter: the sum over the four images of each of its pixels."""
    rows, columns = cell.shape[1] // 2, cell.shape[2] // 2
    half = cell[:, :rows] + cell[:, : rows - 1 : -1]
    return half[:, :, :columns] + half[:, :, : columns - 1 : -1]


def _reading(load: Any, parts: Mapping[str, jax.Array]) -> Any:
    """The load with parts of its response replaced."""
    moved = copy(load)
    moved.__dict__["response"] = replace(load.response, **parts)
    return moved
