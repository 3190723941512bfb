"""Linear equilibrium of any plane frame: displacements prescribed at some degrees of freedom, forces at the others."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import Array, lax
from jaxtyping import Float

from metac.runtime.beams.beam_element import StiffnessBlocks
from metac.runtime.beams.frame_topology import PAIRS, FrameTopology


def forces(
    frame: FrameTopology, stiffness: StiffnessBlocks, displacement: Float[Array, "node 3 ..."]
) -> Float[Array, "node 3 ..."]:
    """Forces `[node, 3, …]` (N, N·mm) that hold the displacements `[node, 3, …]` (mm, radian); further axes are cases."""
    first, second = displacement[frame.edges[:, 0]], displacement[frame.edges[:, 1]]
    at_first = _product(stiffness.first, first) + _product(stiffness.mixed, second)
    at_second = _product(jnp.swapaxes(stiffness.mixed, 1, 2), first) + _product(stiffness.second, second)
    return nodal_sums(frame, at_first, at_second)


def nodal_sums(
    frame: FrameTopology, at_first: Float[Array, "edge 3 ..."], at_second: Float[Array, "edge 3 ..."]
) -> Float[Array, "node 3 ..."]:
    """`[node, 3, …]`: sums of what acts at both ends of the beams, `[edge, 3, …]` each."""
    nothing = jnp.zeros((len(frame.prescribed), *at_first.shape[1:]))
    return nothing.at[frame.edges[:, 0]].add(at_first).at[frame.edges[:, 1]].add(at_second)


def equilibrium(
    frame: FrameTopology,
    stiffness: StiffnessBlocks,
    prescribed: Float[Array, "node 3 case"],
    load: Float[Array, "node 3 case"],
) -> tuple[Float[Array, "node 3 case"], Float[Array, " case"]]:
    """Displacements `[node, 3, case]` and the residuals `[case]` of the solves; displacements are differentiable.

    Args:
        frame: the topology.
        stiffness: of the beams, `[edge, 3, 3]` each; zero for those that are not there.
        prescribed: `[node, 3, case]`, mm and radian: displacements where they are prescribed, zero elsewhere.
        load: `[node, 3, case]`, N and N·mm.

    Pieces that can move freely, nodes that no beam touches among them, must not be loaded: their residual is large.
    """
    found, residual = free_displacements(frame, stiffness, load - forces(frame, stiffness, prescribed))
    return prescribed + found, residual


def free_displacements(
    frame: FrameTopology,
    stiffness: StiffnessBlocks,
    load: Float[Array, "node 3 case"],
    scale: Float[Array, " case"] | float = 0.0,
) -> tuple[Float[Array, "node 3 case"], Float[Array, " case"]]:
    """Displacements `[node, 3, case]` under `load[node, 3, case]` (N, N·mm), zero where prescribed, and residuals `[case]`.

    A residual is ‖f − Ku‖ / ‖f‖, recomputed with the frame's own matrix, without the stiffness of pins; infinite without a
    solution, 0 without a load. Loads below `scale[case]` are judged by that. All cases share one factorisation.
    """
    cases = load.shape[-1]
    right_side = load.reshape(-1, cases)[frame.unknowns]

    def whole(free: Array) -> Array:
        return jnp.zeros((frame.prescribed.size, cases)).at[frame.unknowns].set(free).reshape(*frame.prescribed.shape, cases)

    def times_matrix(free: Array) -> Array:
        return forces(frame, stiffness, whole(free)).reshape(-1, cases)[frame.unknowns]

    def solve(_: Any, right_side: Array) -> tuple[Array, Array]:
        return frame.solve(lax.stop_gradient(_packed(stiffness)), right_side)

    found, residual = lax.custom_linear_solve(times_matrix, right_side, solve, symmetric=True, has_aux=True)
    rest = lax.stop_gradient(right_side - times_matrix(found))
    norm = lax.stop_gradient(jnp.maximum(jnp.linalg.norm(right_side, axis=0), scale))
    own = jnp.linalg.norm(rest, axis=0) / jnp.where(norm > 0, norm, 1.0)
    return whole(found), jnp.maximum(residual, jnp.where(jnp.isnan(own), jnp.inf, own))


def _packed(stiffness: StiffnessBlocks) -> Float[Array, "edge 36"]:
    """`[edge, 36]`: whole matrices, row by row."""
    upper = jnp.concatenate([stiffness.first, stiffness.mixed], axis=2)
    lower = jnp.concatenate([jnp.swapaxes(stiffness.mixed, 1, 2), stiffness.second], axis=2)
    return jnp.concatenate([upper, lower], axis=1).reshape(-1, PAIRS * PAIRS)


def _product(matrix: Array, vectors: Array) -> Array:
    return jnp.einsum("eij,ej...->ei...", matrix, vectors)
