"""Dynamics of a network of springs that is compressed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from metac.compiler.interfaces.cached_property import cached_property
from metac.runtime.dimensions import PLANE
from metac.runtime.springs.dynamics import Schedule, Trajectory, compressed
from metac.runtime.springs.status import dynamic_status
from metac.stdlib.loads.compression_limits import check_rate, check_steps, falls_short, snapshots_in, substeps_for
from metac.stdlib.loads.quasi_static import drawn

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from metac.compiler.interfaces.load import Load, OnBody, Remark, Remarked
    from metac.compiler.interfaces.mechanical_response import DrawnResponse, MeanFieldResponse
    from metac.compiler.interfaces.satisfies import Satisfies


@jax.tree_util.register_dataclass
@dataclass(frozen=True, kw_only=True)
class CompressedNetwork:
    """A trajectory, and what measures read of any response (`MeanFieldResponse`): without the snapshot at rest."""

    strain: Array
    """`[snapshot]`: nominal, negative."""
    abscissa: Array
    """`[snapshot]`: its magnitude."""
    sense: float
    displacement: Array
    """`[snapshot, node, 2]`, mm."""
    mean_strain: Array
    """`[snapshot, 2, 2]`."""
    mean_stress: Array
    """`[snapshot, 2, 2]`, MPa."""
    energy: Array
    """`[snapshot]`, N·mm: of the springs."""
    status: Any
    trajectory: Trajectory
    """Dimensionless; the snapshot at rest comes first."""
    mass: Array
    """Of a node, dimensionless."""
    driven: tuple[int, int] = field(metadata={"static": True})
    uniaxial: bool = field(metadata={"static": True})

    def figure(self, title: str, body: Any) -> Figure:
        """The network at rest and at the end, or before it failed, of a concrete response."""
        from metac.runtime.report.spring_plots import draw_strained

        positions, connections, unit = drawn(body)
        places = np.asarray(self.trajectory.positions)
        last = int(np.flatnonzero(np.isfinite(places).all(axis=(1, 2)))[-1])
        box = np.asarray(self.trajectory.box[last])
        strain = float(box[self.trajectory.axis] / self.trajectory.box[0, self.trajectory.axis] - 1)
        name = f"after {last} snapshots: strain {strain:.3g}"
        return draw_strained(positions, connections, unit, [(name, places[last] * unit, box)], title)


class Compress:
    """Fields as in `compress.meta`.

    Raises:
        FieldError: M0561 where strain and interval leave no snapshot, or too many.
    """

    def __init__(
        self,
        *,
        body: Any,
        along: str,
        strain: float,
        rate: float,
        interval: float,
        temperature: Any,
        damping: Any,
        substeps: int | None,
        lateral: str,
        seed: int,
    ) -> None:
        self.body, self.rate, self.temperature, self.damping = body, float(rate), temperature, damping
        self.strain, self.interval, self.seed = float(strain), float(interval), int(seed)
        axis = "xy".index(along)
        edge = body.network.edge(axis)
        count = snapshots_in(self.strain, edge, self.interval, "interval")
        check_rate(self.rate, body.mass)
        self.between = self.interval / (self.rate * body.network.box[axis])
        steps = substeps_for(substeps, self.interval, self.rate * edge, float(body.mass))
        check_steps(count, steps)
        self.schedule = Schedule(axis=axis, snapshots=count, substeps=steps, free=lateral == "free")

    @property
    def remarks(self) -> Sequence[Remark]:
        """Of a last snapshot well before the strain."""
        schedule = self.schedule
        edge = self.body.network.edge(schedule.axis)
        return falls_short(self.strain, edge, self.interval, schedule.snapshots, "interval")

    @cached_property
    def response(self) -> CompressedNetwork:
        """The trajectory, differentiable with respect to weights and stiffness of bonds, and places of nodes."""
        body, schedule = self.body, self.schedule
        trajectory = compressed(
            body.network,
            angle_stiffness=body.angle_stiffness,
            mass=body.mass,
            damping=self.damping,
            temperature=self.temperature,
            interval=self.interval,
            between=self.between,
            key=jax.random.key(self.seed),
            schedule=schedule,
        )
        status = dynamic_status(trajectory, schedule.substeps)
        return compressed_network(body, trajectory, status, body.mass, free=schedule.free)


def compressed_network(body: Any, trajectory: Trajectory, status: Any, mass: Any, *, free: bool) -> CompressedNetwork:
    """What measures read of a trajectory of a body; no numbers from the snapshot on in which it fails."""
    axis = trajectory.axis
    known = jnp.where(status.sound[1:], 1.0, jnp.nan)
    reached = jnp.concatenate([jnp.ones(1), known])[:, None, None]
    trajectory = replace(trajectory, positions=trajectory.positions * reached, velocities=trajectory.velocities * reached)
    strains = trajectory.box[1:] / trajectory.box[0] - 1
    mean_strain = jnp.zeros((len(strains), PLANE, PLANE))
    mean_strain = mean_strain.at[:, 0, 0].set(strains[:, 0]).at[:, 1, 1].set(strains[:, 1])
    return CompressedNetwork(
        strain=strains[:, axis],
        abscissa=-strains[:, axis],
        sense=-1.0,
        displacement=(trajectory.positions[1:] - trajectory.positions[0]) * body.unit,
        mean_strain=mean_strain * known[:, None, None],
        mean_stress=trajectory.stress[1:] * known[:, None, None] * body.unit_stress,
        energy=trajectory.energy[1:] * known * body.unit_energy,
        status=status,
        trajectory=trajectory,
        mass=jnp.asarray(mass, float),
        driven=(axis, axis),
        uniaxial=free,
    )


if TYPE_CHECKING:
    Satisfies[Load](Compress)
    Satisfies[MeanFieldResponse](CompressedNetwork)
    Satisfies[DrawnResponse](CompressedNetwork)
    Satisfies[OnBody](Compress)
    Satisfies[Remarked](Compress)
