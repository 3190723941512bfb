"""What is attached to a meshed body beside its elements: springs, to begin with.

An attachment is a small element of its own: it joins a few points, and its force and energy are functions of a value
(a stiffness, say), of where its points stand and of where they go. Derivatives come from JAX, as there are few of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float, Int, Int32
from numpy.typing import NDArray

from metac.runtime.dimensions import PLANE
from metac.runtime.fem.assembly.nodal_axes import NodalAxes
from metac.runtime.fem.constitutive_law import Parameters
from metac.runtime.fem.numbering import degrees_of_freedom


class Attachment:
    """One value, for `points[element, local]`; compared by content, as problems are found again by it."""

    points: Int[np.ndarray, "element local"]

    @property
    def key(self) -> tuple[Any, ...]:
        """What makes two of them the same."""
        raise NotImplementedError

    def energy(
        self, value: Array | float, places: Float[Array, "local d"], displacement: Float[Array, "local d"]
    ) -> Float[Array, ""]:
        """Stored energy of one element per thickness, N."""
        raise NotImplementedError

    def force(
        self, value: Array | float, places: Float[Array, "local d"], displacement: Float[Array, "local d"]
    ) -> Float[Array, "local d"]:
        """Forces that hold one element where it is, per thickness, N/mm."""
        return jax.grad(self.energy, argnums=2)(value, places, displacement)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, Attachment) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


@dataclass(frozen=True, eq=False)
class SpringAttachment(Attachment):
    """Between two points of a body, along the line that joins them, or from one to the ground, along an axis.

    A point is a fixed combination of nodes. Between points the force turns with the line, as far as it goes; to the ground
    it keeps its axis. The value is the stiffness per thickness, N/mm².
    """

    first: tuple[tuple[int, float], ...]
    """Nodes and their weights."""
    second: tuple[tuple[int, float], ...] = ()
    """As `first`; empty where the spring goes to the ground."""
    axis: int | None = None
    """Of a spring to the ground."""

    @property
    def key(self) -> tuple[Any, ...]:
        """Everything."""
        return self.first, self.second, self.axis

    @property
    def points(self) -> Int[np.ndarray, "1 local"]:  # type: ignore[override]
        """The nodes of both ends, one element."""
        return np.array([[node for node, _ in (*self.first, *self.second)]])

    def energy(
        self, value: Array | float, places: Float[Array, "local d"], displacement: Float[Array, "local d"]
    ) -> Float[Array, ""]:
        """½ k times the square of the elongation."""
        count = len(self.first)
        weights = np.array([weight for _, weight in (*self.first, *self.second)])

        def end(field: Array, part: slice) -> Array:
            return jnp.asarray(weights[part]) @ field[part]

        first, second = slice(0, count), slice(count, None)
        if self.axis is not None:
            return value / 2 * end(displacement, first)[self.axis] ** 2
        rest = end(places, second) - end(places, first)
        now = rest + end(displacement, second) - end(displacement, first)
        return value / 2 * (jnp.sqrt(now @ now) - jnp.sqrt(rest @ rest)) ** 2


@dataclass(frozen=True, eq=False)
class PressedEdge(Attachment):
    """Pressure against an edge of facets as it is deformed. The value is the pressure, MPa.

    The last point of each element is the load point, whose first displacement is the load factor: a pressure that grows. The
    force per thickness on node a is p ∫ N_a n ds = p Σ_b (∫ N_a N_b′ dξ) R x_b; the derivative of all of them together is
    symmetric but for the ends of the edge (Schweizerhof and Ramm, Computers and Structures 18, 1984), where one of the two
    directions must therefore be held.
    """

    facets: tuple[tuple[int, ...], ...]
    """First and last node, and the middle one of quadratic edges, the body to their left."""
    load_point: int

    @property
    def key(self) -> tuple[Any, ...]:
        """Everything."""
        return self.facets, self.load_point

    @cached_property
    def points(self) -> Int[np.ndarray, "facet local"]:  # type: ignore[override]
        """Nodes of the facets, and the load point."""
        return np.array([(*facet, self.load_point) for facet in self.facets])

    def energy(
        self, value: Array | float, places: Float[Array, "local d"], displacement: Float[Array, "local d"]
    ) -> Float[Array, ""]:
        """Nothing is stored."""
        del value, places, displacement
        return jnp.zeros(())

    def force(
        self, value: Array | float, places: Float[Array, "local d"], displacement: Float[Array, "local d"]
    ) -> Float[Array, "local d"]:
        """What holds the edge against the pressure: outward."""
        positions = places[:-1] + displacement[:-1]
        turned = jnp.stack([-positions[:, 1], positions[:, 0]], axis=1)
        inward = jnp.asarray(EDGE_PRODUCTS[len(positions)]) @ turned
        pressure = value * displacement[-1, 0]
        return jnp.concatenate([-pressure * inward, jnp.zeros((1, PLANE))])


EDGE_PRODUCTS = {
    2: np.array([[-1 / 2, 1 / 2], [-1 / 2, 1 / 2]]),
    3: np.array([[-1 / 2, -1 / 6, 2 / 3], [1 / 6, 1 / 2, -2 / 3], [-2 / 3, 2 / 3, 0.0]]),
}
"""`[a, b]`: ∫ N_a N_b′ dξ over a linear or a quadratic edge, nodes in the order first, last, middle."""


@dataclass(frozen=True, eq=False)
class AttachedEntries:
    """Where the entries of attachments' matrices go: `[element, i, j]` of one after the other, flattened."""

    sources: Int[np.ndarray, " entry"]
    targets: Int32[np.ndarray, " entry"]


