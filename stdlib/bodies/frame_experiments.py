"""What frames do in experiments: between grips, endless, on supports; linear, so that a path scales one equilibrium.

The conventions are those of sheets (`stdlib/loads/responses.py`). In grips no node turns. On a clamped edge, and on one that
is held across itself, as a plane of symmetry is, no node turns either; points that are held are hinges.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, cast

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.beams.beam_element import NODE_FREEDOMS, beams_between, stiffness_blocks
from metac.runtime.beams.beam_stress import end_stresses
from metac.runtime.beams.frame_equilibrium import equilibrium, forces
from metac.runtime.beams.frame_status import FrameStatus
from metac.runtime.beams.frame_topology import FrameTopology
from metac.runtime.beams.grid_grips import GripSolution, gripped_nodes, gripped_topology, solve_between_grips
from metac.runtime.beams.network_geometry import NodeLayout
from metac.runtime.beams.periodic_frame import MixedControl, solve_unit_strains, superposed
from metac.runtime.beams.periodic_topology import NotPeriodic, PeriodicTopology, periodic_topology
from metac.stdlib.bodies.frame_loads import gripped_load
from metac.stdlib.boundaries.grips import CLAMPED, Grips
from metac.stdlib.boundaries.supported import Supported
from metac.stdlib.controls.grip_force import GripForce
from metac.stdlib.controls.shear import Shear
from metac.stdlib.controls.unit_strains import UnitStrains
from metac.stdlib.loads.continuum import require_compatible
from metac.stdlib.loads.forced import held_degrees
from metac.stdlib.loads.repeated import PeriodicTest
from metac.stdlib.loads.responses import LOAD_FACTOR, ForcedResponse, HomogenisedResponse, MechanicalResponse, travelled
from metac.stdlib.paths.arc_length import ArcLength
from metac.stdlib.paths.increments import Cycle, Increments
from metac.stdlib.paths.linear import Linear
from metac.stdlib.supports.held import NoSuchNode, node_at

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from metac.runtime.beams.beam_element import Beams
    from metac.runtime.mesh.mesh import Mesh
    from metac.runtime.report.frame_input import AppliedLoad
    from metac.stdlib.bodies.frame import Frame

MECHANISM = 1e-12
"""Least eigenvalue of an effective stiffness over the largest, below which the endless frame does not resist a strain."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True, kw_only=True)
class FrameResponse(MechanicalResponse):
    """A frame under a growing strain or mean stress; `displacement[increment, node, 3]`, the last component in radian."""

    von_mises: Array
    """`[increment, edge, end]`, MPa, of all candidates; zero where no beam is."""

    def figure(self, title: str, body: Frame) -> Figure:
        """The deformed frame at the last increment, coloured by von Mises' stress, of a concrete response."""
        return _figure(self, body, title)


@jax.tree_util.register_dataclass
@dataclass(frozen=True, kw_only=True)
class ForcedFrameResponse(ForcedResponse):
    """A frame under forces; `displacement[increment, node, 3]`, the last component in radian."""

    von_mises: Array
    """`[increment, edge, end]`, MPa, of all candidates; zero where no beam is."""

    def figure(self, title: str, body: Frame) -> Figure:
        """The displaced frame at the last increment, coloured by von Mises' stress, of a concrete response."""
        return _figure(self, body, title)


def test_of(body: Any, boundary: Any, control: Any, path: Any) -> Any:
    """The frame in a test; `FieldError` where there is no such test of a frame."""
    require_compatible(boundary, control)
    if isinstance(path, ArcLength):
        raise FieldError(
            "path", "a frame is linear and has no limit points", code="M0521", help="take `increments`, `cycle` or `linear`"
        )
    if isinstance(boundary, Grips):
        return GrippedFrame(body, boundary, control, path)
    if isinstance(boundary, Supported):
        return SupportedFrame(body, boundary, control, path)
    return HomogenisedFrame(body) if isinstance(control, UnitStrains) else PeriodicFrame(body, control, path)


