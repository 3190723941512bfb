"""The elements of a third medium: their forces, stiffness and derivatives, beside those of the solid.

They are quadratic triangles, the last ones of a mesh. Integrals are taken at the nodes and the centroid, the triangle's
counterpart of the Gauss–Lobatto rules of Frederiksen et al. (Comput. Methods Appl. Mech. Eng. 436, 2025): what would fold
first, a corner, feels ln²J. Of the parameters of a filled body the last two are the medium's: its stiffness S, MPa, and
the weight R of its second gradient, MPa mm² = N.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from metac.runtime.fem.assembly import element_kernels as kernels
from metac.runtime.fem.assembly.mesh_fields import Extreme, smallest
from metac.runtime.fem.constitutive_law import Parameters
from metac.runtime.fem.dimension import determinant
from metac.runtime.fem.elements.quadrature import Quadrature
from metac.runtime.fem.elements.tables import Tables, tables
from metac.runtime.fem.elements.triangle import TRIANGLE_P2
from metac.runtime.fem.third_medium.medium_law import MEDIUM_LAW
from metac.runtime.fem.third_medium.second_gradient import CENTROID, bending_form

NODES_AND_CENTROID = Quadrature(
    np.concatenate([TRIANGLE_P2.nodes, CENTROID]), np.repeat([1 / 20, 2 / 15, 9 / 20], [3, 3, 1]) / 2
)
"""Exact for polynomials of degree 3."""
LEAST_LEFT = 0.3
"""Part of its volume that a point of the medium keeps in one step of Newton's method."""

Local = Float[Array, "d node cell"]
Own = Float[Array, "d node own"]


class MediumGeometry(NamedTuple):
    """How the unloaded elements of the medium lie."""

    coordinates: Own
    """mm."""
    shape: kernels.Geometry
    bending: Float[Array, "node node own"]
    """Of `bending_form`."""


@dataclass(frozen=True)
class Medium:
    """Fields by element, `[…, cell]`, are those of all elements of the mesh; results, `[…, own]`, are of the medium's."""

    first: int
    """The medium's first element; all before it are solid."""

    @property
    def tables(self) -> Tables:
        """Quadratic triangles with the medium's rule."""
        return tables(TRIANGLE_P2, NODES_AND_CENTROID)

    def geometry(self, coordinates: Local) -> MediumGeometry:
        """Of `coordinates[d, node, cell]`, mm."""
        own = coordinates[..., self.first :]
        return MediumGeometry(own, kernels.geometry(self.tables, own), bending_form(own))

    def energy(self, parameters: Parameters, geometry: MediumGeometry, displacement: Local) -> Float[Array, ""]:
        """Stored energy per thickness, N; no part of the body's."""
        own = displacement[..., self.first :]
        even = kernels.energy(self.tables, MEDIUM_LAW, parameters[-2:-1], geometry.shape, own)
        return jnp.sum(even) + parameters[-1] / 2 * jnp.vdot(own, _bent(geometry, own))

    def internal_force(self, parameters: Parameters, geometry: MediumGeometry, displacement: Local) -> Own:
        """Nodal forces per thickness, `[d, node, own]`, N/mm."""
        own = displacement[..., self.first :]
        even = kernels.internal_force(self.tables, MEDIUM_LAW, parameters[-2:-1], geometry.shape, own)
        return even + parameters[-1] * _bent(geometry, own)

    def stiffness(self, parameters: Parameters, geometry: MediumGeometry, displacement: Local) -> Float[Array, "pair own"]:
        """Its derivative, `[pair, own]`, N/mm², as of `element_kernels.py: stiffness`."""
        own = displacement[..., self.first :]
        even = kernels.stiffness(self.tables, MEDIUM_LAW, parameters[-2:-1], geometry.shape, own)
        like = parameters[-1] * geometry.bending[np.triu_indices(len(geometry.bending))]
        unlike = jnp.zeros((len(even) - 2 * len(like), like.shape[1]))
        return even + jnp.concatenate([like, unlike, like])

    def virtual_work_gradient(
        self, parameters: Parameters, geometry: MediumGeometry, displacement: Local, virtual: Local
    ) -> tuple[Own, Own, Parameters]:
        """Derivatives of the virtual work by coordinates, displacement and the medium's two parameters.

        As of `element_kernels.py: virtual_work_gradient`.
        """
        own, other = displacement[..., self.first :], virtual[..., self.first :]
        given = parameters[-2:-1], geometry.shape, own, other
        by_coordinates, by_displacement, by_stiffness = kernels.virtual_work_gradient(self.tables, MEDIUM_LAW, *given)

        def bent(coordinates: Own) -> Array:
            return jnp.einsum("dac,abc,dbc->", other, bending_form(coordinates), own)

        by_weight, by_bent = jax.value_and_grad(bent)(geometry.coordinates)
        return (
            by_coordinates + parameters[-1] * by_bent,
            by_displacement + parameters[-1] * _bent(geometry, other),
            (*by_stiffness, by_weight),
        )

    def add(self, all_elements: Float[Array, "*axes cell"], own: Float[Array, "*axes own"]) -> Float[Array, "*axes cell"]:
        """Values of the medium's elements added to those of all."""
        return all_elements.at[..., self.first :].add(own)

    def volumes(self, geometry: MediumGeometry, displacement: Local) -> Float[Array, "point own"]:
        """J at the points of the medium's rule, `[point, own]`."""
        own = displacement[..., self.first :]
        return determinant(kernels.deformation_gradient(self.tables, geometry.shape, own))

    def at_its_points(self, ratio: Float[Array, "point cell"]) -> Float[Array, "point cell"]:
        """Jacobians at the points of the solid's rule, then at the nodes; infinite at points where the medium is blind."""
        return ratio.at[: -len(TRIANGLE_P2.nodes), self.first :].set(jnp.inf)

    def smaller(self, solid: Extreme, geometry: MediumGeometry, displacement: Local) -> Extreme:
        """The smaller one of the solid's smallest J and the medium's; NaN counts as smaller than everything."""
        own = smallest(self.volumes(geometry, displacement))
        is_own = jnp.isnan(own.value) | (own.value < solid.value)
        element = jnp.where(is_own, own.element + self.first, solid.element)
        return Extreme(jnp.where(is_own, own.value, solid.value), element)

    def keeps_apart(self, geometry: MediumGeometry, before: Local, after: Local) -> Array:
        """bool: no point loses more of its volume than `LEAST_LEFT` allows.

        Close to closure the pressure goes with the inverse of J: a step that almost closed a gap would be followed by dozens
        that open it again.
        """
        return (self.volumes(geometry, after) >= LEAST_LEFT * self.volumes(geometry, before)).all()


def _bent(geometry: MediumGeometry, displacement: Own) -> Own:
    return jnp.einsum("abc,dbc->dac", geometry.bending, displacement)
