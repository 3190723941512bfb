"""A law in mixed elements: displacement, dilatation and pressure, against volumetric locking (Hughes, The Finite Element
Method, 2000, chapter 4).

The law sees, in place of F at a point,

    F̄ = (θ/J)^(1/d) F,    θ the linear field of the unloaded element that is closest to J = det F in the mean square

(Simo, Taylor and Pister, Comput. Methods Appl. Mech. Eng. 51, 1985; in the plane as de Souza Neto et al., Int. J. Solids
Struct. 33, 1996, with the stretch across left as it is). The pressure, which makes θ that field, is linear in each element
too, and both are condensed: unknowns are displacements alone. The energy is that of F̄, and forces and stiffness are its
derivatives, so that the stiffness is symmetric. With quadratic triangles that have a bubble the pair is stable and of
second order in the pressure (Crouzeix and Raviart, RAIRO 7, 1973; Boffi, Brezzi and Fortin, Mixed Finite Element Methods
and Applications, 2013, section 8.6).

A law for small strains sees ε̄ = ε + (θ − tr ε) I/d with θ of tr ε, which is linear in the displacement ("B-bar", Hughes,
Int. J. Numer. Methods Eng. 15, 1980).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float
from numpy.typing import NDArray

from metac.runtime.fem.assembly import element_kernels as kernels
from metac.runtime.fem.constitutive_law import (
    Law,
    LawFunctions,
    Parameters,
    across_plane,
    energy_density,
    law_tangent,
    piola_stress,
)
from metac.runtime.fem.dimension import determinant, identity, inverse, product
from metac.runtime.fem.elements.tables import Tables
from metac.runtime.fem.elements.triangle import linear_shape
from metac.runtime.fem.phased_law import PhasedMaterial

KEPT = 64
"""Laws that are cached."""
Local = Float[Array, "d node cell"]


class MixedFunctions:
    """The law at a point, and of whole elements (`constitutive_law.py: ElementLaw`); by identity (`mixed_functions`)."""

    def __init__(self, pointwise: LawFunctions, small: bool) -> None:
        self.pointwise, self._small = pointwise, small

    def energy2(self, F: Float[Array, "2 2 *points"], parameters: Parameters) -> Float[Array, " *points"]:
        """Energy density `[*points]` of what the law sees, MPa."""
        return energy_density(self.pointwise, F, parameters)

    def stress2(self, F: Float[Array, "2 2 *points"], parameters: Parameters) -> Float[Array, "2 2 *points"]:
        """First Piola–Kirchhoff stress `[2, 2, *points]` of what the law sees, MPa."""
        return piola_stress(self.pointwise, F, parameters)

    def tangent2(self, F: Float[Array, "2 2 *points"], parameters: Parameters) -> Float[Array, "2 2 2 2 *points"]:
        """Its derivative `[2, 2, 2, 2, *points]`, MPa."""
        return law_tangent(self.pointwise, F, parameters)

    def across2(self, F: Float[Array, "2 2 *points"], parameters: Parameters) -> Float[Array, " *points"]:
        """P33 in plane strain, `[*points]`, MPa; raises `UnknownAcrossPlane`."""
        return across_plane(self.pointwise, F, parameters)

    def dilatation(self, F: Float[Array, "d d *points"]) -> Float[Array, " *points"]:
        """J, of small strains tr ε, `[*points]`."""
        return jnp.trace(F) - len(F) if self._small else determinant(F)

    def seen(self, F: Float[Array, "d d *points"], smooth: Float[Array, " *points"]) -> Float[Array, "d d *points"]:
        """F̄ `[d, d, *points]` for a smooth dilatation."""
        own = self.dilatation(F)
        if self._small:
            return F + (smooth - own) / len(F) * identity(len(F), F.ndim - 2)
        return (smooth / own) ** (1 / len(F)) * F

    def smooth(
        self, table: Tables, shape: kernels.Geometry, values: Float[Array, "point cell"]
    ) -> Float[Array, "point cell"]:
        """The linear field in each element that is closest to values at its points, in the mean square: `[point, cell]`."""
        linear = barycentric(table)
        return jnp.einsum("kq,kmc,mr,rc,rc->qc", linear, inverse_mass(table, shape), linear, shape.weights, values)

    def smoothed(
        self, table: Tables, shape: kernels.Geometry, F: Float[Array, "d d point cell"]
    ) -> Float[Array, "d d point cell"]:
        """F̄ at the points of elements."""
        return self.seen(F, self.smooth(table, shape, self.dilatation(F)))

    def element_energy(
        self, table: Tables, parameters: Parameters, shape: kernels.Geometry, displacement: Local
    ) -> Float[Array, " cell"]:
        """Stored energy of each element per thickness, `[cell]`, N."""
        F = kernels.deformation_gradient(table, shape, displacement)
        return jnp.sum(self.energy2(self.smoothed(table, shape, F), parameters) * shape.weights, axis=0)

    def element_force(self, table: Tables, parameters: Parameters, shape: kernels.Geometry, displacement: Local) -> Local:
        """Nodal forces per thickness, `[d, node, cell]`, N/mm."""
        F = kernels.deformation_gradient(table, shape, displacement)
        by_gradient, by_smooth = self._stress(parameters, F, self.smooth(table, shape, self.dilatation(F)))
        # The projection is its own adjoint.
        pressure = self.smooth(table, shape, by_smooth)
        return kernels.divergence(table, shape, by_gradient + pressure * self._slope(F))

    def element_stiffness(
        self, table: Tables, parameters: Parameters, shape: kernels.Geometry, displacement: Local
    ) -> Float[Array, "pair cell"]:
        """Derivative of the forces, `[pair, cell]`, N/mm², as of `element_kernels.py: stiffness`.

        Points of an element know of each other through its three values of the dilatation only: to what each has alone comes
        a matrix of rank six.
        """
        F = kernels.deformation_gradient(table, shape, displacement)
        smooth = self.smooth(table, shape, self.dilatation(F))
        stress, axes = partial(self._stress, parameters), range(len(F))
        (_, by_smooth), (mixed, twice) = jax.jvp(lambda field: stress(F, field), (smooth,), (jnp.ones_like(smooth),))
        pressure = self.smooth(table, shape, by_smooth)
        columns = [
            jax.jvp(lambda F: stress(F, smooth)[0] + pressure * self._slope(F), (F,), (_unit(F, k, m),))[1]
            for k in axes
            for m in axes
        ]
        tangent = jnp.stack(columns, axis=2).reshape(*F.shape[:2], *F.shape)
        linear = jnp.asarray(barycentric(table))[:, :, None]
        slopes = jnp.stack([kernels.divergence(table, shape, each * self._slope(F)) for each in linear])
        values = jnp.einsum("kmc,mdac->kdac", inverse_mass(table, shape), slopes)
        curvature = jnp.einsum("kqx,mqx,qc,qc->kmc", linear, linear, twice, shape.weights)
        found = kernels.packed_stiffness(table, shape, tangent)
        for number, each in enumerate(linear):
            # The symmetric sum of two products is one of its halves with the other.
            other = jnp.einsum("mc,mdac->dac", curvature[number], values) / 2
            cross = kernels.divergence(table, shape, each * mixed)
            found = found + kernels.packed_product(values[number], cross + other)
        return found

    def element_work_gradient(
        self, table: Tables, parameters: Parameters, shape: kernels.Geometry, displacement: Local, virtual: Local
    ) -> tuple[Local, Local, Parameters]:
        """Derivatives of the virtual work by coordinates, displacement and parameters.

        A change M = ∂δX/∂X of the unloaded element takes ∂ξ/∂X to ∂ξ/∂X (I − M) and its area to (1 + tr M) times it.
        """

        def work(change: Array, displacement: Local, parameters: Parameters) -> Array:
            inverse = shape.inverse - product(shape.inverse, change)
            moved = shape._replace(inverse=inverse, weights=shape.weights * (1 + jnp.trace(change)))
            return jnp.vdot(virtual, self.element_force(table, parameters, moved, displacement))

        still = jnp.zeros_like(shape.inverse)
        by_change, *others = jax.grad(work, argnums=(0, 1, 2))(still, displacement, parameters)
        return kernels.divergence(table, shape, by_change / shape.weights), *others

    def _stress(
        self, parameters: Parameters, F: Float[Array, "d d point cell"], smooth: Float[Array, "point cell"]
    ) -> tuple[Float[Array, "d d point cell"], Float[Array, "point cell"]]:
        """Derivatives of the energy density by F, the smooth dilatation held, and by that."""
        seen, back = jax.vjp(self.seen, F, smooth)
        return back(_stress_of(self.pointwise, seen, parameters))

    def _slope(self, F: Float[Array, "d d point cell"]) -> Float[Array, "d d point cell"]:
        """Derivative of the dilatation by F."""
        return jax.grad(lambda F: jnp.sum(self.dilatation(F)))(F)


def barycentric(table: Tables) -> Float[np.ndarray, "k=3 point"]:
    """What a linear field is made of, at the points of triangles."""
    return linear_shape(table.rule.points)


def inverse_mass(table: Tables, shape: kernels.Geometry) -> Float[Array, "k=3 k=3 cell"]:
    """Inverse of ∫ λ_k λ_m dA, 1/mm²."""
    linear = barycentric(table)
    return inverse(jnp.einsum("kq,mq,qc->kmc", linear, linear, shape.weights))


def _unit(F: Array, row: int, column: int) -> Array:
    return jnp.zeros_like(F).at[row, column].set(1.0)


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _stress_of(law: LawFunctions, F: Array, parameters: Parameters) -> Array:
    """The law's stress, whose derivative by F is the law's own tangent, which holds at equal stretches too."""
    return piola_stress(law, F, parameters)


@_stress_of.defjvp
def _stress_change(law: LawFunctions, at: tuple[Array, Parameters], by: tuple[Array, Parameters]) -> tuple[Array, Array]:
    (F, parameters), (change, others) = at, by
    stress, by_parameters = jax.jvp(lambda values: piola_stress(law, F, values), (parameters,), (others,))
    return stress, jnp.sum(law_tangent(law, F, parameters) * change, axis=(2, 3)) + by_parameters


@lru_cache(maxsize=KEPT)
def mixed_functions(pointwise: LawFunctions, small: bool) -> MixedFunctions:
    """One object for equal arguments, as functions are static in a trace."""
    return MixedFunctions(pointwise, small)


@dataclass(frozen=True, eq=False)
class MixedMaterial:
    """A material in mixed elements: a law (`constitutive_law.py: Law`)."""

    pointwise: Law
    strain: str
    """`small` or `finite`."""

    @property
    def functions(self) -> LawFunctions:
        """The same object for the same law."""
        return mixed_functions(self.pointwise.functions, self.strain == "small")

    @property
    def parameters(self) -> Parameters:
        """Those of the material."""
        return self.pointwise.parameters


@dataclass(frozen=True, eq=False)
class MixedPhases(PhasedMaterial):
    """Several materials in mixed elements, each in its own; all for small strains or all for those of any size."""

    def laid_out(self, phases: NDArray[np.int32]) -> MixedPhases:
        """The same materials on the elements of another mesh."""
        return MixedPhases(self.materials, phases)

    @property
    def functions(self) -> LawFunctions:
        """The same object for the same laws and phases."""
        return mixed_functions(super().functions, self.strain == "small")
