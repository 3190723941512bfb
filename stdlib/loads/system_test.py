"""Systems of cells between stiff grips, for small strains: homogenised elements, or every pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.dimensions import PLANE
from metac.runtime.grid.statics import HeldGrid, internal_forces
from metac.runtime.grid.status import LinearStatus
from metac.runtime.multiscale import exact
from metac.runtime.multiscale.cell_grid import CellGrid
from metac.runtime.multiscale.macro import macro_equilibrium, stiffness_matrices
from metac.stdlib.boundaries.grips import CLAMPED, Grips
from metac.stdlib.controls.stretch import Stretch

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from metac.compiler.interfaces.body import SystemBody
    from metac.compiler.interfaces.load import Test
    from metac.compiler.interfaces.mechanical_response import CornerDisplacements, StoredEnergyResponse
    from metac.compiler.interfaces.satisfies import Satisfies


@jax.tree_util.register_dataclass
@dataclass(frozen=True, kw_only=True)
class SystemResponse:
    """What a system does at the end of the load."""

    strain: Array
    """`[increment]`: one, the nominal strain, negative in compression."""
    abscissa: Array
    """`[increment]`: its magnitude."""
    energy: Array
    """`[increment]`, N·mm."""
    force: Array
    """`[increment]`, N: of the moving grip on the system, along its axis."""
    corners: Array
    """`[row, column, 2]`: displacements of the corners of cells, mm; row 0 at the top."""
    nodes: Array | None
    """`[row, column, 2]`: displacements of the nodes of all pixels, mm; None of homogenised elements."""
    status: LinearStatus

    def figure(self, title: str, body: Any) -> Figure:
        """The displaced system, of a concrete response."""
        from metac.runtime.report.system_plots import draw_displaced_system

        pixels = None if self.nodes is None else body.pixels() > 1 / 2
        nodes = np.asarray(self.corners if self.nodes is None else self.nodes)
        return draw_displaced_system(pixels, nodes, (body.width, body.height), title)


class SystemTest:
    """One linear solve. Raises `FieldError` on `control` where its axis is not that of the grips."""

    rest = None
    """Nothing is gained by a start."""

    def __init__(self, body: SystemBody, boundary: Grips, control: Stretch) -> None:
        self.body, self.boundary, self.control = body, boundary, control
        if control.along not in (None, boundary.along):
            raise FieldError("control", f"these grips lie along {boundary.along}", code="M0521")

    @staticmethod
    def grid_of(body: SystemBody, held: tuple[int, ...]) -> CellGrid:
        """The grid of all pixels."""
        return CellGrid(body.rows, body.columns, body.field.shape, held)

    def respond(self, start: None) -> SystemResponse:
        """Equilibrium; differentiable by the stiffness of elements, or the moduli of pixels."""
        body = self.body
        strain = jnp.asarray(self.control.strain, float)
        if body.field.cells is None:
            corners, forces, residual = self._homogenised(strain)
            nodes = None
        else:
            nodes, forces, residual = self._exact(strain)
            shape = body.field.shape
            corners = nodes[:: shape.rows, :: shape.columns]
        moving = forces[0, :, 1].sum() if self.boundary.axis else forces[:, -1, 0].sum()
        travel = strain * (body.height if self.boundary.axis else body.width)
        one = jnp.ones(())
        status = LinearStatus(residual[None], jnp.isfinite(corners).all(), 0 * one, one, subject="the system")
        return SystemResponse(
            strain=strain[None],
            abscissa=jnp.abs(strain)[None],
            energy=(moving * travel / 2)[None],
            force=moving[None],
            corners=corners,
            nodes=nodes,
            status=status,
        )

    def _homogenised(self, strain: Array) -> tuple[Array, Array, Array]:
        body = self.body
        shape = (body.rows + 1, body.columns + 1)
        held, prescribed = self._grips(shape, strain)
        grid = HeldGrid(body.rows, body.columns, body.width, body.height, 1, held)
        stiffness = body.thickness * stiffness_matrices(body.field.entries.reshape(-1, 4))
        found, residual = macro_equilibrium(grid, stiffness, prescribed.reshape(-1))
        forces = internal_forces(grid, stiffness, found)
        return found.reshape(*shape, PLANE), forces.reshape(*shape, PLANE), residual

    @property
    def exact_grid(self) -> CellGrid:
        """All pixels, held by the grips."""
        shape = self.grid_of(self.body, ()).nodes
        return self.grid_of(self.body, self._grips(shape, jnp.zeros(()))[0])

    @property
    def exact_cells(self) -> exact.CellModuli:
        """The chosen cells, times the thickness."""
        chosen = self.body.field.cells
        assert chosen is not None
        return exact.CellModuli(chosen.kinds, self.body.thickness * chosen.moduli)

    @property
    def prescribed(self) -> Array:
        """`[row, column, 2]`, mm: displacements of all pixels' nodes that grips hold, zero elsewhere."""
        return self._grips(self.exact_grid.nodes, jnp.asarray(self.control.strain, float))[1]

    def _exact(self, strain: Array) -> tuple[Array, Array, Array]:
        cells, grid = self.exact_cells, self.exact_grid
        prescribed = self._grips(grid.nodes, strain)[1]
        found, residual = exact.equilibrium(grid, cells, prescribed)
        return found, exact.internal_forces(grid, cells, found), residual

    def _grips(self, shape: tuple[int, int], strain: Array) -> tuple[tuple[int, ...], Array]:
        """What grips hold of `rows` by `columns` of nodes, ascending, and `[row, column, 2]` what they prescribe, mm."""
        axis, across = self.boundary.axis, 1 - self.boundary.axis
        degrees = np.arange(PLANE * shape[0] * shape[1]).reshape(*shape, PLANE)
        resting, moving = (degrees[-1], degrees[0]) if axis else (degrees[:, 0], degrees[:, -1])
        clamped = [edge[:, across] for edge in (resting, moving)][: CLAMPED[self.boundary.clamp]]
        # Of neither: the corner of the resting edge with the lowest coordinate. Rows count downwards.
        corner = resting[:1, across] if axis else resting[-1:, across]
        held: NDArray[np.int64] = np.concatenate([resting[:, axis], moving[:, axis], *(clamped or [corner])])
        body = self.body
        travel = strain * (body.height if axis else body.width)
        prescribed = jnp.zeros(degrees.size).at[moving[:, axis]].set(travel).reshape(degrees.shape)
        return tuple(sorted(int(each) for each in held)), prescribed


if TYPE_CHECKING:
    Satisfies[Test](SystemTest)
    Satisfies[StoredEnergyResponse](SystemResponse)
    Satisfies[CornerDisplacements](SystemResponse)
