"""How the simulation of a network went: filled inside `jit`, judged on the host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from metac.runtime.errors import NotConverged, NotFinite, RuntimeFailure

if TYPE_CHECKING:
    from metac.runtime.springs.dynamics import Trajectory
    from metac.runtime.springs.network import SpringNetwork

LARGEST_PHASE = 1.5
"""Time step times the highest frequency, above which velocity Verlet (stable below 2) is not used."""
ACCURATE = 1e-8
"""Largest relative residual of a linear solve."""
FLOPPY = "nothing resists some movement of the network's nodes (it is floppy)"
TRANSLATIONS = 2
"""Movements of a periodic network that change no bond."""
BOX_LIMITS = 0.2, 5.0
"""Edge across, over that at rest."""
STIFFER = "an `angle_stiffness` above zero, or more bonds"
"""What keeps a network from being floppy."""


class NetworkFailed(RuntimeFailure):
    """A network that falls apart, folds, or moves too fast for its time steps."""


def too_few(network: SpringNetwork, angle_stiffness: Array | float, edges: int) -> Array:
    """Movements of nodes and of so many free edges that bonds, by their number alone, cannot resist; none where angles do.

    A lower bound (Maxwell's count): where some bonds hold what others hold already, there are more.
    """
    there = jnp.sum(jnp.asarray(network.weights) > 0)
    missing = 2 * len(network.positions) - TRANSLATIONS + edges - there
    return jnp.where(jnp.asarray(angle_stiffness) > 0, 0, jnp.maximum(missing, 0))


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class StaticStatus:
    """Of equilibria `[case, increment]`."""

    residual: Array
    """Force that is left, over what counts as none."""
    stable: Array
    """bool: a minimum of the energy."""
    flipped: Array
    """The bond that has turned by more than 90°; −1 where none has."""
    edge: Array
    """Edge across, over that at rest."""
    missing: Array
    """See `too_few`."""

    @property
    def ok(self) -> Array:
        """bool: there is equilibrium everywhere, one that bonds can hold, and no bond is turned over."""
        balanced = (self.residual <= 1).all() & (self.flipped < 0).all() & _within(self.edge).all()
        return balanced & ~self._floppy.any()

    @property
    def _floppy(self) -> Array:
        """`[case, increment]` bool: bonds are too few for an equilibrium that is more than one of many."""
        return (self.missing > 0) & ~self.stable

    def failure(self, name: str = "the load") -> RuntimeFailure | None:
        """The first failure that a concrete status shows, or None."""
        residual, flipped, edge = (np.asarray(each) for each in (self.residual, self.flipped, self.edge))
        for case, increment in np.ndindex(residual.shape):
            place = f"{name}, along {'xy'[case]}, increment {increment + 1}"
            left = float(residual[case, increment])
            if np.isnan(left):
                message = f"{place}: {floppy(self.missing)}, or a bond vanished"
                remedy = "an `angle_stiffness` above zero, more bonds, or a smaller strain"
                return NetworkFailed(message, remedy=remedy)
            if bool(self._floppy[case, increment]):
                return NetworkFailed(f"{place}: {floppy(self.missing)}", remedy=STIFFER)
            if not left <= 1:
                message = f"{place}: Newton's method found no equilibrium; forces {left:.1e} times too large are left"
                return NotConverged(message, increment=increment + 1, residual=left)
            if flipped[case, increment] >= 0:
                return _flipped(place, int(flipped[case, increment]))
            if not BOX_LIMITS[0] <= edge[case, increment] <= BOX_LIMITS[1]:
                return _collapsed(place, float(edge[case, increment]))
        return None

    def instability(self, name: str = "the load") -> str | None:
        """Where the path stays in a state that is no minimum of the energy."""
        places = np.argwhere(~np.asarray(self.stable))
        if not len(places):
            return None
        case, increment = places[0]
        return f"{name}, along {'xy'[case]}, is unstable from increment {increment + 1} on: the network would buckle"


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class HomogenisedStatus:
    """Of the closed-form response about rest."""

    residual: Array
    """Largest relative residual of the linear solves; NaN where nothing resists some movement of the nodes."""
    missing: Array
    """See `too_few`."""

    @property
    def ok(self) -> Array:
        """bool: the solves are accurate."""
        return self.residual <= ACCURATE

    def failure(self, name: str = "the load") -> RuntimeFailure | None:
        """The failure that a concrete status shows, or None."""
        residual = float(self.residual)
        if residual <= ACCURATE:
            return None
        if np.isnan(residual):
            return NetworkFailed(f"{name}: {floppy(self.missing)}", remedy=STIFFER)
        message = f"{name}: the linear solves are off by {residual:.1e} (relative residual)"
        return NotConverged(message, increment=1, residual=residual)

    def instability(self, name: str = "the load") -> None:
        """None: springs at rest are stable, or floppy."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class DynamicStatus:
    """Of a trajectory."""

    phase: Array
    """Highest frequency times time step."""
    substeps: Array
    """Time steps between snapshots."""
    flipped: Array
    """`[snapshot]`."""
    edge: Array
    """`[snapshot]`: edge across, over that at rest; NaN where the integration overflowed."""

    @property
    def sound(self) -> Array:
        """`[snapshot]` bool: time steps are short enough, and up to there all numbers finite and no bond turned over."""
        fine = (self.flipped < 0) & _within(self.edge)
        return (self.phase <= LARGEST_PHASE) & (jnp.cumsum(~fine) == 0)

    @property
    def ok(self) -> Array:
        """bool: it is sound to its end."""
        return self.sound.all()

    def failure(self, name: str = "the load") -> RuntimeFailure | None:
        """The first failure that a concrete status shows, or None."""
        phase, flipped, edge = float(self.phase), np.asarray(self.flipped), np.asarray(self.edge)
        if not phase <= LARGEST_PHASE:
            wanted = int(np.ceil(int(self.substeps) * phase / LARGEST_PHASE)) if np.isfinite(phase) else None
            message = f"{name}: a time step turns the fastest mode by {phase:.2g} radian, more than {LARGEST_PHASE:g}"
            remedy = "look at masses and stiffnesses" if wanted is None else f"`substeps = {wanted}` or more"
            return NetworkFailed(message, remedy=remedy)
        for snapshot in range(len(edge)):
            place = f"{name}, snapshot {snapshot}"
            if not np.isfinite(edge[snapshot]):
                return NotFinite(f"{place}: a place is not a finite number", increment=snapshot)
            if flipped[snapshot] >= 0:
                return _flipped(place, int(flipped[snapshot]))
            if not BOX_LIMITS[0] <= edge[snapshot] <= BOX_LIMITS[1]:
                return _collapsed(place, float(edge[snapshot]))
        return None

    def instability(self, name: str = "the load") -> None:
        """None: what moves finds its way out of unstable states."""


def dynamic_status(trajectory: Trajectory, substeps: int) -> DynamicStatus:
    """Of a trajectory with so many time steps between snapshots."""
    across = 1 - trajectory.axis
    edge = trajectory.box[:, across] / trajectory.box[0, across]
    # Places that overflow do not always reach the box, where the edge across is fixed.
    edge = edge + 0 * jnp.sum(trajectory.positions, axis=(1, 2))
    return DynamicStatus(trajectory.phase, jnp.asarray(substeps), trajectory.flipped, edge)


def floppy(missing: Array) -> str:
    """What is wrong with a floppy network, and by how much where numbers alone tell it."""
    count = int(missing)
    return f"{FLOPPY}: its bonds are too few by {count} at least" if count else FLOPPY


def _within(edge: Array) -> Array:
    return jnp.isfinite(edge) & (edge >= BOX_LIMITS[0]) & (edge <= BOX_LIMITS[1])


def _flipped(place: str, bond: int) -> NetworkFailed:
    message = f"{place}: bond {bond + 1} has turned by more than 90° since rest: the network folds onto itself"
    return NetworkFailed(message, remedy="a smaller strain, a lower temperature, or a denser network")


def _collapsed(place: str, edge: float) -> NetworkFailed:
    message = f"{place}: the box across is {edge:.3g} times as long as at rest"
    return NetworkFailed(message, remedy="a smaller strain, or a network that resists more")
