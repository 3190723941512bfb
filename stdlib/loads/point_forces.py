"""Point forces on a grid that is held by supports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.grid.statics import HeldGrid, compliance
from metac.runtime.grid.status import LinearStatus
from metac.stdlib.supports.held import NoSuchNode, node_at

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Points = tuple[tuple[float, ...], ...]

RIGID_MOTIONS = 3


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Forced:
    """What a body does under forces, for small displacements."""

    displacement: Array
    """`[node, 2]`, mm."""
    compliance: Array
    """Work of the forces, N·mm: twice the stored energy."""
    status: LinearStatus


class PointForces:
    """Forces `[force][component]`, N, at points `[force][coordinate]`, mm, on `body`.

    `body` has `density[row, column]`, `rows`, `columns`, `width`, `height` (mm), `order`, `thickness`, `stiffness` and
    `mesh`; `supports` have `degrees(mesh)`.

    Raises:
        FieldError: where points and forces do not pair, no corner of a pixel is at a point, or the body is not held.
    """

    def __init__(
        self,
        body: Any,
        supports: Sequence[Any],
        at: Sequence[Sequence[float]],
        forces: Sequence[Sequence[Any]],
        built: Points | None = None,
    ) -> None:
        self.body, self.forces, points = body, forces, built or self.build(at)
        if len(forces) != len(points) or any(len(force) != 2 for force in forces):
            raise FieldError("forces", f"each of {len(points)} points needs a force of two components")
        self.nodes = [self._node(point) for point in points]
        try:
            degrees = [support.degrees(body.mesh) for support in supports]
        except NoSuchNode as problem:
            raise FieldError("supports", str(problem), help="supports hold corners of pixels") from None
        held = np.unique(np.concatenate([np.zeros(0, int), *degrees]))
        self._require_held(held)
        self.grid = HeldGrid(body.rows, body.columns, body.width, body.height, body.order, tuple(held.tolist()))

    @staticmethod
    def build(at: Sequence[Sequence[float]]) -> Points:
        """The points, which decide about the matrix; FieldError where one has not two coordinates."""
        if any(len(point) != 2 for point in at):
            raise FieldError("at", "a point has two coordinates", help="write a list of points, `[[10 mm, 0 mm]]`")
        return tuple(tuple(float(x) for x in point) for point in at)

    def _node(self, point: Sequence[float]) -> int:
        try:
            return node_at(self.body.mesh, point)
        except NoSuchNode as problem:
            raise FieldError("at", str(problem), help="forces act on corners of pixels") from None

    def _require_held(self, held: NDArray[np.int64]) -> None:
        x, y = self.body.mesh.nodes.T / max(self.body.width, self.body.height)
        motions = np.stack([np.stack([1 + 0 * x, 0 * x], 1), np.stack([0 * x, 1 + 0 * x], 1), np.stack([-y, x], 1)], axis=-1)
        if np.linalg.matrix_rank(motions.reshape(-1, RIGID_MOTIONS)[held], tol=1e-9) < RIGID_MOTIONS:
            raise FieldError(
                "supports",
                "the body can move or turn without resistance",
                help="hold an edge, or one point and another across: three directions at least",
            )

    @cached_property
    def response(self) -> Forced:
        """Equilibrium; differentiable as often as one likes."""
        body = self.body
        forces = jnp.zeros(self.grid.degrees)
        for node, force in zip(self.nodes, self.forces, strict=True):
            forces = forces.at[2 * node : 2 * node + 2].add(jnp.stack([jnp.asarray(part, float) for part in force]))
        work, found, residual = compliance(self.grid, body.thickness * body.stiffness, forces)
        density, finite = body.density, jnp.isfinite(found).all()
        status = LinearStatus(residual[None], finite, density.min(), density.max(), subject="the body")
        return Forced(found.reshape(-1, 2), work, status)

    def figure(self, title: str, response: Forced) -> Figure:
        """The density on the displaced grid, displacements magnified, for a concrete response."""
        from metac.runtime.report.grid_plots import draw_displaced

        body, order = self.body, self.body.order
        shape = (order * body.rows + 1, order * body.columns + 1, 2)
        corners, moved = (
            np.asarray(each).reshape(shape)[::order, ::order] for each in (body.mesh.nodes, response.displacement)
        )
        return draw_displaced(np.asarray(body.density), corners, moved, title)
