"""Frames on supports, under forces at nodes.

On a clamped edge, and on one that is held across itself, as a plane of symmetry is, no node turns; points that are held are
hinges.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.beams.beam_element import NODE_FREEDOMS, stiffness_blocks
from metac.runtime.beams.frame_equilibrium import equilibrium
from metac.runtime.beams.frame_status import FrameStatus
from metac.runtime.beams.frame_topology import FrameTopology
from metac.runtime.beams.network_geometry import NodeLayout
from metac.stdlib.bodies.linear_frame import ForcedFrameResponse, FrameTest
from metac.stdlib.boundaries.supported import Supported
from metac.stdlib.loads.forced import held_degrees
from metac.stdlib.loads.responses import travelled
from metac.stdlib.paths.increments import Cycle
from metac.stdlib.supports.held import NoSuchNode, node_at

if TYPE_CHECKING:
    from metac.runtime.mesh.mesh import Mesh
    from metac.runtime.report.frame_input import AppliedLoad
    from metac.stdlib.bodies.frame import Frame


@dataclass(frozen=True, eq=False)
class FrameNodes:
    """The nodes of a frame as supports and forces find them: where they stand before a generator has moved them."""

    nodes: NDArray[np.float64]
    """`[node, 2]`, mm."""
    grid: NodeLayout

    @property
    def domain(self) -> Any:
        """The rectangle of the outer nodes, mm."""
        from metac.runtime.mesh.mesh import Rectangle

        (x0, y0), (x1, y1) = self.nodes.min(axis=0), self.nodes.max(axis=0)
        return Rectangle(float(x0), float(y0), float(x1), float(y1))

    def nodes_on(self, edge: str) -> NDArray[np.int64]:
        """Nodes of an edge."""
        (left, right), (bottom, top) = self.grid.sides(0), self.grid.sides(1)
        return {"left": left, "right": right, "bottom": bottom, "top": top}[edge]


class SupportedFrame(FrameTest):
    """On supports, under forces at nodes.

    Raises:
        FieldError: on `at`, where no node is at the point of a force; on `supports`, where none is at a support or the frame
            is not held.
    """

    def __init__(self, body: Frame, boundary: Supported, control: Any, path: Any) -> None:
        super().__init__(body, control, path)
        nodes = FrameNodes(body.reference, body.grid)
        held = held_degrees(nodes, boundary.supports)
        self.prescribed = np.zeros((len(nodes.nodes), NODE_FREEDOMS), bool)
        self.prescribed[held // 2, held % 2] = True
        for support in boundary.supports:
            self.prescribed[support.clamped(nodes), NODE_FREEDOMS - 1] = True
        try:
            self.nodes = [node_at(cast("Mesh", nodes), point) for point in control.at]
        except NoSuchNode as problem:
            raise FieldError("at", str(problem), help="forces act on nodes of the frame") from None

    @property
    def topology(self) -> FrameTopology:
        """Which degrees of freedom the supports hold."""
        return _supported(self.body.grid, self.prescribed.tobytes())

    @property
    def forces(self) -> Array:
        """`[node, 3]`, N and N·mm, at load factor 1."""
        forces = jnp.zeros((self.body.grid.node_count, NODE_FREEDOMS))
        for node, force in zip(self.nodes, self.control.forces, strict=True):
            forces = forces.at[node, :2].add(jnp.stack([jnp.asarray(part, float) for part in force]))
        return forces

    def applied_loads(self, name: str) -> list[AppliedLoad]:
        """Supports and forces at load factor 1, of concrete values."""
        from metac.runtime.report.frame_input import AppliedLoad

        return [AppliedLoad(name, np.where(self.prescribed, 0.0, np.nan), np.asarray(self.forces))]

    def respond(self, start: None) -> ForcedFrameResponse:
        """Equilibrium; a force on what the supports do not hold is a failure in the status."""
        body, given = self.body, self.forces
        nothing = jnp.zeros((*given.shape, 1))
        found, residual = equilibrium(self.topology, stiffness_blocks(body.beams), nothing, given[..., None])
        displacement, factors = found[..., 0], self.factors
        work = jnp.vdot(given, displacement)
        return ForcedFrameResponse(
            displacement=jnp.tensordot(factors, displacement, 0),
            compliance=work * factors[-1] ** 2,
            energy=factors**2 * work / 2,
            abscissa=travelled(factors) if isinstance(self.path, Cycle) else factors,
            status=FrameStatus(residual, jnp.isfinite(displacement).all()),
            von_mises=self._von_mises(body.beams, displacement),
            force=jnp.tensordot(factors, given[:, :2], 0),
        )


@lru_cache(maxsize=32)
def _supported(grid: NodeLayout, prescribed: bytes) -> FrameTopology:
    return FrameTopology(grid.edges, np.frombuffer(prescribed, bool).reshape(grid.node_count, NODE_FREEDOMS))