class FrameTest:
    """A frame whose equilibrium is found once, at load factor 1."""

    def __init__(self, body: Frame, control: Any, path: Any) -> None:
        self.body, self.control, self.path = body, control, path

    rest = None
    """Nothing is gained by a start."""

    @abstractmethod
    def respond(self, start: None) -> Any:
        """The response; differentiable by widths, places and material."""

    @property
    def factors(self) -> Array:
        """`[increment]`: load factors."""
        return jnp.ones(1) if isinstance(self.path, Linear) else jnp.asarray(self.path.factors, float)

    def _von_mises(self, beam: Beams, displacement: Array) -> Array:
        """`[increment, edge, end]`, MPa, of displacements at load factor 1."""
        found = end_stresses(beam, self.body.grid.edges, displacement, self.body.thickness).von_mises
        return jnp.abs(self.factors)[:, None, None] * found

    def _along_path(self, applied: Array, driving: Array, energy: Array, **unit: Array) -> dict[str, Any]:
        """Fields of a response from values at load factor 1: those of `unit` grow with it, the energy with its square."""
        factors = self.factors
        strain, turns = factors * applied, isinstance(self.path, Cycle)
        return {
            "strain": strain,
            "abscissa": travelled(strain) if turns else jnp.abs(strain),
            "sense": 1.0 if turns else jnp.where(driving < 0, -1.0, 1.0),
            "energy": factors**2 * energy,
            **{name: jnp.tensordot(factors, value, 0) for name, value in unit.items()},
        }


class GrippedFrame(FrameTest):
    """Between grips, pulled, pushed or sheared."""

    def __init__(self, body: Frame, boundary: Grips, control: Any, path: Any) -> None:
        super().__init__(body, control, path)
        self.boundary, self.axis, self.sheared = boundary, boundary.axis, isinstance(control, Shear)

    @property
    def moved(self) -> int:
        """The direction that the moving grip moves in."""
        return 1 - self.axis if self.sheared else self.axis

    @property
    def topology(self) -> FrameTopology:
        """Which degrees of freedom the grips prescribe."""
        return gripped_topology(self.body.grid, self.axis, CLAMPED[self.boundary.clamp])

    @cached_property
    def unit(self) -> GripSolution:
        """Where the moving grip goes by 1 mm."""
        body = self.body
        return solve_between_grips(body.grid, body.beams, self.axis, self.moved, CLAMPED[self.boundary.clamp])

    @property
    def travel(self) -> Array:
        """Of the moving grip at load factor 1, mm."""
        if isinstance(self.control, GripForce):
            return jnp.asarray(self.control.force, float) / self.unit.force
        return jnp.asarray(self.control.strain, float) * self.body.extent[self.axis]

    @property
    def strain(self) -> Array:
        """The nominal strain at load factor 1."""
        return self.travel / self.body.extent[self.axis]

    def applied_loads(self, name: str) -> list[AppliedLoad]:
        """What the grips prescribe at load factor 1, of concrete values."""
        clamped = CLAMPED[self.boundary.clamp]
        return [gripped_load(name, self.body, self.axis, self.moved, self.strain, clamped)]

    def respond(self, start: None) -> FrameResponse:
        """Equilibrium at each increment."""
        body, found = self.body, self.unit
        applied = jnp.ones(()) if isinstance(self.control, GripForce) else self.strain
        displacement = self.travel * found.displacement
        nodal = forces(self.topology, stiffness_blocks(body.beams), displacement[..., None])[:, :2, 0]
        reaction = jnp.where(self.topology.prescribed[:, :2], nodal, 0.0)
        return FrameResponse(
            **self._along_path(
                applied,
                self.travel,
                found.force * self.travel**2 / 2,
                displacement=displacement,
                reaction=reaction,
                mean_strain=self._mean_strain(self.strain, displacement),
                mean_stress=self._mean_stress(reaction),
            ),
            status=FrameStatus(found.residual[None], jnp.isfinite(displacement).all() & jnp.isfinite(found.force)),
            driven=(self.moved, self.axis),
            uniaxial=not self.sheared,
            von_mises=self._von_mises(body.beams, displacement),
        )

    def _mean_strain(self, applied: Array, displacement: Array) -> Array:
        """`[2, 2]`: along the grips' axis what they apply, across what the free sides show, in the mean of their nodes."""
        low, high = gripped_nodes(self.body.grid, 1 - self.axis)
        apart = displacement[high, :2].mean(axis=0) - displacement[low, :2].mean(axis=0)
        own = jnp.zeros(2).at[self.moved].set(applied)
        columns = [own, apart / self.body.extent[1 - self.axis]]
        return jnp.stack(columns if self.axis == 0 else columns[::-1], axis=1)

    def _mean_stress(self, reaction: Array) -> Array:
        """`[2, 2]`, MPa: P = Σ f ⊗ X over the held nodes per volume; on the grips, the force of the resting one per area."""
        body, across = self.body, 1 - self.axis
        area = body.extent[across] * body.thickness
        on_grip = -reaction[gripped_nodes(body.grid, self.axis)[0]].sum(axis=0) / area
        on_side = reaction.T @ body.positions[:, across] / (area * body.extent[self.axis])
        return jnp.stack([on_grip, on_side] if self.axis == 0 else [on_side, on_grip], axis=1)


