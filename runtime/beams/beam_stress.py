"""Stresses at the ends of beams.

Over the height of a rectangular section, with η from −1 to 1, the axial stress is σ = N/A + η 6M/(A t) and the shear stress
τ = 3V/(2A) (1 − η²) . Von Mises' stress √(σ² + 3τ²) is read where σ and where τ is
largest: at the outer fibres and on the axis.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float, Int

from metac.runtime.beams.beam_element import Beams, end_forces


class EndStresses(NamedTuple):
    """MPa; zero for beams that are not there."""

    axial: Float[Array, "edge ..."]
    """`[edge, …]`: N/A, positive in tension; the same at both ends."""
    bending: Float[Array, "edge 2 ..."]
    """`[edge, 2, …]`: largest magnitude over the section at the first and second end, M t / (2 I)."""
    von_mises: Float[Array, "edge 2 ..."]
    """`[edge, 2, …]`: largest of both outer fibres and the axis."""

    @property
    def peak(self) -> Float[Array, " ..."]:
        """`[…]`: largest von Mises stress of all ends of beams."""
        return self.von_mises.max(axis=(0, 1))


def end_stresses(
    beam: Beams, edges: Int[np.ndarray, "edge 2"], displacement: Float[Array, "node 3 ..."], depth: Array | float
) -> EndStresses:
    """Of the beams `[edge, …]` between the nodes `edges[edge, 2]` for displacements `[node, 3, …]`, mm and radian."""
    normal, shear, start, end = end_forces(beam, displacement[edges[:, 0]], displacement[edges[:, 1]])
    present = beam.width > 0
    width = jnp.where(present, beam.width, 1.0)
    area = width * depth
    axial = jnp.where(present, normal / area, 0.0)
    bending = jnp.where(present[:, None], 6 * jnp.abs(jnp.stack([start, end], axis=1)) / (area * width)[:, None], 0.0)
    tangential = jnp.where(present, 1.5 * jnp.abs(shear) / area, 0.0)
    squared = axial**2 + 3 * tangential**2
    # The root has no derivative at zero, which beams have that are not there.
    middle = jnp.where(squared > 0, jnp.sqrt(jnp.where(squared > 0, squared, 1.0)), 0.0)
    return EndStresses(axial, bending, jnp.maximum(jnp.abs(axial)[:, None] + bending, middle[:, None]))
