"""How near cells come to what no composite of their phases exceeds: Hashin and Shtrikman's bounds, and the phases' mean."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metac.runtime.datasets.cells.design_space import CellDesignSpace, Cells
from metac.runtime.grid.bounds import Phase, hashin_shtrikman_bulk, hashin_shtrikman_shear, plane_moduli, voigt_mean

Array = NDArray[np.float64]

ROUNDING = 1e-9
BOUNDS = ("bulk_over_hashin_shtrikman", "shear_over_hashin_shtrikman", "energy_over_voigt")
"""What the columns of `ratios_to_bounds` are."""


def within_bounds(space: CellDesignSpace, cells: Cells) -> Cells:
    """Without those whose stiffness exceeds a bound.

    No cell does; but elements are stiffer than what they stand for, and holes of two pixels in a nearly solid cell, say, are
    resolved so coarsely that its computed K is above Hashin and Shtrikman's.
    """
    ratios = ratios_to_bounds(space, cells.stiffness, cells.quarters.mean(axis=(1, 2)))
    good = (ratios <= 1 + ROUNDING).all(axis=1)
    return Cells(cells.quarters[good], cells.stiffness[good])


def phases(space: CellDesignSpace, share: float) -> list[Phase]:
    """Void and solid for a share of solid."""
    bulk, shear = plane_moduli(space.young, space.poisson, stress=space.stress)
    soft = 1 / space.contrast
    return [Phase(soft * bulk, soft * shear, 1 - share), Phase(bulk, shear, share)]


def plane_energies(stiffness: Array) -> tuple[Array, Array]:
    """`[cell]` each, MPa: the K and G of `[cell, 4]` (C11, C12, C22, C66) that the bounds hold for, see `grid/bounds.py`."""
    first, coupling, second, shear = stiffness.T
    return (first + second + 2 * coupling) / 4, ((first + second - 2 * coupling) / 4 + shear) / 2


def ratios_to_bounds(space: CellDesignSpace, stiffness: Array, share: Array) -> Array:
    """`[cell, bound]`: K and G over their upper bounds, and the largest energy of any strain over that of the phases' mean.

    None exceeds 1. `stiffness[cell, 4]` in MPa, `share[cell]` of solid.
    """
    bulk, shear = plane_energies(stiffness)
    shares, which = np.unique(share, return_inverse=True)
    limits = np.array(
        [
            (hashin_shtrikman_bulk(each).upper, hashin_shtrikman_shear(each).upper)
            for each in (phases(space, float(value)) for value in shares)
        ]
    ).reshape(-1, 2)[which]
    means = np.array([voigt_mean(phases(space, float(value))) for value in shares]).reshape(-1, 3, 3)[which]
    full = np.zeros((len(stiffness), 3, 3))
    full[:, 0, 0], full[:, 0, 1], full[:, 1, 1], full[:, 2, 2] = stiffness.T
    full[:, 1, 0] = full[:, 0, 1]
    # Eigenvalues of V⁻¹C are real, as V is positive definite and both are symmetric.
    energies = np.linalg.eigvals(np.linalg.solve(means, full)).real.max(axis=1, initial=-np.inf)
    return np.column_stack([bulk / limits[:, 0], shear / limits[:, 1], energies])