@lru_cache(maxsize=32)
def _periodic(grid: NodeLayout) -> PeriodicTopology:
    return periodic_topology(grid.positions(1.0), grid.edges, np.diag(grid.size))


class EndlessFrame(FrameTest):
    """One period of an endless frame: opposite sides are images of each other.

    Raises:
        FieldError: on `body`, where a node on a side has no image on the opposite one.
    """

    def __init__(self, body: Frame, control: Any, path: Any) -> None:
        super().__init__(body, control, path)
        try:
            self.topology = _periodic(body.grid)
        except NotPeriodic as problem:
            raise FieldError("body", problem.message, help=problem.remedy) from None

    @cached_property
    def unit(self) -> Any:
        """Under the three unit strains (`PeriodicSolution`)."""
        body = self.body
        (a, b), (c, d) = self._vectors
        return solve_unit_strains(self.topology, body.positions, body.widths, body.beam_material, jnp.abs(a * d - b * c))

    @property
    def _vectors(self) -> Array:
        """`[2, 2]`: the two periods, one a row, mm."""
        return self.body.grid.periods(self.body.positions)

    def _status(self, residual: Array) -> FrameStatus:
        stiffness = self.unit.stiffness
        finite = jnp.isfinite(stiffness).all()
        values = jnp.linalg.eigvalsh(jnp.where(finite, stiffness, jnp.eye(3)))
        resists = values[0] > MECHANISM * values[-1]
        mismatch = self.topology.mismatch(self.body.positions, self._vectors) / jnp.abs(self._vectors).max()
        return FrameStatus(residual, finite, jax.lax.stop_gradient(mismatch), jax.lax.stop_gradient(resists))


class HomogenisedFrame(EndlessFrame):
    """Linear homogenisation."""

    def __init__(self, body: Frame) -> None:
        super().__init__(body, None, Linear())

    def respond(self, start: None) -> HomogenisedResponse:
        """The effective stiffness."""
        return HomogenisedResponse(stiffness=self.unit.stiffness, status=self._status(self.unit.residual))


class PeriodicFrame(EndlessFrame):
    """Mean strains and stresses; strains are small, so P is symmetric and a rotation changes nothing."""

    def __init__(self, body: Frame, control: Any, path: Any) -> None:
        super().__init__(body, control, path)
        # What the control means is that of meshed cells; a frame is linear, so its path may be too.
        self.control_of_cell = PeriodicTest(body, control, Increments(count=1))
        self.mixed = self.control_of_cell.mixed

    def respond(self, start: None) -> FrameResponse:
        """Equilibrium at each increment."""
        body, mixed, unit = self.body, self.mixed, self.unit
        components = ((0, 0), (1, 1), mixed.shear)
        given, wanted = mixed.strains, mixed.stresses
        control = MixedControl(((0, 0) in given, (1, 1) in given, mixed.shear in given))
        strain, stress, off = control.solve(
            unit.stiffness,
            jnp.stack([jnp.asarray(given.get(component, 0.0), float) for component in components]),
            jnp.stack([jnp.asarray(wanted.get(component, 0.0), float) for component in components]),
        )
        gradient = jnp.diag(strain[:2]).at[mixed.shear].set(strain[2])
        spin = strain[2] / 2 * (1 if mixed.shear == (1, 0) else -1)
        displacement = superposed(unit.displacement, strain, spin, body.positions)
        volume = body.extent[0] * body.extent[1] * body.thickness
        drawn = beams_between(body.grid.edges, body.positions, self.topology.shared_widths(body.widths), body.beam_material)
        return FrameResponse(
            **self._along_path(
                self.control_of_cell.applied,
                self.control_of_cell.driving,
                strain @ stress * volume / 2,
                displacement=displacement,
                mean_strain=gradient,
                mean_stress=jnp.diag(stress[:2]).at[0, 1].set(stress[2]).at[1, 0].set(stress[2]),
            ),
            status=self._status(jnp.append(unit.residual, off)),
            driven=self.control_of_cell.driven,
            uniaxial=self.control_of_cell.uniaxial,
            by_strain=self.control_of_cell.by_strain,
            von_mises=self._von_mises(drawn, displacement),
        )


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


def _figure(response: Any, body: Frame, title: str) -> Figure:
    from metac.runtime.report.frame_plots import draw_loaded

    there = np.asarray(body.widths) > 0
    displacement, stress = np.asarray(response.displacement[-1]), np.asarray(response.von_mises[-1])[there]
    label = "" if response.applied == LOAD_FACTOR else f"{response.applied} {100 * float(response.strain[-1]):.3g} %"
    force = None if response.force is None else np.asarray(response.force[-1])
    return draw_loaded(np.asarray(body.positions), body.grid.edges[there], displacement, stress, title, label, force)
