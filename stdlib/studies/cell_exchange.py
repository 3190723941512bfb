"""What it does to goals when cells of a system are exchanged for others: exact adjoints of all pixels."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import numpy as np
from numpy.typing import NDArray
from scipy.linalg import get_lapack_funcs

from metac.runtime.multiscale.exact import ACCURATE, CellModuli, edge_compliances, edge_solutions
from metac.stdlib.loads.experiment import Experiment
from metac.stdlib.loads.system_test import SystemResponse, SystemTest
from metac.stdlib.studies.property_stage import misses

if TYPE_CHECKING:
    from metac.compiler.interfaces.program import StudyProgram
    from metac.runtime.multiscale.superelement import CellShape


(_POSITIVE,) = get_lapack_funcs(("posv",), dtype=np.float64)


class ExchangeEffects(NamedTuple):
    """Of each exchange alone."""

    misses: NDArray[np.float64]
    """`[goal]`: residuals of goals as they are."""
    changes: NDArray[np.float64]
    """`[goal, row, column, candidate]`: what is added to them where a cell is another one."""


class CondensedCells:
    """Matrices of cells that were condensed before, so that an exchange condenses new candidates alone."""

    MOST = 512
    """Cells that are remembered, 1.3 MB each where they have 50 by 50 pixels."""

    def __init__(self) -> None:
        self._known: dict[bytes, NDArray[np.float64]] = {}

    def of(self, shape: CellShape, moduli: NDArray[np.float64]) -> NDArray[np.float64]:
        """`CellShape.condensed`; raises SingularBlock."""
        key = np.ascontiguousarray(moduli).tobytes()
        if key not in self._known:
            if len(self._known) >= self.MOST:
                self._known.pop(next(iter(self._known)))
            self._known[key] = shape.condensed(moduli)
        return self._known[key]


def exchange_effects(
    program: StudyProgram, theta: Any, inputs: Mapping[str, Any], candidates: NDArray[np.int64], condensed: CondensedCells
) -> ExchangeEffects | None:
    """Of `candidates[row, column, candidate]` of the data, infinite of those below 0.

    None where an adjoint is not accurate or no goal has a target.

    Where one cell alone is exchanged, a miss that is linear in displacements changes by −λᵀ (S − S₀) u′ exactly, with the
    superelements S of the candidate and S₀ of what is there, and u′ what the cell's edges then do:
    (G⁻¹ + S − S₀) u′ = G⁻¹ u, G the inverse matrix of the whole system at these edges. One factorisation for all goals,
    cells and candidates. With u in the place of u′ it would be right to first order alone, and of the wrong sign where a
    candidate's solid meets void.
    """
    objects = program.objects(theta, inputs)
    loads = {name: load for name, load in objects.items() if _is_of_system(load)}

    def residuals(corners: Mapping[str, jax.Array]) -> jax.Array:
        moved = {name: _with_corners(load, corners[name]) for name, load in loads.items()}
        return misses(program.evaluate(theta, inputs, replace=moved))

    there = {name: load.response.corners for name, load in loads.items()}
    left = np.asarray(residuals(there))
    if not left.size or not loads:
        return None
    found, slopes = ExchangeEffects(left, np.zeros((len(left), *candidates.shape))), jax.jacrev(residuals)(there)
    for name, load in loads.items():
        if not _add_effects(found.changes, load, np.asarray(slopes[name]), candidates, condensed):
            return None
    return found


def _add_effects(
    changes: NDArray[np.float64],
    load: Experiment,
    slopes: NDArray[np.float64],
    candidates: NDArray[np.int64],
    condensed: CondensedCells,
) -> bool:
    """What goes through one load; False where its adjoints are not accurate."""
    test, nodes = load.test, np.asarray(load.response.nodes)  # type: ignore[attr-defined]
    assert isinstance(test, SystemTest)
    body, grid = test.body, test.exact_grid
    chosen, thickness = body.field.cells, float(body.thickness)
    cells = CellModuli(chosen.kinds, thickness * chosen.moduli)
    adjoint = edge_solutions(grid, cells, slopes)
    if not adjoint.residual <= ACCURATE:
        return False
    displaced = nodes.reshape(-1)[grid.edge_degrees]
    kinds, moduli = np.asarray(chosen.kinds).ravel(), np.asarray(chosen.moduli)
    flat = candidates.reshape(len(kinds), -1)
    effects = changes.reshape(len(changes), *flat.shape)
    effects[:, flat < 0] = np.inf
    for cell, free, compliance in edge_compliances(grid, cells):
        before = condensed.of(grid.shape, moduli[kinds[cell]])
        inverse = np.linalg.inv(compliance)
        for candidate in np.unique(flat[cell][flat[cell] >= 0]):
            own = body.field.stock.moduli(np.array([candidate]))[0]
            change = thickness * (condensed.of(grid.shape, own) - before)
            after = _edges_after(displaced[cell], free, inverse, change)
            effect = np.inf if after is None else -(adjoint.edges[:, cell] @ (change @ after))[:, None]
            effects[:, cell, flat[cell] == candidate] = effect
    return True


def _edges_after(
    displaced: NDArray[np.float64], free: NDArray[np.int64], inverse: NDArray[np.float64], change: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """`[edge]`: displacements of a cell's edges when its matrix changes; None where rounding leaves no positive matrix."""
    after, pulled, own = displaced.copy(), 0.0, change
    if len(free) < len(displaced):
        # What is held stays where it is, and pulls differently.
        held = np.setdiff1d(np.arange(len(displaced)), free)
        pulled, own = change[np.ix_(free, held)] @ displaced[held], change[np.ix_(free, free)]
    found = _POSITIVE(inverse + own, inverse @ displaced[free] - pulled, lower=1, overwrite_a=1)
    after[free] = found[1]
    return after if found[2] == 0 else None


def _is_of_system(load: Any) -> bool:
    return isinstance(load, Experiment) and isinstance(load.test, SystemTest)


def _with_corners(load: Any, corners: jax.Array) -> Any:
    """The load with other displacements of corners."""
    response = load.response
    assert isinstance(response, SystemResponse)
    moved = copy(load)
    moved.__dict__["response"] = replace(response, corners=corners)
    return moved
