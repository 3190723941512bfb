"""Forces and prescribed displacements of pixels that supports hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from metac.runtime.grid.statics import HeldGrid, compliance, internal_forces
from metac.runtime.grid.status import LinearStatus
from metac.stdlib.loads.forced import ForcedTest
from metac.stdlib.loads.responses import ForcedResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@jax.tree_util.register_dataclass
@dataclass(frozen=True, kw_only=True)
class ForcedPixelsResponse(ForcedResponse):
    """Of pixels, for small displacements."""

    def figure(self, title: str, body: Any) -> Figure:
        """The density on the displaced grid, displacements magnified, of a concrete response."""
        from metac.runtime.report.grid_plots import draw_displaced

        def at_corners(nodal: Any) -> np.ndarray:
            shape = (body.order * body.rows + 1, body.order * body.columns + 1, 2)
            return np.asarray(nodal).reshape(shape)[:: body.order, :: body.order]

        force = None if self.force is None else at_corners(self.force[0])
        held = None if self.held is None else at_corners(self.held)
        corners, moved = at_corners(body.mesh.nodes), at_corners(self.displacement[0])
        return draw_displaced(np.asarray(body.density), corners, moved, title, force, held, self._springs(body))

    def _springs(self, body: Any) -> Callable[[Axes, float], None] | None:
        """What draws the springs at magnified displacements."""
        from metac.runtime.report.marks import draw_springs

        if self.springs is None:
            return None
        rest, ends = np.asarray(body.mesh.nodes), [np.asarray(part) for part in self.springs]
        return lambda axes, times: draw_springs(axes, rest, rest + times * np.asarray(self.displacement[0]), *ends)


class ForcedPixelsTest(ForcedTest):
    """`body` has `density[row, column]`, `rows`, `columns`, `width`, `height`, `order` and `stiffness` too."""

    def _linear(self) -> ForcedResponse:
        """By the stiffnesses of the pixels; under forces alone the compliance needs no further solve for its derivatives."""
        body = self.body
        if self.holding.motions or self.holding.springs or self.holding.axes is not None:
            found = super()._linear()
            return ForcedPixelsResponse(**{name: getattr(found, name) for name in found.__dataclass_fields__})
        grid = HeldGrid(body.rows, body.columns, body.width, body.height, body.order, tuple(self.holding.held.tolist()))
        stiffness, forces = body.thickness * body.stiffness, self.forces.reshape(-1)
        work, found, residual = compliance(grid, stiffness, forces)
        density, finite = body.density, jnp.isfinite(found).all()
        status = LinearStatus(residual[None], finite, density.min(), density.max(), subject="the body")
        reaction = (
            jnp.zeros_like(found)
            .at[self.holding.held]
            .set((internal_forces(grid, stiffness, found) - forces)[self.holding.held])
        )
        shape = (1, *body.mesh.nodes.shape)
        return ForcedPixelsResponse(
            displacement=found.reshape(shape),
            compliance=work,
            energy=work[None] / 2,
            abscissa=jnp.ones(1),
            status=status,
            force=self.forces[None],
            reaction=reaction.reshape(shape),
            held=jnp.asarray(self.holding.marks),
        )
