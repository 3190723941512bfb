"""Frames on supports and springs, under forces at nodes and displacements of nodes.

On a clamped edge, and on one that is held across itself, as a plane of symmetry is, no node turns; points that are held are
hinges.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from metac.compiler.interfaces.action import Loaded
from metac.runtime.beams.beam_element import NODE_FREEDOMS, StiffnessBlocks, stiffness_blocks
from metac.runtime.beams.frame_equilibrium import equilibrium, forces
from metac.runtime.beams.frame_status import FrameStatus
from metac.runtime.beams.frame_topology import FrameTopology
from metac.runtime.beams.network_geometry import NodeLayout
from metac.runtime.dimensions import PLANE
from metac.runtime.fem.assembly.nodal_axes import NodalAxes
from metac.stdlib.actions.point_force import where
from metac.stdlib.bodies.frame_springs import spring_blocks, spring_edges
from metac.stdlib.bodies.linear_frame import ForcedFrameResponse, FrameTest
from metac.stdlib.boundaries.supported import Supported
from metac.stdlib.loads.forced import placed, total_forces
from metac.stdlib.loads.holding import held_by, require_felt
from metac.stdlib.loads.responses import travelled
from metac.stdlib.paths.increments import Cycle

if TYPE_CHECKING:
    from metac.runtime.report.frame_input import AppliedLoad
    from metac.stdlib.bodies.frame import Frame


class SupportedFrame(FrameTest):
    """On supports, under forces at nodes and displacements of nodes; raises as `ForcedTest`."""

    def __init__(self, body: Frame, boundary: Supported, control: Any, path: Any) -> None:
        super().__init__(body, control, path)
        nodes = body.nodes_at_rest
        self.holding = held_by(nodes, boundary.supports, control.actions)
        self.forces = self._forces()
        """`[node, 3]`, N and N·mm, at load factor 1."""
        self.prescribed = np.zeros((len(nodes.nodes), NODE_FREEDOMS), bool)
        self.prescribed[:, :PLANE] = self.holding.is_prescribed(self.holding.fixed)
        for support in boundary.supports:
            self.prescribed[support.clamped(nodes), NODE_FREEDOMS - 1] = True
        for action, place in placed(control.actions):
            owner = None if action is control else action
            require_felt(self.holding, where(nodes, place, owner).nodes, place, owner)

    @property
    def topology(self) -> FrameTopology:
        """Beams and springs, and which degrees of freedom the supports hold."""
        springs = spring_edges(self.holding, len(self.prescribed))
        return _supported(self.body.grid, self.prescribed.tobytes(), springs.tobytes(), self.holding.axes)

    @property
    def blocks(self) -> StiffnessBlocks:
        """Stiffness of the beams and then of the springs, `[edge, 3, 3]` each."""
        beams, springs = stiffness_blocks(self.body.beams), spring_blocks(self.holding, self.body.positions)
        blocks = StiffnessBlocks(*(jnp.concatenate(both) for both in zip(beams, springs, strict=True)))
        return blocks if self.holding.axes is None else turned_blocks(blocks, self.topology)

    def _with_ground(self, field: Array) -> Array:
        """`[node, 3]` with a node for springs to end at."""
        return jnp.pad(field, ((0, 1), (0, 0))) if self.holding.attached else field

    @property
    def prescribed_components(self) -> NDArray[np.bool_]:
        """`[node, 2]`: where supports or actions prescribe displacements."""
        return self.holding.acts_along(np.union1d(self.holding.fixed, self.holding.sprung))

    def _own(self, field: Array) -> Array:
        """`[node, 3]` along the nodes' own axes, of a field along x and y."""
        axes = self.holding.axes
        return field if axes is None else field.at[:, :PLANE].set(axes.own(field[:, :PLANE]))

    def _common(self, field: Array) -> Array:
        """The inverse of `_own`."""
        axes = self.holding.axes
        return field if axes is None else field.at[:, :PLANE].set(axes.common(field[:, :PLANE]))

    def _forces(self) -> Array:
        loaded = Loaded(self.holding.mesh, self.body.positions, self.body.thickness)
        return jnp.pad(total_forces(loaded, self.control.actions), ((0, 0), (0, 1)))

    @property
    def moved(self) -> Array:
        """`[node, 3]`, mm and radian, at load factor 1: prescribed displacements, zero elsewhere."""
        plane = jnp.zeros(PLANE * len(self.prescribed)).at[self.holding.fixed].set(self.holding.values)
        return jnp.pad(plane.reshape(-1, PLANE), ((0, 0), (0, 1)))

    def applied_loads(self, name: str) -> list[AppliedLoad]:
        """Supports and forces at load factor 1, of concrete values."""
        from metac.runtime.report.frame_input import AppliedLoad

        return [AppliedLoad(name, np.where(self.prescribed, np.asarray(self.moved), np.nan), np.asarray(self.forces))]

    def respond(self, start: None) -> ForcedFrameResponse:
        """Equilibrium; a force on what the supports do not hold is a failure in the status."""
        body, given, holding = self.body, self.forces, self.holding
        topology, blocks, count = self.topology, self.blocks, len(given)
        moved, acting = (self._with_ground(each)[..., None] for each in (self.moved, self._own(given)))
        found, residual = equilibrium(topology, blocks, moved, acting)
        displacement, factors = self._common(found[:count, :, 0]), self.factors
        internal = self._common(forces(topology, blocks, found[..., 0])[:count])
        reaction = holding.held_part((internal - given)[:, :PLANE])
        reaction = reaction + holding.ground_forces(displacement[None, :, :PLANE])[0]
        driving = jnp.where(holding.is_prescribed(holding.moved), reaction, 0.0)
        work = jnp.vdot(given, displacement) + jnp.vdot(driving, displacement[:, :PLANE])
        return ForcedFrameResponse(
            displacement=jnp.tensordot(factors, displacement, 0),
            compliance=work * factors[-1] ** 2,
            energy=factors**2 * work / 2,
            abscissa=travelled(factors) if isinstance(self.path, Cycle) else factors,
            status=FrameStatus(residual, jnp.isfinite(displacement).all()),
            von_mises=self._von_mises(body.beams, displacement),
            force=jnp.tensordot(factors, given[:, :PLANE] + driving, 0),
            reaction=jnp.tensordot(factors, reaction, 0),
            held=jnp.asarray(holding.marks),
            springs=holding.spring_ends,
        )


