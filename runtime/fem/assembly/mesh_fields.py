"""From nodal fields to values by element and back, and where an extreme value is found."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from metac.runtime.fem.elements.tables import Tables, tables
from metac.runtime.mesh.mesh import Mesh


class Extreme(NamedTuple):
    """A smallest value and the element in which it was found."""

    value: Array
    element: Array


def gather(mesh: Mesh, field: Float[Array | np.ndarray, "node d"]) -> Float[Array, "d local cell"]:
    """Nodal values `[node, d]` by element: `[d, node, cell]`."""
    return jnp.transpose(jnp.asarray(field)[mesh.cells.T], (2, 0, 1))


def scatter(mesh: Mesh, values: Float[Array, "d local cell"]) -> Float[Array, "node d"]:
    """Sum of element vectors `[d, node, cell]` at each node: `[node, d]`."""
    rows = jnp.moveaxis(values, 0, -1).reshape(-1, len(values))
    return jax.ops.segment_sum(rows, mesh.cells.T.ravel(), num_segments=len(mesh.nodes))


def element_tables(mesh: Mesh) -> Tables:
    """The element of a mesh with the quadrature that its equilibrium takes."""
    return tables(mesh.element, mesh.element.default_rule)


def smallest(values: Array) -> Extreme:
    """Smallest of `[point, cell]` and its cell; NaN counts as smaller than everything."""
    ordered = jnp.where(jnp.isnan(values), -jnp.inf, values).min(axis=0)
    element = jnp.argmin(ordered)
    return Extreme(values.min(axis=0)[element], element)
