"""Stress and strain inside of a body: where they are taken, Cauchy's stress with what acts across the plane, invariants.

They are taken at the points of an element where derivatives of displacements are most exact (Barlow, Int. J. Numer. Methods
Eng. 10, 1976, 243): the centre of linear and bilinear elements, three points of quadratic triangles, 2 × 2 of biquadratic
quadrilaterals.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from metac.runtime.dimensions import PLANE
from metac.runtime.fem.assembly import element_kernels as kernels
from metac.runtime.fem.assembly.mesh_fields import gather
from metac.runtime.fem.constitutive_law import ElementLaw, Parameters, across_plane
from metac.runtime.fem.dimension import determinant, identity
from metac.runtime.fem.elements.quadrature import Quadrature, square, triangle
from metac.runtime.fem.elements.tables import Tables, tables
from metac.runtime.mesh.mesh import Mesh

TRIANGLE = 3
"""Corners."""
NEAR = 1e-6
"""Share of an element by which a place may lie beyond its edge."""


class Stress(NamedTuple):
    """Cauchy's stress `[*points]` each, MPa; nothing shears across the plane."""

    xx: Array
    yy: Array
    zz: Array
    xy: Array


def sampling(mesh: Mesh) -> Tables:
    """The points of an element where stresses are taken."""
    return tables(mesh.element, sampling_rule(mesh))


def sampling_rule(mesh: Mesh) -> Quadrature:
    """Their places and weights."""
    first_order = mesh.order == 1
    if len(mesh.element.corners) == TRIANGLE:
        return triangle(1 if first_order else 2)
    return square(1 if first_order else 3)


def deformation(
    mesh: Mesh, coordinates: Float[Array, "node 2"], displacement: Float[Array, "node 2"], functions: Any = None
) -> Array:
    """F at the sampling points, `[2, 2, point, cell]`, as the law of `functions` sees it."""
    local = gather(mesh, displacement)
    table = sampling(mesh)
    shape = kernels.geometry(table, gather(mesh, coordinates))
    F = kernels.deformation_gradient(table, shape, local)
    return functions.smoothed(table, shape, F) if isinstance(functions, ElementLaw) else F


def weights(mesh: Mesh, coordinates: Float[Array, "node 2"]) -> Float[Array, "point cell"]:
    """Area that each sampling point stands for, mm²."""
    return kernels.geometry(sampling(mesh), gather(mesh, coordinates)).weights


def cauchy_stress(
    functions: Any, F: Float[Array, "2 2 *points"], parameters: Parameters, *, plane: str, linear: bool
) -> Stress:
    """Force per deformed area.

    `plane` is `strain` or `stress`; in plane stress nothing acts across. `linear`: by the stiffness at rest, for small
    displacements, where it is the nominal stress too.
    Raises `UnknownAcrossPlane` in plane strain for a law that is not known across the plane.
    """

    def nominal(gradient: Array) -> tuple[Array, Array]:
        in_plane = functions.stress2(gradient, parameters)
        free = plane == "stress"
        return in_plane, jnp.zeros_like(in_plane[0, 0]) if free else across_plane(functions, gradient, parameters)

    if linear:
        rest = jnp.broadcast_to(identity(PLANE, F.ndim - 2), F.shape)
        _, (P, P33) = jax.jvp(nominal, (rest,), (F - rest,))
        return Stress(P[0, 0], P[1, 1], P33, (P[0, 1] + P[1, 0]) / 2)
    P, P33 = nominal(F)
    volume = determinant(F)
    xx, yy, xy = ((P[i, 0] * F[j, 0] + P[i, 1] * F[j, 1]) / volume for i, j in ((0, 0), (1, 1), (0, 1)))
    return Stress(xx, yy, P33 / volume, xy)


def von_mises(stress: Stress) -> Float[Array, " *points"]:
    """√(3/2 s : s) with the deviator s, `[*points]`, MPa; its derivative is zero where the stress is hydrostatic."""
    differences = (stress.xx - stress.yy) ** 2 + (stress.yy - stress.zz) ** 2 + (stress.zz - stress.xx) ** 2
    return root(differences / 2 + 3 * stress.xy**2)