@lru_cache(maxsize=32)
def _supported(grid: NodeLayout, prescribed: bytes, springs: bytes, axes: NodalAxes | None) -> FrameTopology:
    held = np.frombuffer(prescribed, bool).reshape(grid.node_count, NODE_FREEDOMS)
    edges = grid.edges
    if springs:
        edges = np.concatenate([edges, np.frombuffer(springs, np.int64).reshape(-1, 2)])
        held = np.concatenate([held, np.ones((1, NODE_FREEDOMS), bool)])
    return FrameTopology(edges, held, directions=None if axes is None else axes.directions(len(held)))


def turned_blocks(blocks: StiffnessBlocks, topology: FrameTopology) -> StiffnessBlocks:
    """Stiffnesses `[edge, 3, 3]` along x and y, along the own axes of the nodes of a topology that has some."""
    assert topology.directions is not None
    turns = np.tile(np.eye(NODE_FREEDOMS), (len(topology.directions), 1, 1))
    turns[:, :PLANE, :PLANE] = topology.directions
    first, second = turns[topology.edges.T]

    def turned(left: NDArray[np.float64], block: Array, right: NDArray[np.float64]) -> Array:
        return jnp.einsum("eij,ejk,elk->eil", left, block, right)

    return StiffnessBlocks(
        turned(first, blocks.first, first), turned(first, blocks.mixed, second), turned(second, blocks.second, second)
    )
