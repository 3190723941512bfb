"""Networks out of a data set of trajectories, one at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from metac.compiler.interfaces.dataset import TrajectoryDataset
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.springs.network import SpringNetwork

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.generator import Fixable, SpringGenerator, Theta
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.runtime.datasets.trajectories.trajectories import Trajectories, TrajectoryRecipe


class DrawnNetwork:
    """Fields as in `drawn_network.meta`. `theta` is the number of a network, `[]`.

    Raises:
        FieldError: M0560 on `data` where networks have different numbers of nodes, as some of low pressures have.
    """

    fixed = True
    """Nothing that an optimiser could change."""

    def __init__(self, *, data: TrajectoryDataset[TrajectoryRecipe, Trajectories], set: str, built: SpringNetwork) -> None:
        del data, set
        self.networks = built

    @staticmethod
    def build(data: TrajectoryDataset[TrajectoryRecipe, Trajectories], set: str) -> SpringNetwork:
        """All networks that are drawn from, `[network, …]`."""
        from metac.runtime.datasets.trajectories.trajectories import SETS
        from metac.runtime.learn.simulators.batches import networks_of

        made = data.samples()
        if made.nodes.min() != made.nodes.max():
            message = f"its networks have {made.nodes.min()} to {made.nodes.max()} nodes, and one program serves one number"
            raise FieldError("data", message, code="M0560", help="take a higher pressure, at which no disc is left out")
        rows = np.arange(len(made.nodes)) if set == "all" else np.flatnonzero(made.set == SETS.index(set))
        found: SpringNetwork = jax.tree.map(lambda leaf: leaf[rows], networks_of(made))
        along, across = (float(each) for each in np.mean(found.box, axis=0))
        return replace(found, stated_angle_stiffness=float(data.recipe.angle_stiffness), edges=(along, across))

    def init(self, key: Array) -> Theta:
        """Any of them."""
        return jax.random.randint(key, (), 0, len(self.networks.box)).astype(float)

    def at(self, theta: Theta) -> SpringNetwork:
        """The network of that number."""
        row = jnp.clip(jnp.round(jnp.asarray(theta)).astype(int), 0, len(self.networks.box) - 1)
        found: Any = jax.tree.map(lambda leaf: jnp.asarray(leaf)[row], self.networks)
        return found


if TYPE_CHECKING:
    Satisfies[SpringGenerator](DrawnNetwork)
    Satisfies[Fixable](DrawnNetwork)
