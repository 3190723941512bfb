"""Dynamics of a network of springs that is compressed."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.springs.dynamics import Schedule, Trajectory, compressed
from metac.runtime.springs.status import DynamicStatus, dynamic_status
from metac.runtime.springs.time_steps import substeps_between
from metac.stdlib.loads.compression_limits import check_rate, check_steps
from metac.stdlib.loads.quasi_static import drawn

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_SNAPSHOTS = 100_000
NEARLY = 1e-9
"""By how much a number of snapshots may miss a whole one."""


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
    status: DynamicStatus
    trajectory: Trajectory
    """Dimensionless; the snapshot at rest comes first."""
    mass: Array
    """Of a node, dimensionless."""
    driven: tuple[int, int] = field(metadata={"static": True})
    uniaxial: bool = field(metadata={"static": True})

    def figure(self, title: str, body: Any) -> Figure:
        """The network at rest and at the end, of a concrete response."""
        from metac.runtime.report.spring_plots import draw_strained

        positions, connections, unit = drawn(body)
        end, box = np.asarray(self.trajectory.positions[-1]) * unit, np.asarray(self.trajectory.box[-1])
        name = f"after {len(self.strain)} snapshots: strain {float(self.strain[-1]):.3g}"
        return draw_strained(positions, connections, unit, [(name, end, box)], title)


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
        self.interval, self.seed = float(interval), int(seed)
        axis = "xy".index(along)
        edge = float(body.network.box[axis])
        count = int(np.floor(float(strain) * edge / self.interval + NEARLY))
        if count < 1:
            raise FieldError(
                "interval",
                f"a strain of {float(strain):.3g} changes the edge of {edge:.4g} by less than {self.interval:.3g}",
                code="M0561",
                help=f"take {float(strain) * edge:.3g} at most, or a larger strain",
            )
        if count > MOST_SNAPSHOTS:
            raise FieldError(
                "interval", f"these are {count:,} snapshots, more than {MOST_SNAPSHOTS:,}", code="M0561", help="take more"
            )
        check_rate(self.rate, body.mass)
        self.between = self.interval / (self.rate * edge)
        steps = substeps_between(self.between, body.mass) if substeps is None else int(substeps)
        check_steps(count, steps)
        self.schedule = Schedule(axis=axis, snapshots=count, substeps=steps, free=lateral == "free")

    @cached_property
    def response(self) -> CompressedNetwork:
        """The trajectory, differentiable with respect to weights and stiffness of bonds, and places of nodes."""
        body, schedule = self.body, self.schedule
        network = body.network
        axis = schedule.axis
        trajectory = compressed(
            network,
            angle_stiffness=body.angle_stiffness,
            mass=body.mass,
            damping=self.damping,
            temperature=self.temperature,
            interval=self.interval,
            between=self.between,
            key=jax.random.key(self.seed),
            schedule=schedule,
        )
        strains = trajectory.box[1:] / network.box - 1
        mean_strain = jnp.zeros((schedule.snapshots, 2, 2))
        mean_strain = mean_strain.at[:, 0, 0].set(strains[:, 0]).at[:, 1, 1].set(strains[:, 1])
        return CompressedNetwork(
            strain=strains[:, axis],
            abscissa=-strains[:, axis],
            sense=-1.0,
            displacement=(trajectory.positions[1:] - network.positions) * body.unit,
            mean_strain=mean_strain,
            mean_stress=trajectory.stress[1:] * body.unit_stress,
            energy=trajectory.energy[1:] * body.unit_energy,
            status=dynamic_status(trajectory, schedule.substeps),
            trajectory=trajectory,
            mass=jnp.asarray(body.mass, float),
            driven=(axis, axis),
            uniaxial=schedule.free,
        )