@dataclass(frozen=True)
class Attachments:
    """All of a body's; `values` are one number each, in their order."""

    each: tuple[Attachment, ...] = ()

    extra_points: int = 0
    """Points after those of the mesh: load points, all of whose degrees of freedom are prescribed."""

    @cached_property
    def digest(self) -> bytes:
        """Of what decides about the sparsity pattern."""
        parts = (np.ascontiguousarray(one.points, dtype=np.int64).tobytes() for one in self.each)
        return bytes([self.extra_points]) + b"|".join(parts)

    def keys(
        self, number: NDArray[np.int64], size: int, dimension: int
    ) -> tuple[Int[np.ndarray, " entry"], Int[np.ndarray, " entry"]]:
        """Sources and keys (column · size + row) of the upper triangle's entries; `number[degree]` is −1 where fixed."""
        sources, keys, start = [], [], 0
        for one in self.each:
            degrees = number[_degrees(one, dimension)]
            row, column = np.broadcast_arrays(degrees[:, :, None], degrees[:, None, :])
            # Every ordered pair once: of two that are the same degree of freedom both belong to the diagonal.
            upper = np.flatnonzero((row >= 0) & (row <= column))
            sources.append(start + upper)
            keys.append(column.ravel()[upper] * size + row.ravel()[upper])
            start += row.size
        nothing = np.zeros(0, np.int64)
        return np.concatenate([nothing, *sources]), np.concatenate([nothing, *keys])

    def force(
        self, values: Parameters, places: Float[Array, "point d"], field: Float[Array, "point d"]
    ) -> Float[Array, "point d"]:
        """Sums at the points, N/mm."""
        forces = jnp.zeros_like(field)
        for one, value in zip(self.each, values, strict=True):
            found = jax.vmap(one.force, (None, 0, 0))(value, places[one.points], field[one.points])
            forces = forces.at[one.points].add(found)
        return forces

    def energy(
        self, values: Parameters, places: Float[Array, "point d"], field: Float[Array, "point d"]
    ) -> Float[Array, ""]:
        """Stored energy per thickness, N."""
        return sum(
            (
                jax.vmap(one.energy, (None, 0, 0))(value, places[one.points], field[one.points]).sum()
                for one, value in zip(self.each, values, strict=True)
            ),
            jnp.zeros(()),
        )

    def stiffness(
        self,
        values: Parameters,
        places: Float[Array, "point d"],
        field: Float[Array, "point d"],
        axes: NodalAxes | None = None,
    ) -> Float[Array, " source"]:
        """Derivatives of the forces, of all elements, flattened, N/mm², along the points' own `axes`, if they have any."""
        parts = []
        for one, value in zip(self.each, values, strict=True):
            slopes = jax.vmap(jax.jacfwd(one.force, argnums=2), (None, 0, 0))(value, places[one.points], field[one.points])
            local = one.points.shape[1] * field.shape[1]
            # From [element, node, component, node, component] to the order of `_degrees`.
            matrices = jnp.transpose(slopes, (0, 2, 1, 4, 3)).reshape(len(one.points), local, local)
            parts.append((matrices if axes is None else axes.own_matrices(matrices, one.points)).ravel())
        return jnp.concatenate(parts)


def _degrees(one: Attachment, dimension: int) -> Int[np.ndarray, "element local"]:
    """`[element, component · points + point]`."""
    return np.moveaxis(degrees_of_freedom(one.points.T, range(dimension), dimension), 0, 1)