def principal(stress: Stress) -> Float[Array, "l=3 *points"]:
    """Principal stresses, the largest first, `[3, *points]`, MPa."""
    mean, radius = eigenvalues(stress.xx, stress.yy, stress.xy)
    return -jnp.sort(-jnp.stack([mean + radius, mean - radius, stress.zz]), axis=0)


def principal_stretches(F: Float[Array, "2 2 *points"]) -> Float[Array, "l=2 *points"]:
    """In the plane, the larger one first, `[2, *points]`: singular values of F."""
    # √(λ₁² + λ₂² ± 2 λ₁ λ₂) are sum and difference of the stretches.
    square, twice = jnp.sum(F**2, axis=(0, 1)), 2 * determinant(F)
    total, difference = root(square + twice), root(jnp.maximum(square - twice, 0.0))
    return jnp.stack([(total + difference) / 2, (total - difference) / 2])


def eigenvalues(xx: Array, yy: Array, xy: Array) -> tuple[Array, Array]:
    """Mean of the eigenvalues of a symmetric matrix in the plane, and half their difference."""
    return (xx + yy) / 2, root(((xx - yy) / 2) ** 2 + xy**2)


def root(square: Array) -> Array:
    """Square root whose derivative at zero is zero."""
    positive = square > 0
    return jnp.where(positive, jnp.sqrt(jnp.where(positive, square, 1.0)), 0.0)


def extrapolation(mesh: Mesh, places: np.ndarray | None = None) -> np.ndarray:
    """`[place, point]`: takes values at the sampling points of an element to places `[place, 2]` of the reference one.

    Without `places` to its corners.

    By the polynomial through the points: a number, a linear one on quadratic triangles, a bilinear one on biquadratic
    quadrilaterals.
    """
    points = sampling_rule(mesh).points
    if places is None:
        places = mesh.element.nodes[list(mesh.element.corners)]

    def powers(at: np.ndarray) -> np.ndarray:
        x, y = at.T
        return np.stack([np.ones_like(x), x, y, x * y][: len(points)], axis=1)

    return powers(places) @ np.linalg.inv(powers(points))


class Located(NamedTuple):
    """Where places lie, and how values there follow from those at the sampling points."""

    cell: Array
    """`[place]`."""
    shares: Array
    """`[place, point]`: of each sampling point of the cell."""
    inside: Array
    """`[place]`: whether the body is there."""

    def interpolate(self, values: Float[Array, "point cell"]) -> Float[Array, " place"]:
        """By the polynomial through the sampling points of the element; NaN where the body is not."""
        found = jnp.sum(self.shares * values[:, self.cell].T, axis=1)
        return jnp.where(self.inside, found, jnp.nan)


def locate(mesh: Mesh, coordinates: Float[Array, "node 2"], places: Float[Array, "place 2"]) -> Located:
    """The elements, edges straight, that hold the places, mm."""
    order = {node: number for number, node in enumerate(mesh.element.corners)}
    simplices = np.array(mesh.element.simplices)
    nodes = coordinates[mesh.cells[:, simplices]]  # [cell, simplex, vertex, 2]
    a, b, c = (nodes[None, :, :, vertex] for vertex in range(TRIANGLE))
    at = places[:, None, None]

    def area(p: Array, q: Array, r: Array) -> Array:
        u, v = q - p, r - p
        return u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0]

    parts = jnp.stack([area(at, b, c), area(a, at, c), area(a, b, at)], axis=-1) / area(a, b, c)[..., None]
    flat = parts.reshape(len(places), -1, TRIANGLE)
    nearest = jnp.argmax(flat.min(axis=-1), axis=1)
    cell, simplex = jnp.divmod(nearest, len(simplices))
    found = jnp.take_along_axis(flat, nearest[:, None, None], axis=1)[:, 0]
    to_corners = extrapolation(mesh)[np.array([[order[node] for node in each] for each in simplices])]
    shares = jnp.einsum("pk,pkq->pq", found, jnp.asarray(to_corners)[simplex])
    return Located(cell, shares, found.min(axis=1) > -NEAR)
