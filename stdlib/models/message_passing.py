"""The simulator of Salman et al.: what its fields ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from metac.compiler.interfaces.field_error import FieldError
from metac.stdlib.models.learned_simulator import BuiltSimulator, LearnedSimulator, built_of
from metac.stdlib.models.simulator_fields import CHECKS, SimulatorFields

if TYPE_CHECKING:
    from metac.compiler.interfaces.drawing import Exported, Prepared
    from metac.compiler.interfaces.model import SimulatorModel
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.runtime.datasets.trajectories.trajectories import Trajectories
    from metac.runtime.learn.simulators.conditions import TrajectoryConditions
    from metac.runtime.learn.simulators.message_passing import MessageConfiguration
    from metac.runtime.learn.simulators.message_simulator import MessageSimulator
    from metac.runtime.learn.simulators.message_trainer import MessageRecipe
    from metac.runtime.learn.validated_training import ValidatedResult

LAYERS, WIDTH, INPUTS, HISTORY = 2, 128, "relative", 3


@dataclass(frozen=True, eq=False, kw_only=True)
class MessageFields(SimulatorFields["MessageSimulator"]):
    """Fields as in `message_passing.meta`."""

    history: int | None
    layers: int | None
    width: int | None
    inputs: str | None
    first: str
    batch: int
    rate: float
    last_rate: float
    unrolled: Sequence[int]
    noise: float

    kind: ClassVar[str] = "message_passing"
    label: ClassVar[str] = "learned from snapshots alone: no law is given"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.rate > 0:
            raise FieldError("rate", "the learning rate must be positive", code="M0585")
        if not 0 < self.last_rate <= self.rate:
            message = f"the learning rate falls from {self.rate:g} to {self.last_rate:g}: it cannot"
            raise FieldError("last_rate", message, code="M0585", help="take a positive number, not above `rate`")
        if not 1 <= len(self.unrolled) <= CHECKS:
            message = (
                f"the training is cut into {CHECKS} parts, and {len(self.unrolled)} numbers are to hold one after the other"
            )
            raise FieldError("unrolled", message, code="M0585", help="take one number, or a few")
        if self.data is None or self.weights is not None:
            return
        there, needed = self._learned, self._history + max(int(each) for each in self.unrolled)
        if there < needed:
            message = f"a sample takes {needed + 1} snapshots, that at rest included, and {there + 1} are learned from"
            raise FieldError("history", message, code="M0585", help="make longer trajectories, or take a shorter history")

    @property
    def _learned(self) -> int:
        """Snapshots of each trajectory that are learned from, beside that at rest."""
        assert self.data is not None
        return int(self.data.asked["snapshots"]) if self.window is None else int(self.window)

    @property
    def _history(self) -> int:
        return int(self.history or HISTORY)

    @property
    def asked_shape(self) -> Mapping[str, Any]:
        """Those of the fields that say something of it."""
        return {"history": self.history, "layers": self.layers, "width": self.width, "inputs": self.inputs}

    def shape(self, trajectories: Trajectories | None) -> MessageConfiguration:
        """From the fields alone."""
        from metac.runtime.learn.simulators.message_passing import MessageConfiguration

        layers, width = self.layers or LAYERS, self.width or WIDTH
        return MessageConfiguration(self._history, int(layers), int(width), str(self.first), self.inputs or INPUTS)

    def read_shape(self, description: Mapping[str, Any]) -> MessageConfiguration:
        """See `MessageConfiguration.read`."""
        from metac.runtime.learn.simulators.message_passing import MessageConfiguration

        return MessageConfiguration.read(description)

    def made(self, shape: MessageConfiguration, weights: Any, conditions: TrajectoryConditions) -> MessageSimulator:
        """With networks in single, statistics in double precision."""
        import jax

        from metac.runtime.learn.simulators.message_simulator import MessageSimulator

        # Networks compute in single precision; what they are shown and say is scaled in double.
        kept = {
            name: jax.tree.map(lambda leaf, kind=kind: np.asarray(leaf, kind), weights[name])
            for name, kind in (("networks", np.float32), ("statistics", float))
        }
        return MessageSimulator(shape, kept, conditions)

    @property
    def recipe(self) -> MessageRecipe:
        """Of the training."""
        from metac.runtime.learn.simulators.message_trainer import MessageRecipe

        return MessageRecipe(
            steps=int(self.steps),
            batch=int(self.batch),
            rate=float(self.rate),
            last_rate=float(self.last_rate),
            window=self._learned,
            unrolled=tuple(int(each) for each in self.unrolled),
            noise=float(self.noise),
            checks=CHECKS,
            seed=int(self.seed),
        )

    def train(
        self, shape: MessageConfiguration, conditions: TrajectoryConditions, trajectories: Trajectories, folder: Path
    ) -> ValidatedResult:
        """On single steps, or on a few."""
        from metac.runtime.learn.simulators.message_trainer import train_messages

        return train_messages(shape, conditions, trajectories, self.recipe, folder, self.title)

    @property
    def code(self) -> Sequence[ModuleType]:
        """The graph network, its rollouts and its training."""
        from metac.runtime.learn.simulators import message_passing, message_simulator, message_trainer, simulator_trainer

        return (message_passing, message_simulator, message_trainer, simulator_trainer)


class MessagePassing(LearnedSimulator["MessageSimulator"]):
    """Model: fields as in `message_passing.meta`."""

    def __init__(self, *, built: BuiltSimulator | None = None, **fields: Any) -> None:
        super().__init__(MessageFields(**fields), built)

    @staticmethod
    def build(**fields: Any) -> BuiltSimulator:
        """See `built_of`."""
        return built_of(MessageFields(**fields))


if TYPE_CHECKING:
    Satisfies[SimulatorModel[MessageSimulator]](MessagePassing)
    Satisfies[Exported](MessagePassing)
    Satisfies[Prepared](MessagePassing)
