"""What it does to goals when cells of a system are exchanged for others: exact adjoints of all pixels."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import numpy as np
from numpy.typing import NDArray

from metac.runtime.multiscale.exact import ACCURATE, CellModuli, edge_solutions
from metac.stdlib.loads.experiment import Experiment
from metac.stdlib.loads.system_test import SystemResponse, SystemTest
from metac.stdlib.studies.property_stage import misses

if TYPE_CHECKING:
    from metac.compiler.interfaces.program import StudyProgram


class ExchangeEffects(NamedTuple):
    """To first order in the stiffness of cells."""

    misses: NDArray[np.float64]
    """`[goal]`: residuals of goals as they are."""
    changes: NDArray[np.float64]
    """`[goal, row, column, candidate]`: what is added to them where a cell is another one."""


def exchange_effects(
    program: StudyProgram, theta: Any, inputs: Mapping[str, Any], candidates: NDArray[np.int64]
) -> ExchangeEffects | None:
    """Of `candidates[row, column, candidate]` of the data; None where an adjoint is not accurate or no goal has a target.

    A miss changes by −λᵀ (S − S₀) u, with the superelements S of a candidate and S₀ of what is there: one factorisation
    for all goals, cells and candidates.
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
        if not _add_effects(found.changes, load, np.asarray(slopes[name]), candidates):
            return None
    return found


def _add_effects(changes: NDArray[np.float64], load: Experiment, slopes: NDArray[np.float64], candidates: Any) -> bool:
    """What goes through one load; False where its adjoints are not accurate."""
    test, nodes = load.test, np.asarray(load.response.nodes)  # type: ignore[attr-defined]
    assert isinstance(test, SystemTest)
    body, stock = test.body, test.body.field.stock
    grid, chosen = test.exact_grid, test.exact_cells
    kinds, moduli = np.asarray(chosen.kinds).ravel(), np.asarray(chosen.moduli)
    adjoint = edge_solutions(grid, CellModuli(chosen.kinds, chosen.moduli), slopes)
    if not adjoint.residual <= ACCURATE:
        return False
    displaced = nodes.reshape(-1)[grid.edge_degrees]
    flat, thickness = candidates.reshape(len(kinds), -1), float(body.thickness)
    effects = changes.reshape(len(changes), *flat.shape)

    def forces(own: NDArray[np.float64], cells: NDArray[np.int64]) -> NDArray[np.float64]:
        return displaced[cells] @ grid.shape.condense(own).stiffness

    before = np.empty(displaced.shape)
    for kind in np.unique(kinds):
        cells = np.flatnonzero(kinds == kind)
        before[cells] = forces(moduli[kind], cells)
    for candidate in np.unique(flat):
        cells, places = np.nonzero(flat == candidate)
        own = thickness * stock.moduli(np.array([candidate]))[0]
        difference = forces(own, cells) - before[cells]
        effects[:, cells, places] -= np.einsum("gce,ce->gc", adjoint.edges[:, cells], difference)
    return True


def _is_of_system(load: Any) -> bool:
    return isinstance(load, Experiment) and isinstance(load.test, SystemTest)


def _with_corners(load: Any, corners: jax.Array) -> Any:
    """The load with other displacements of corners."""
    response = load.response
    assert isinstance(response, SystemResponse)
    moved = copy(load)
    moved.__dict__["response"] = replace(response, corners=corners)
    return moved
