"""An endless frame under mean strains: effective stiffness, and mixed control of mean strain and mean stress.

Displacements are u(x) = ε̄ x + w(x), rotations θ, with w and θ alike at all images of a node. Voigt form throughout: strains
(ε11, ε22, γ12) with γ12 = 2 ε12, stresses (σ11, σ22, σ12), axis 1 along x. The effective stiffness is the energy of the
three unit strains over the area of a period and the depth (Hill's condition), whose error is the square of that of the
displacements. Stresses are those of the whole period, pores included.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from metac.runtime.beams.beam_element import BeamMaterial, Beams, beams_between, stiffness_blocks, strain_energy
from metac.runtime.beams.frame_equilibrium import free_displacements, nodal_sums
from metac.runtime.beams.periodic_topology import PeriodicTopology

STRAINS = 3
"""Components in Voigt form."""
CANCELLED = 1e-6
"""Forces on nodes that are smaller than this share of those at the ends of beams are judged by the latter's scale."""
UNIT_STRAINS = np.array([[[1.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 1.0]], [[0.0, 0.5], [0.5, 0.0]]])
"""`[case, 2, 2]`: symmetric mean displacement gradients of the three cases."""


class PeriodicSolution(NamedTuple):
    """What a period does under the three unit mean strains."""

    stiffness: Float[Array, "3 3"]
    """`[3, 3]`: effective stiffness, MPa."""
    displacement: Float[Array, "node 3 case"]
    """`[node, 3, case]`, mm and radian: at the nodes of the cell, images included; each piece's translation is arbitrary."""
    residual: Float[Array, " case"]
    """`[case]`: recomputed relative residuals of the solves."""
    beam: Beams
    """`[beam]`: those of `PeriodicTopology.edges`."""


def solve_unit_strains(
    topology: PeriodicTopology,
    positions: Float[Array, "node 2"],
    widths: Float[Array, " edge"],
    material: BeamMaterial,
    area: Array | float,
) -> PeriodicSolution:
    """Effective stiffness of a period, by one factorisation; differentiable by all arrays, as often as one likes.

    The stiffness needs no solve for its first derivative: displacements are those of least energy. Pieces that cross
    each other without a common node bear their shares independently; what floats bears nothing.

    Args:
        topology: the cell's.
        positions: `[node, 2]` of the cell, mm.
        widths: `[edge]` of the cell's candidates, mm; 0 for those that are not there.
        material: of the beams; `depth` is the frame's.
        area: of a period, mm².
    """
    beam = beams_between(topology.edges, positions, topology.widths(widths), material)
    way = positions[topology.edges[:, 1]] - positions[topology.edges[:, 0]]
    stiffness = stiffness_blocks(beam)
    affine = _affine(way)
    at_first = jnp.einsum("eij,ejk->eik", stiffness.mixed, affine)
    at_second = jnp.einsum("eij,ejk->eik", stiffness.second, affine)
    frame = topology.frame
    load = -nodal_sums(frame, at_first, at_second)
    # In lattices of high symmetry the forces on each node cancel but for rounding.
    scale = CANCELLED * jnp.sqrt(jnp.sum(at_first**2 + at_second**2, axis=(0, 1)))
    fluctuation, residual = free_displacements(frame, stiffness, load, scale)
    effective = _mean_energy(topology, beam, way, area * jnp.asarray(material.depth), fluctuation)
    displacement = _affine(positions) + fluctuation[topology.masters]
    return PeriodicSolution(effective, displacement, residual, beam)


_Given = tuple[Beams, Array, Array]
"""Beams, their ways from end to end, the volume of a period."""


def _affine(points: Float[Array, "point 2"]) -> Float[Array, "point 3 case"]:
    """`[point, 3, case]`: displacements of `points[point, 2]` by the unit strains, without rotation."""
    moved = jnp.einsum("kij,pj->pik", UNIT_STRAINS, points)
    return jnp.concatenate([moved, jnp.zeros_like(moved[:, :1])], axis=1)


def _mean_energy(
    topology: PeriodicTopology,
    beam: Beams,
    way: Float[Array, "beam 2"],
    volume: Array,
    fluctuation: Float[Array, "master 3 case"],
) -> Float[Array, "3 3"]:
    """`[3, 3]`, MPa: mutual energies of the three cases over the volume of a period, mm³."""
    first, second = topology.frame.edges.T

    def density(beam: Beams, way: Array, volume: Array, fluctuation: Array) -> Array:
        return strain_energy(beam, fluctuation[first], fluctuation[second] + _affine(way)) / volume

    @jax.custom_jvp
    def mean(given: _Given, fluctuation: Array) -> Array:
        return density(*given, fluctuation)

    @mean.defjvp
    def _(primals: tuple[_Given, Array], tangents: tuple[_Given, Array]) -> tuple[Array, Array]:
        given, fluctuation = primals
        # The energy is stationary in the fluctuation: its own change does not count, to first order.
        value, slope = jax.jvp(lambda beam, way, volume: density(beam, way, volume, fluctuation), given, tangents[0])
        return value, slope

    return mean((beam, way, volume), fluctuation)


@dataclass(frozen=True)
class MixedControl:
    """Which components (11, 22, 12) of the mean strain are given; the others follow from given mean stresses."""

    strained: tuple[bool, bool, bool]

    def solve(
        self, stiffness: Float[Array, "3 3"], strain: Float[Array, " 3"], stress: Float[Array, " 3"]
    ) -> tuple[Float[Array, " 3"], Float[Array, " 3"], Float[Array, ""]]:
        """Mean strain `[3]`, mean stress `[3]` (MPa) and the relative residual of the given stresses.

        Args:
            stiffness: `[3, 3]`, MPa.
            strain: `[3]`, of which the given components count.
            stress: `[3]`, MPa, of which the others count.

        Not finite where the frame does not resist what is left free.
        """
        free = np.flatnonzero(~np.array(self.strained))
        known = jnp.where(np.array(self.strained), strain, 0.0)
        wanted = stress[free] - (stiffness @ known)[free]
        found = known
        if len(free):
            found = known.at[free].set(jnp.linalg.solve(stiffness[np.ix_(free, free)], wanted))
        reached = stiffness @ found
        scale = jnp.abs(stiffness).max() * jnp.abs(found).max()
        off = jnp.abs(jnp.where(np.array(self.strained), 0.0, reached - stress)).max()
        return found, reached, jax.lax.stop_gradient(off / jnp.where(scale > 0, scale, 1.0))


def superposed(
    displacement: Float[Array, "node 3 case"],
    strain: Float[Array, " case"],
    spin: Array | float,
    positions: Float[Array, "node 2"],
) -> Float[Array, "node 3"]:
    """`[node, 3]`, mm and radian: the unit cases `[node, 3, case]` in shares `strain[3]`, turned by `spin` (radian)."""
    turned = jnp.stack([-positions[:, 1], positions[:, 0], jnp.ones(len(positions))], axis=1)
    return displacement @ strain + spin * turned
