"""Springs at the nodes of a frame: beams of a sort that do nothing but pull along one line.

Of small displacements, so that the line keeps its direction. One to the ground ends at a node of its own, which does not
move and comes after those of the frame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float, Int

from metac.runtime.beams.beam_element import NODE_FREEDOMS, StiffnessBlocks
from metac.runtime.dimensions import PLANE

if TYPE_CHECKING:
    from metac.runtime.fem.attachments import SpringAttachment
    from metac.stdlib.loads.holding import Holding


def spring_edges(holding: Holding, ground: int) -> Int[np.ndarray, "spring 2"]:
    """The nodes that each spring joins; `ground` is that of those that end there."""
    ends = [(_node(one.first), ground if one.axis is not None else _node(one.second)) for one in holding.attached]
    return np.array(ends, dtype=np.int64).reshape(-1, 2)


def spring_blocks(holding: Holding, places: Float[Array, "node 2"]) -> StiffnessBlocks:
    """Their stiffness `[spring, 3, 3]`, N/mm, with nodes at `places[node, 2]`, mm; differentiable by both."""
    blocks = [
        stiffness * jnp.outer(way, way)
        for stiffness, way in zip(holding.stiffnesses, (_way(one, places) for one in holding.attached), strict=True)
    ]
    both = jnp.stack(blocks) if blocks else jnp.zeros((0, NODE_FREEDOMS, NODE_FREEDOMS))
    return StiffnessBlocks(both, -both, both)


def _way(spring: SpringAttachment, places: Float[Array, "node 2"]) -> Float[Array, " 3"]:
    """The unit vector along a spring; no spring turns a node."""
    if spring.axis is not None:
        return jnp.eye(NODE_FREEDOMS)[spring.axis]
    line = places[_node(spring.second)] - places[_node(spring.first)]
    return jnp.pad(line / jnp.linalg.norm(line), (0, NODE_FREEDOMS - PLANE))


def _node(end: tuple[tuple[int, float], ...]) -> int:
    """Frames have springs at nodes alone (`where`)."""
    ((node, _),) = end
    return node
