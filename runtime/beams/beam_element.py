"""Stiffness of a straight beam of rectangular section with two nodes and the degrees of freedom (u_x, u_y, θ) at each.

Timoshenko's beam as in Pahlavani et al., supplement, eqs. 1–5; displacements of nodes are exact for loads at nodes. Euler
and Bernoulli's beam is the same with μ = 0: no shear. Angles count from x towards y. A beam of width 0 is none:
no stiffness. Arrays are `[edge, …]`; further axes are for designs, of the same lengths or of length 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float, Int

from metac.runtime.array_records import array_record

SHEAR_CORRECTION = 0.85
"""K_s of the section (Pahlavani et al., supplement, eq. 3)."""
NODE_FREEDOMS = 3
"""Degrees of freedom of a node."""
Theory = Literal["timoshenko", "euler_bernoulli"]


@dataclass(frozen=True)
class BeamMaterial:
    """What the beams are made of and how they are modelled."""

    young: Array | float
    """Young's modulus E_b, MPa."""
    poisson: Array | float
    """Poisson's ratio of the bulk material; enters through its shear modulus only."""
    depth: Array | float
    """Of the section, normal to the plane (the paper's T), mm."""
    theory: Theory = "timoshenko"


@array_record
@dataclass(frozen=True)
class Beams:
    """Straight beams from a first to a second node, and the five numbers of their local stiffness (eq. 2)."""

    cosine: Array
    sine: Array
    """Direction from the first to the second node (eq. 5)."""
    length: Array
    """mm."""
    width: Array
    """In the plane (the paper's t), mm; 0 for a beam that is not there."""
    axial: Array
    """E A / L, N/mm."""
    shear: Array
    """12 E I / (L³ (1 + μ)), N/mm."""
    coupling: Array
    """6 E I / (L² (1 + μ)), N."""
    near: Array
    """4 E I (1 + μ/4) / (L (1 + μ)), N·mm: moment at the end that turns by 1."""
    far: Array
    """2 E I (1 − μ/2) / (L (1 + μ)), N·mm: moment at the other end."""


class StiffnessBlocks(NamedTuple):
    """A beam's stiffness in global axes (eq. 1), `[edge, 3, 3, …]` each; it is symmetric."""

    first: Float[Array, "edge 3 3 ..."]
    """Forces at the first node of displacements there."""
    mixed: Float[Array, "edge 3 3 ..."]
    """Forces at the first node of displacements at the second."""
    second: Float[Array, "edge 3 3 ..."]
    """Forces at the second node of displacements there."""


def straight_beams(x: Array, y: Array, width: Array, material: BeamMaterial) -> Beams:
    """Beams that reach from their first node by `x` and `y` (mm) and are `width` wide (mm)."""
    length = jnp.sqrt(x * x + y * y)
    area = width * material.depth
    bending = material.young * area * width * width / 12
    # E / G = 2 (1 + ν), and I / A = t² / 12.
    mu = 2 * (1 + material.poisson) * (width / length) ** 2 / SHEAR_CORRECTION if material.theory == "timoshenko" else 0.0
    softened = bending / (length * (1 + mu))
    return Beams(
        cosine=x / length,
        sine=y / length,
        length=length,
        width=width,
        axial=material.young * area / length,
        shear=12 * softened / (length * length),
        coupling=6 * softened / length,
        near=4 * softened * (1 + mu / 4),
        far=2 * softened * (1 - mu / 2),
    )


def beams_between(
    edges: Int[np.ndarray, "edge 2"],
    positions: Float[Array, "node 2 ..."],
    widths: Float[Array, "edge ..."],
    material: BeamMaterial,
) -> Beams:
    """The beams `[edge, …]` between the nodes `edges[edge, 2]` at `positions[node, 2, …]`, `widths[edge, …]` wide; mm."""
    way = positions[edges[:, 1]] - positions[edges[:, 0]]
    return straight_beams(way[:, 0], way[:, 1], widths, material)


def stiffness_blocks(beam: Beams) -> StiffnessBlocks:
    """The stiffness in global axes."""
    c, s = beam.cosine, beam.sine
    xx = beam.axial * c * c + beam.shear * s * s
    xy = (beam.axial - beam.shear) * c * s
    yy = beam.axial * s * s + beam.shear * c * c
    xr, yr = beam.coupling * s, beam.coupling * c
    return StiffnessBlocks(
        first=_matrix((xx, xy, -xr), (xy, yy, yr), (-xr, yr, beam.near)),
        mixed=_matrix((-xx, -xy, -xr), (-xy, -yy, yr), (xr, -yr, beam.far)),
        second=_matrix((xx, xy, xr), (xy, yy, -yr), (xr, -yr, beam.near)),
    )


def end_forces(
    beam: Beams, first: Float[Array, "edge 3 ..."], second: Float[Array, "edge 3 ..."]
) -> tuple[Array, Array, Array, Array]:
    """Normal force (N, positive in tension), shear force (N), and the bending moments (N·mm) at the first and second end.

    `first` and `second` are the nodes' displacements `[edge, 3, …]`, mm and radian. A moment is positive where it stretches
    the side on the right of the way from first to second: it is the same on both sides of a joint in a straight line.
    """
    way = second[:, :2] - first[:, :2]
    stretch = way[:, 0] * beam.cosine + way[:, 1] * beam.sine
    drop = way[:, 1] * beam.cosine - way[:, 0] * beam.sine
    turn, other = first[:, 2], second[:, 2]
    shear = beam.coupling * (turn + other) - beam.shear * drop
    start = -beam.coupling * drop + beam.near * turn + beam.far * other
    end = -beam.coupling * drop + beam.far * turn + beam.near * other
    return beam.axial * stretch, shear, -start, end


def strain_energy(
    beam: Beams, first: Float[Array, "edge 3 case"], second: Float[Array, "edge 3 case"]
) -> Float[Array, "case case"]:
    """`[case, case]`: twice the energy of displacements at both ends `[edge, 3, case]` (mm, radian), bilinear, N·mm."""
    c, s = beam.cosine[:, None], beam.sine[:, None]
    way = second[:, :2] - first[:, :2]
    stretch, drop = way[:, 0] * c + way[:, 1] * s, way[:, 1] * c - way[:, 0] * s
    turn, other = first[:, 2], second[:, 2]

    def form(weight: Array, left: Array, right: Array) -> Array:
        return jnp.einsum("e,ei,ej->ij", weight, left, right)

    mixed = form(beam.far, turn, other) - form(beam.coupling, drop, turn + other)
    own = form(beam.axial, stretch, stretch) + form(beam.shear, drop, drop)
    own = own + form(beam.near, turn, turn) + form(beam.near, other, other)
    return own + mixed + mixed.T


def _matrix(*rows: tuple[Array, Array, Array]) -> Array:
    return jnp.stack([jnp.stack(row, axis=1) for row in rows], axis=1)
