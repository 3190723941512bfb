"""Area of a mesh, and how far its moved nodes have distorted it."""

from __future__ import annotations

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
    table = element_tables(mesh)
    points = np.concatenate([table.rule.points, table.element.nodes])
    slopes = table.element.gradient(points)
    moved = _densities(mesh, coordinates, slopes)
    if original is not None:
        return moved / _densities(mesh, original, slopes)
    # Known before compiling: XLA would fold it, which takes seconds for tens of thousands of elements.
    with jax.ensure_compile_time_eval():
        before = _densities(mesh, mesh.nodes, slopes)
    return moved / before


def _densities(mesh: Mesh, coordinates: Array | np.ndarray, slopes: np.ndarray) -> Array:
    """det(dx/dξ) of every element `[point, cell]`, mm² or mm³, for node positions `[node, d]`."""
    return determinant(kernels.jacobian(gather(mesh, coordinates), slopes))
