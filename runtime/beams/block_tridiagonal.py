"""Block tridiagonal systems of a grid of nodes, line by line, solved for many designs at once.

A design is one index of the last axes, so that every operation is a run over designs. The order of elimination is the same
for all: LDLᵀ without pivoting on the pattern of the full grid, on which designs without some of the beams have zeros.
"""

from __future__ import annotations

from dataclasses import dataclass

import jax.numpy as jnp
from jax import Array, lax
from jaxtyping import Float

from metac.runtime.array_records import array_record


@array_record
@dataclass(frozen=True)
class BlockTridiagonal:
    """A symmetric matrix of lines of unknowns, each line coupled with the next one."""

    diagonal: Float[Array, "line unknown unknown ..."]
    """`[line, unknown, unknown, …]`."""
    coupling: Float[Array, "line unknown _ ..."]
    """`[line, unknown, unknown of the next line, …]`; the last one does not count."""

    def times(self, vector: Float[Array, "line unknown ..."]) -> Float[Array, "line unknown ..."]:
        """The product with `[line, unknown, …]`."""
        coupling = self.coupling[:-1]
        found = jnp.sum(self.diagonal * vector[:, None], axis=2)
        found = found.at[:-1].add(jnp.sum(coupling * vector[1:, None], axis=2))
        return found.at[1:].add(jnp.sum(coupling * vector[:-1, :, None], axis=1))


@array_record
@dataclass(frozen=True)
class Factors:
    """LDLᵀ: of each pivot its inverse, and its column of L within its own line and the next."""

    inverses: tuple[Array, ...]
    """`[line, …]` for each unknown of a line."""
    columns: tuple[Array, ...]
    """`[line, later unknown, …]` for each unknown of a line."""

    def solve(self, right_side: Float[Array, "line unknown ..."]) -> Float[Array, "line unknown ..."]:
        """The solution `[line, unknown, …]` for one right side."""
        lines, size = right_side.shape[:2]
        shape = jnp.broadcast_shapes(right_side.shape[1:], (size, *self.inverses[0].shape[1:]))
        right_side = jnp.broadcast_to(right_side, (lines, *shape))

        def down(carried: Array, line: tuple[Array, Factors]) -> tuple[Array, tuple[Array, ...]]:
            load, factors = line
            rest = jnp.concatenate([load + carried, jnp.zeros_like(carried)])
            reduced = []
            for inverse, column in zip(factors.inverses, factors.columns, strict=True):
                reduced.append(rest[0] * inverse)
                rest = rest[1:] - column * rest[0]
            return rest, tuple(reduced)

        def up(following: Array, line: tuple[tuple[Array, ...], Factors]) -> tuple[Array, Array]:
            reduced, factors = line
            known = following
            for value, column in zip(reversed(reduced), reversed(factors.columns), strict=True):
                known = jnp.concatenate([(value - jnp.sum(column * known, axis=0))[None], known])
            return known[:size], known[:size]

        nothing = jnp.zeros(shape)
        reduced = lax.scan(down, nothing, (right_side, self))[1]
        return lax.scan(up, nothing, (reduced, self), reverse=True)[1]


def factorise(matrix: BlockTridiagonal) -> Factors:
    """LDLᵀ of a positive definite matrix; not finite where it is singular."""
    size = matrix.diagonal.shape[1]

    def eliminate(left: Array, line: tuple[Array, Array]) -> tuple[Array, tuple[tuple[Array, ...], tuple[Array, ...]]]:
        diagonal, coupling = line
        upper = jnp.concatenate([diagonal - left, coupling], axis=1)
        lower = jnp.concatenate([jnp.swapaxes(coupling, 0, 1), jnp.zeros_like(diagonal)], axis=1)
        window = jnp.concatenate([upper, lower])
        inverses, columns = [], []
        for _ in range(size):
            inverse = 1 / window[0, 0]
            column = window[0, 1:] * inverse
            window = lax.optimization_barrier(window[1:, 1:] - window[1:, :1] * column)  # fused, programs grow exponentially
            inverses.append(inverse)
            columns.append(column)
        return -window, (tuple(inverses), tuple(columns))

    nothing = jnp.zeros_like(matrix.diagonal[0])
    inverses, columns = lax.scan(eliminate, nothing, (matrix.diagonal, matrix.coupling))[1]
    return Factors(inverses, columns)
