"""Area of a mesh, and how far its moved nodes have distorted it."""

from __future__ import annotations

from functools import lru_cache, partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from metac.runtime.fem.assembly import element_kernels as kernels
from metac.runtime.fem.assembly.mesh_fields import element_tables, gather
from metac.runtime.fem.dimension import determinant
from metac.runtime.mesh.mesh import Mesh


def area(mesh: Mesh, coordinates: Array) -> Array:
    """Area (volume in space) of all elements for node positions `[node, d]`, mm² (mm³); exact for curved quadratic elements
    too."""
    return jnp.sum(kernels.geometry(element_tables(mesh), gather(mesh, coordinates)).weights)


def jacobian_ratio(mesh: Mesh, coordinates: Array, original: Array | None = None) -> Array:
    """det(dx/dX) of positions `coordinates[node, d]` against `original` ones, by default the meshed ones: `[point, cell]`.

    The points are those of the quadrature and, since a quadratic element folds at its rim first, all its nodes.
    """
    return _jacobian_ratio(mesh, coordinates, original)


@partial(jax.jit, static_argnums=0)
def _jacobian_ratio(mesh: Mesh, coordinates: Array, original: Array | None) -> Array:
    slopes = _slopes(mesh)
    moved = determinant(kernels.jacobian(gather(mesh, coordinates), slopes))
    if original is None:
        return moved / _meshed(mesh)
    return moved / determinant(kernels.jacobian(gather(mesh, original), slopes))


def _slopes(mesh: Mesh) -> np.ndarray:
    """Reference gradients `[node, d, point]` at quadrature points and nodes."""
    table = element_tables(mesh)
    return table.element.gradient(np.concatenate([table.rule.points, table.element.nodes]))


@lru_cache(maxsize=16)
def _meshed(mesh: Mesh) -> np.ndarray:
    """det(dX/dξ) of every element as it is meshed `[point, cell]`, mm² or mm³.

    Known before compiling: XLA would fold it, which takes seconds for tens of thousands of elements.
    """
    return np.linalg.det(np.einsum("cai,ajq->qcij", mesh.nodes[mesh.cells], _slopes(mesh), optimize=True))
