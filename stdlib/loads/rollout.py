"""A learned simulator in the place of the dynamics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.load import Remark
from metac.runtime.learn.simulators.stability import UNSTABLE
from metac.stdlib.loads.compress import CompressedNetwork, compressed_network
from metac.stdlib.loads.compression_limits import falls_short, snapshots_in

if TYPE_CHECKING:
    from metac.compiler.interfaces.load import Load, OnBody, Remarked
    from metac.compiler.interfaces.satisfies import Satisfies


class Rollout:
    """Fields as in `rollout.meta`.

    Raises:
        FieldError: M0561 on `strain` where it leaves no snapshot of the simulator's own, or too many; M0564 on `body` for
            nodes of another mass than the simulator has learned.
    """

    def __init__(self, *, body: Any, model: Any, along: str, strain: float) -> None:
        self.body, self.model, self.simulator = body, model, model.simulator
        self.axis = "xy".index(along)
        conditions = self.simulator.conditions
        if float(body.mass) != conditions.mass:
            raise FieldError(
                "body",
                f"the simulator has learned nodes of mass {conditions.mass:g}, and the body has {float(body.mass):g}",
                code="M0564",
                help=f"write `mass = {conditions.mass:g}`, or train a simulator with this mass",
            )
        edge, self.strain = body.network.edge(self.axis), float(strain)
        self.snapshots = snapshots_in(self.strain, edge, conditions.interval, "strain")
        if self.snapshots <= (begun := self.simulator.begun):
            message = f"a rollout of {self.snapshots} snapshots is none: the first {begun} are those of the dynamics"
            raise FieldError("strain", message, code="M0561", help="take a larger strain")

    @cached_property
    def response(self) -> CompressedNetwork:
        """The rollout, differentiable with respect to weights of bonds and places of nodes."""
        body = self.body
        trajectory, status = self.simulator.rollout(body.network, body.angle_stiffness, self.axis, self.snapshots)
        return compressed_network(body, trajectory, status, self.simulator.conditions.mass, free=True)

    @property
    def remarks(self) -> Sequence[Remark]:
        """Of a simulator whose errors grow, and of networks unlike those that it has learned from."""
        card, network, interval = self.model.card, self.body.network, self.simulator.conditions.interval
        found = falls_short(self.strain, network.edge(self.axis), interval, self.snapshots, "strain")
        radius = card["spectral_radius"]
        if radius is None or radius > UNSTABLE:
            what = "is no number" if radius is None else f"is {radius:.3g}, more than {UNSTABLE:g}"
            message = f"the simulator's errors grow from snapshot to snapshot: the spectral radius of a step {what}"
            found.append(Remark("model", message, "train it longer, or with more `substeps`"))
        there = np.asarray(network.weights) > 0.5
        lengths = np.hypot(*np.asarray(network.vectors).T)[there]
        degrees = np.bincount(np.asarray(network.bonds)[there].ravel())
        for name, values in (("lengths", lengths), ("degrees", degrees[degrees > 0])):
            low, high = card[name]
            outside = int(((values < low) | (values > high)).sum())
            if outside:
                what = "bonds have lengths" if name == "lengths" else "nodes have numbers of bonds"
                message = (
                    f"{outside} of {len(values)} {what} outside of what the simulator learned from ({low:.3g} … {high:.3g})"
                )
                found.append(Remark("body", message, "judge it by `compress` on the same body"))
        return found


if TYPE_CHECKING:
    Satisfies[Load](Rollout)
    Satisfies[Remarked](Rollout)
    Satisfies[OnBody](Rollout)
