"""What the fields of a learned simulator ask for, and how it is met: by a file, by the cache, or by training."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import numpy as np

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.dataset import TrajectoryDataset
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.artefacts.keys import code_of, key_of, series
from metac.runtime.artefacts.store import Store
from metac.runtime.artefacts.watch import present_watch
from metac.stdlib.models.simulator_writing import ranges_of, rows_of, write_simulator
from metac.stdlib.models.trained_model import (
    check_learnable,
    check_same_shape,
    folder_of,
    from_weights,
    now,
    written,
)

if TYPE_CHECKING:
    from metac.runtime.datasets.trajectories.trajectories import Trajectories, TrajectoryRecipe
    from metac.runtime.learn.simulators.conditions import TrajectoryConditions
    from metac.runtime.learn.simulators.judgement import Judgement
    from metac.runtime.learn.validated_training import ValidatedResult

FORMAT = 1
"""A change of meaning that the hashes of code do not show gives models new keys."""
CHECKS = 20
"""How often validation packings are rolled out in a training."""
DRAWN_FROM = ("sizes", "pressure")
"""What packings depend on besides their seed and number of nodes."""

Simulates = TypeVar("Simulates", bound=Any)
"""The simulator: `runtime/learn/simulators/simulator.py`, or `message_simulator.py`."""


@dataclass(frozen=True, eq=False, kw_only=True)
class SimulatorFields(ABC, Generic[Simulates]):
    """Fields that simulators share. Raises `FieldError`, see `LearnedSimulator`."""

    data: TrajectoryDataset[TrajectoryRecipe, Trajectories] | None
    weights: str | None
    judge: TrajectoryDataset[TrajectoryRecipe, Trajectories] | None
    window: int | None
    steps: int
    judged: Sequence[int] | None
    seed: int

    kind: ClassVar[str]
    """Name of the definition."""
    label: ClassVar[str]
    """What the card says of how it knows what it knows."""

    @property
    @abstractmethod
    def asked_shape(self) -> Mapping[str, Any]:
        """What fields say of the shape; None where they say nothing."""

    @abstractmethod
    def shape(self, trajectories: Trajectories | None) -> Any:
        """Of what is trained: from the fields, and from what is learned from (None: as far as the fields say it)."""

    @abstractmethod
    def read_shape(self, description: Mapping[str, Any]) -> Any:
        """Of a card. Raises KeyError, TypeError or ValueError where it describes none."""

    @abstractmethod
    def made(self, shape: Any, weights: Any, conditions: TrajectoryConditions) -> Simulates:
        """The simulator with given weights."""

    @property
    @abstractmethod
    def recipe(self) -> Any:
        """How it is trained."""

    @abstractmethod
    def train(
        self, shape: Any, conditions: TrajectoryConditions, trajectories: Trajectories, folder: Path
    ) -> ValidatedResult:
        """Train into a folder. Raises TrainingFailed, Interrupted."""

    @property
    @abstractmethod
    def code(self) -> Sequence[ModuleType]:
        """Modules that the trained simulator depends on, beside those that all depend on."""

    def __post_init__(self) -> None:
        check_learnable(self.data, self.weights, 'give a data set of trajectories: `data = films`, or `weights = "springs"`')
        if self.steps % CHECKS:
            message = f"{self.steps:,} steps are no multiple of {CHECKS}, the number of checks on validation packings"
            raise FieldError("steps", message, code="M0585", help=f"take {-(-self.steps // CHECKS) * CHECKS:,}")
        for name in ("data", "judge"):
            self._check_snapshots(name)
        if self.weights is not None:
            with from_weights():
                check_same_shape(self.asked_shape, self.card["shape"])
            self._check_same_data()
        if self.judge is not None:
            self._check_judge(self.judge)

    @property
    def title(self) -> str:
        """For people."""
        return f"the simulator of {self.data.title if self.data is not None else self.weights}"

    @cached_property
    def card(self) -> dict[str, Any]:
        """What is known of the trained simulator."""
        from metac.runtime.learn.model_card import description_of

        with from_weights(), description_of(self.folder) as card:
            if card["model"] != self.kind:
                raise ValueError("a network of another kind")
            return card

    @cached_property
    def folder(self) -> Path:
        """Of the trained simulator; trains it where it is neither given nor in the cache."""
        if self.weights is not None:
            return folder_of(self.weights)
        return Store().entry("simulator", self.key, self.title, self._make)

    @cached_property
    def key(self) -> str:
        """Of the trained simulator in the cache: everything that it depends on."""
        from metac.runtime.learn import validated_training
        from metac.runtime.learn.simulators import batches, conditions, judgement, rollout_scores, stability
        from metac.runtime.springs import forces, network

        assert self.data is not None
        shared = (validated_training, batches, conditions, judgement, rollout_scores, stability, forces, network)
        return key_of(
            {
                "format": FORMAT,
                "model": self.kind,
                "data": dict(self.data.content),
                "shape": self.shape(None).describe(),
                "recipe": self.recipe.describe(),
                "judged": None if self.judged is None else [int(each) for each in self.judged],
                "code": code_of(str(module.__file__) for module in (*self.code, *shared)),
                "versions": series("jax", "optax", "numpy"),
            }
        )

    def simulator(self) -> Simulates:
        """The trained simulator. Raises `FieldError` for weights and data; TrainingFailed, Interrupted, CacheUnusable."""
        from metac.runtime.learn.simulators.conditions import TrajectoryConditions
        from metac.runtime.learn.weights import load_weights
        from metac.runtime.precision import enable_double_precision

        enable_double_precision()
        card = self.card
        with from_weights():
            try:
                shape, conditions = self.read_shape(card["shape"]), TrajectoryConditions.read(card["conditions"])
            except (KeyError, TypeError, ValueError) as problem:
                message = f"{self.folder} does not describe a simulator that this version can read"
                raise FieldError("weights", message, code="M0586") from problem
            found = load_weights(self.folder, str(card["sha256"]), shape.initial_weights(0))
        return self.made(shape, found, conditions)

    def judgement(self, simulator: Simulates) -> Judgement | None:
        """Of the networks of `judge`, all of them, as reported; None where there are none."""
        from metac.runtime.learn.simulators.conditions import TrajectoryConditions
        from metac.runtime.learn.simulators.judgement import judgement_of

        if self.judge is None:
            return None
        # How the box moves is prescribed: it is that of the test.
        asked = TrajectoryConditions.of(self.judge.recipe)
        judged = judgement_of(simulator.under(asked.interval, asked.rate), self.judge.samples(), self.judged)
        last = judged.scores[-1]
        present_watch().note(
            f"{self.title}, judged by {self.judge.title}: "
            f"R² of Poisson's ratio {last.r2:.5f} after {last.snapshot} snapshots"
        )
        return judged

    def _check_snapshots(self, name: str) -> None:
        """Raises `FieldError` where a data set has fewer snapshots than are asked for."""
        data: TrajectoryDataset[TrajectoryRecipe, Trajectories] | None = getattr(self, name)
        if data is None:
            return
        count = int(data.asked["snapshots"])
        asked = [] if self.judged is None else [int(each) for each in self.judged]
        if asked and not 1 <= min(asked) <= max(asked) <= count:
            message = f"rollouts are judged after {asked} snapshots, and trajectories of `{name}` have {count}"
            raise FieldError("judged", message, code="M0585", help="leave `judged` out, or make longer trajectories")
        if name == "data" and self.weights is None and self.window is not None and self.window > count:
            message = f"it learns from the first {self.window} snapshots, and trajectories of `data` have {count}"
            raise FieldError("window", message, code="M0585", help=f"take {count} at most")

    def _check_same_data(self) -> None:
        if self.data is None:
            return
        # What was asked for, not the key: that changes with the code that makes the same trajectories. What a recipe has
        # come to say since then asks for nothing where it is empty.
        asked = self._known_recipe
        if {**{name: value for name, value in asked.items() if not value}, **self.card["data"]["recipe"]} == asked:
            return
        raise FieldError(
            "weights",
            f"these weights were trained on other data: {self.card['data']['title']}",
            code="M0592",
            help="leave `data` out to use them as they are, or leave `weights` out to train the simulator again",
        )

    def _check_judge(self, judge: TrajectoryDataset[TrajectoryRecipe, Trajectories]) -> None:
        """Raises `FieldError` M0594 on `judge` for packings that it learned from."""
        recipe = dict(judge.asked)
        learned = self.card["data"]["recipe"] if self.weights is not None else self._known_recipe
        # Cards of earlier versions tell of one number of nodes.
        turns = [{each["nodes"], *each.get("more_nodes", ())} for each in (recipe, learned)]
        if any(recipe[name] != learned[name] for name in DRAWN_FROM) or not turns[0] & turns[1]:
            return
        first, kept = int(learned["seed"]), int(learned["packings"]) - int(learned["test"])
        same = set(range(first, first + kept)) & set(range(recipe["seed"], recipe["seed"] + recipe["packings"]))
        if same:
            message = f"it learned from the packing with the seed {min(same)}, which is one of those that are to judge it"
            raise FieldError("judge", message, code="M0594", help=f"give `judge` a `seed` of {first + kept} or more")

    @property
    def _known_recipe(self) -> dict[str, Any]:
        assert self.data is not None
        return dict(self.data.asked)

    def _make(self, folder: Path) -> None:
        """Train into a folder of the cache."""
        from metac.runtime.learn.simulators.conditions import TrajectoryConditions
        from metac.runtime.learn.simulators.judgement import judgement_of
        from metac.runtime.learn.simulators.stability import radius_on

        assert self.data is not None
        trajectories, conditions, started = self.data.samples(), TrajectoryConditions.of(self.data.recipe), now()
        shape = self.shape(trajectories)
        result = self.train(shape, conditions, trajectories, folder)
        simulator = self.made(shape, result.weights, conditions)
        present_watch().phase(f"judging {self.title}")
        tested = rows_of(trajectories, 2)
        judgement, radius = judgement_of(simulator, tested, self.judged), radius_on(simulator, tested)
        card = {
            "model": self.kind,
            "title": self.title,
            "label": self.label,
            "shape": shape.describe(),
            "parameters": shape.parameters,
            "conditions": conditions.describe(),
            "data": {"title": self.data.title, "key": key_of(dict(self.data.content)), "recipe": self._known_recipe},
            "recipe": self.recipe.describe(),
            "seconds": round(result.seconds, 1),
            "best_check": result.best + 1,
            "validation": float(result.validation[result.best]),
            "scores": [each.describe() for each in judgement.scores],
            "versions": series("jax", "optax", "numpy"),
            "started": started,
            **ranges_of(trajectories),
            "spectral_radius": radius if np.isfinite(radius) else None,
        }
        with written(self.title):
            write_simulator(folder, card, result.weights, judgement, result, self.title)
        best = judgement.scores[-1]
        present_watch().note(
            f"{self.title} is trained: R² of Poisson's ratio {best.r2:.5f} after {best.snapshot} snapshots of "
            f"{best.networks} test networks, spectral radius {radius:.4f}"
        )
