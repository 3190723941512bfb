"""What the modulus of each pixel of a system of cells does to displacements, exactly, for many adjoints at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from metac.runtime.dimensions import PLANE
from metac.runtime.multiscale.cell_grid import CellGrid
from metac.runtime.multiscale.exact import ACCURATE, CellModuli, factorisation_of
from metac.runtime.multiscale.pixel_forces import to_pixels


class InaccurateAdjoint(Exception):
    """The solution of an adjoint problem leaves a residual that is too large."""


def pixel_sensitivities(
    grid: CellGrid,
    cells: CellModuli,
    forces: Float[np.ndarray, "case row column 2"],
    nodes: Float[np.ndarray, "height width 2"],
) -> Iterator[tuple[int, Float[np.ndarray, "case y x"]]]:
    """Each cell, and −λᵀ (∂K/∂E) u for the modulus E of each of its pixels.

    K λ = `forces[case, row, column, 2]` at the corners of cells, `nodes[height, width, 2]` is u (mm) of all pixels: it is
    the derivative of Σ forces · u by E. All cases are one back-substitution. On the host, with concrete values and the
    factorisation of the last solve where it was of the same cells. Raises SingularSystem, InaccurateAdjoint.
    """
    factorisation, shape = factorisation_of(grid, cells), grid.shape
    solved = factorisation.edge_solutions(forces)
    if not solved.residual <= ACCURATE:
        raise InaccurateAdjoint
    inside = np.zeros((len(forces), shape.rows + 1, shape.columns + 1, PLANE))
    for cell, kind in enumerate(factorisation.kinds):
        multipliers = factorisation.superelements[kind].displacement(solved.edges[:, cell], inside)
        yield cell, -_products(multipliers, nodes[grid.window(cell)], shape.element)


def _products(
    multipliers: NDArray[np.float64], displacement: NDArray[np.float64], element: NDArray[np.float64]
) -> NDArray[np.float64]:
    """`[case, y, x]`: λᵀ K u of each pixel with the modulus 1."""
    shape = displacement.shape[0] - 1, displacement.shape[1] - 1
    force = to_pixels(np, displacement, shape) @ element
    return np.stack([np.einsum("yxk,yxk->yx", to_pixels(np, each, shape), force) for each in multipliers])
