"""Effective stiffness of a period by linear homogenisation.

Voigt form throughout: strains (ε11, ε22, γ12) with the engineering shear strain γ12 = 2 ε12, stresses (σ11, σ22, σ12),
axis 1 along x. The effective stiffness is the mean energy of the three unit strains, C_ij = ⟨ε_i : C : ε_j⟩ with ε_i the
local strain of case i (Xu et al., eqs. 26–28, in energy form), whose error is the square of that of the displacements.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from metac.runtime.grid.assembly import cell_assembly
from metac.runtime.grid.element import STRAINS
from metac.runtime.grid.equilibrium import element_strains, fluctuations
from metac.runtime.grid.lattice import PeriodicLattice


def effective_stiffness(lattice: PeriodicLattice, stiffness: Float[Array, "cell 3 3"]) -> tuple[Array, Array]:
    """Effective stiffness `[3, 3]`, MPa, and the residuals `[case]` of the three solves, of `stiffness[cell, 3, 3]`, MPa.

    Its derivative needs no solve: the displacements are those of least energy, so only the elements' own stiffness counts,
    dC_ij = ⟨ε_i : dC : ε_j⟩.
    """

    @jax.custom_jvp
    def effective(stiffness: Array) -> tuple[Array, Array]:
        strains, residual = local_strains(lattice, stiffness)
        return _mean_energy(lattice, stiffness, strains), residual

    @effective.defjvp
    def _(primals: tuple[Array], tangents: tuple[Array]) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
        strains, residual = local_strains(lattice, primals[0])
        value, slope = (_mean_energy(lattice, each, strains) for each in (primals[0], tangents[0]))
        return (value, residual), (slope, jnp.zeros_like(residual))

    return effective(stiffness)


def local_strains(lattice: PeriodicLattice, stiffness: Array) -> tuple[Array, Array]:
    """Strains `[cell, quadrature, strain, case]` under the three unit macroscopic strains, and residuals `[case]`."""
    found, residual = fluctuations(lattice, stiffness)
    return jnp.eye(STRAINS) + element_strains(cell_assembly(lattice), found), residual


def _mean_energy(lattice: PeriodicLattice, stiffness: Array, strains: Array) -> Array:
    weights = cell_assembly(lattice).operator.weights / lattice.area
    mean = jnp.einsum("q,cqsi,cst,cqtj->ij", weights, strains, stiffness, strains, optimize=True)
    return (mean + mean.T) / 2
