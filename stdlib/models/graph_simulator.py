"""A simulator whose form is that of the dynamics: what its fields ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from metac.stdlib.models.learned_simulator import BuiltSimulator, LearnedSimulator, built_of
from metac.stdlib.models.simulator_fields import CHECKS, SimulatorFields

if TYPE_CHECKING:
    from metac.compiler.interfaces.drawing import Exported, Prepared
    from metac.compiler.interfaces.model import SimulatorModel
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.runtime.datasets.trajectories.trajectories import Trajectories
    from metac.runtime.learn.simulators.conditions import TrajectoryConditions
    from metac.runtime.learn.simulators.propagator import PropagatorConfiguration
    from metac.runtime.learn.simulators.simulator import Simulator
    from metac.runtime.learn.simulators.simulator_trainer import SimulatorRecipe
    from metac.runtime.learn.validated_training import ValidatedResult

WIDTH, SUBSTEPS = 32, 8


@dataclass(frozen=True, eq=False, kw_only=True)
class PropagatorFields(SimulatorFields["Simulator"]):
    """Fields as in `graph_simulator.meta`."""

    window: int
    batch: int | None
    width: int | None
    substeps: int | None

    kind: ClassVar[str] = "graph_simulator"
    label: ClassVar[str] = "physics-informed: terms given, coefficients learned"

    @property
    def asked_shape(self) -> Mapping[str, Any]:
        """Those of the fields that say something of it."""
        return {"width": self.width, "substeps": self.substeps}

    def shape(self, trajectories: Trajectories | None) -> PropagatorConfiguration:
        """With the unit of time of what is learned from."""
        from metac.runtime.learn.simulators.conditions import TrajectoryConditions
        from metac.runtime.learn.simulators.propagator import PropagatorConfiguration

        time = 1.0
        if trajectories is not None:
            assert self.data is not None
            conditions = TrajectoryConditions.of(self.data.recipe)
            learned = trajectories.box[trajectories.set == 0, 0, 0]
            time = float(np.mean(conditions.interval / (conditions.rate * learned)))
        return PropagatorConfiguration(int(self.width or WIDTH), int(self.substeps or SUBSTEPS), time)

    def read_shape(self, description: Mapping[str, Any]) -> PropagatorConfiguration:
        """See `PropagatorConfiguration.read`."""
        from metac.runtime.learn.simulators.propagator import PropagatorConfiguration

        return PropagatorConfiguration.read(description)

    def made(self, shape: PropagatorConfiguration, weights: Any, conditions: TrajectoryConditions) -> Simulator:
        """With its weights in double precision."""
        import jax

        from metac.runtime.learn.simulators.simulator import Simulator

        # Stored in single precision; mechanics runs in double.
        return Simulator(shape, jax.tree.map(lambda leaf: np.asarray(leaf, float), weights), conditions)

    @property
    def recipe(self) -> SimulatorRecipe:
        """Of the training."""
        from metac.runtime.learn.simulators.simulator_trainer import SimulatorRecipe

        return SimulatorRecipe(
            steps=int(self.steps),
            batch=None if self.batch is None else int(self.batch),
            window=int(self.window),
            checks=CHECKS,
            seed=int(self.seed),
        )

    def train(
        self, shape: PropagatorConfiguration, conditions: TrajectoryConditions, trajectories: Trajectories, folder: Path
    ) -> ValidatedResult:
        """On rollouts from rest."""
        from metac.runtime.learn.simulators.simulator_trainer import train_simulator

        return train_simulator(shape, conditions, trajectories, self.recipe, folder, self.title)

    @property
    def code(self) -> Sequence[ModuleType]:
        """The propagator, its law and its training."""
        from metac.runtime.learn.simulators import learned_law, propagator, rollouts, simulator, simulator_trainer
        from metac.runtime.springs import highest_eigenvalue

        return (learned_law, propagator, rollouts, simulator, simulator_trainer, highest_eigenvalue)


class GraphSimulator(LearnedSimulator["Simulator"]):
    """Model: fields as in `graph_simulator.meta`."""

    def __init__(self, *, built: BuiltSimulator | None = None, **fields: Any) -> None:
        super().__init__(PropagatorFields(**fields), built)

    @staticmethod
    def build(**fields: Any) -> BuiltSimulator:
        """See `built_of`."""
        return built_of(PropagatorFields(**fields))


if TYPE_CHECKING:
    Satisfies[SimulatorModel[Simulator]](GraphSimulator)
    Satisfies[Exported](GraphSimulator)
    Satisfies[Prepared](GraphSimulator)
