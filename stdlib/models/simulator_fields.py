"""What the fields of a learned simulator ask for, and how it is met: by a file, by the cache, or by training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.dataset import TrajectoryDataset
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.artefacts.keys import code_of, key_of, series
from metac.runtime.artefacts.store import Store
from metac.runtime.artefacts.watch import present_watch
from metac.stdlib.models.trained_model import (
    check_learnable,
    check_same_shape,
    folder_of,
    from_weights,
    now,
    write_loss_table,
    written,
)

if TYPE_CHECKING:
    from metac.runtime.datasets.trajectories.trajectories import Recipe, Trajectories
    from metac.runtime.learn.simulators.judgement import Judgement
    from metac.runtime.learn.simulators.simulator import Simulator
    from metac.runtime.learn.simulators.simulator_trainer import SimulatorRecipe
    from metac.runtime.learn.validated_training import ValidatedResult

FORMAT = 1
"""A change of meaning that the hashes of code do not show gives models new keys."""
WIDTH, SUBSTEPS = 32, 8
SCORES, RATIOS = "scores.csv", "ratios.npz"
CHECKS = 20
"""How often validation packings are rolled out in a training."""
DRAWN_FROM = ("nodes", "sizes", "pressure")
"""What packings depend on besides their seed."""


@dataclass(frozen=True, eq=False, kw_only=True)
class SimulatorFields:
    """Fields as in `graph_simulator.meta`. Raises `FieldError`, see `GraphSimulator`."""

    data: TrajectoryDataset[Recipe, Trajectories] | None
    weights: str | None
    judge: TrajectoryDataset[Recipe, Trajectories] | None
    width: int | None
    substeps: int | None
    window: int
    steps: int
    batch: int
    rate: float
    judged: Sequence[int] | None
    seed: int

    def __post_init__(self) -> None:
        check_learnable(self.data, self.weights, 'give a data set of trajectories: `data = films`, or `weights = "springs"`')
        if not self.rate > 0:
            raise FieldError("rate", "the learning rate must be positive", code="M0585")
        if self.steps % CHECKS:
            message = f"{self.steps:,} steps are no multiple of {CHECKS}, the number of checks on validation packings"
            raise FieldError("steps", message, code="M0585", help=f"take {-(-self.steps // CHECKS) * CHECKS:,}")
        for name in ("data", "judge"):
            self._check_snapshots(name)
        if self.weights is not None:
            with from_weights():
                asked = {name: getattr(self, name) for name in ("width", "substeps")}
                check_same_shape(asked, self.card["shape"])
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
            if card["model"] != "graph_simulator":
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
        from metac.runtime.learn.simulators import (
            conditions,
            judgement,
            learned_law,
            propagator,
            rollout_scores,
            simulator_trainer,
            stability,
        )
        from metac.runtime.learn.simulators import simulator as rollouts
        from metac.runtime.springs import forces, highest_eigenvalue, network

        assert self.data is not None
        shared = (validated_training, forces, highest_eigenvalue, network)
        modules = (conditions, judgement, learned_law, propagator, rollout_scores, rollouts, simulator_trainer, stability)
        return key_of(
            {
                "format": FORMAT,
                "data": dict(self.data.content),
                "shape": [self.width or WIDTH, self.substeps or SUBSTEPS],
                "recipe": self._recipe.describe(),
                "judged": None if self.judged is None else [int(each) for each in self.judged],
                "code": code_of(module.__file__ for module in (*modules, *shared)),
                "versions": series("jax", "optax", "numpy"),
            }
        )

    def simulator(self) -> Simulator:
        """The trained simulator. Raises `FieldError` for weights and data; TrainingFailed, Interrupted, CacheUnusable."""
        import jax

        from metac.runtime.learn.simulators.conditions import TrajectoryConditions
        from metac.runtime.learn.simulators.propagator import PropagatorConfiguration
        from metac.runtime.learn.simulators.simulator import Simulator
        from metac.runtime.learn.weights import load_weights
        from metac.runtime.precision import enable_double_precision

        enable_double_precision()
        card = self.card
        with from_weights():
            try:
                shape, conditions = (
                    PropagatorConfiguration.read(card["shape"]),
                    TrajectoryConditions.read(card["conditions"]),
                )
            except (KeyError, TypeError, ValueError) as problem:
                message = f"{self.folder} does not describe a simulator that this version can read"
                raise FieldError("weights", message, code="M0586") from problem
            found = load_weights(self.folder, str(card["sha256"]), shape.initial_weights(0))
        # Stored in single precision; mechanics runs in double.
        weights = jax.tree.map(lambda leaf: np.asarray(leaf, float), found)
        return Simulator(shape, weights, conditions)

    def judgement(self, simulator: Simulator) -> Judgement | None:
        """Of the networks of `judge`, all of them, which it tells of; None where there are none."""
        from dataclasses import replace

        from metac.runtime.learn.simulators.conditions import TrajectoryConditions
        from metac.runtime.learn.simulators.judgement import judgement_of

        if self.judge is None:
            return None
        # How the box moves is prescribed: it is that of the test.
        asked = TrajectoryConditions.of(self.judge.recipe)
        conditions = replace(simulator.conditions, interval=asked.interval, rate=asked.rate)
        judged = judgement_of(replace(simulator, conditions=conditions), self.judge.samples(), self.judged)
        last = judged.scores[-1]
        present_watch().note(
            f"{self.title}, judged by {self.judge.title}: "
            f"R² of Poisson's ratio {last.r2:.5f} after {last.snapshot} snapshots"
        )
        return judged

    @property
    def _recipe(self) -> SimulatorRecipe:
        from metac.runtime.learn.simulators.simulator_trainer import SimulatorRecipe

        return SimulatorRecipe(
            steps=int(self.steps),
            batch=int(self.batch),
            rate=float(self.rate),
            window=int(self.window),
            checks=CHECKS,
            seed=int(self.seed),
        )

    def _check_snapshots(self, name: str) -> None:
        """Raises `FieldError` where a data set has fewer snapshots than are asked for."""
        data: TrajectoryDataset[Recipe, Trajectories] | None = getattr(self, name)
        if data is None:
            return
        count = int(data.recipe.snapshots)
        asked = [] if self.judged is None else [int(each) for each in self.judged]
        if asked and not 1 <= min(asked) <= max(asked) <= count:
            message = f"rollouts are judged after {asked} snapshots, and trajectories of `{name}` have {count}"
            raise FieldError("judged", message, code="M0585", help="leave `judged` out, or make longer trajectories")
        if name == "data" and self.weights is None and self.window > count:
            message = f"it learns from the first {self.window} snapshots, and trajectories of `data` have {count}"
            raise FieldError("window", message, code="M0585", help=f"take {count} at most")

    def _check_same_data(self) -> None:
        if self.data is None or self.card["data"]["key"] == key_of(self.data.content):
            return
        raise FieldError(
            "weights",
            f"these weights were trained on other data: {self.card['data']['title']}",
            code="M0592",
            help="leave `data` out to use them as they are, or leave `weights` out to train the simulator again",
        )

    def _check_judge(self, judge: TrajectoryDataset[Recipe, Trajectories]) -> None:
        """Raises `FieldError` M0594 on `judge` for packings that it learned from."""
        recipe = judge.recipe.describe()
        learned = self.card["data"]["recipe"] if self.weights is not None else self._known_recipe
        if any(recipe[name] != learned[name] for name in DRAWN_FROM):
            return
        first, kept = int(learned["seed"]), int(learned["packings"]) - int(learned["test"])
        same = set(range(first, first + kept)) & set(range(recipe["seed"], recipe["seed"] + recipe["packings"]))
        if same:
            message = f"it learned from the packing with the seed {min(same)}, which is one of those that are to judge it"
            raise FieldError("judge", message, code="M0594", help=f"give `judge` a `seed` of {first + kept} or more")

    @property
    def _known_recipe(self) -> dict[str, Any]:
        assert self.data is not None
        return self.data.recipe.describe()

    def _make(self, folder: Path) -> None:
        """Train into a folder of the cache."""
        from metac.runtime.learn.simulators.conditions import TrajectoryConditions
        from metac.runtime.learn.simulators.judgement import judgement_of
        from metac.runtime.learn.simulators.propagator import PropagatorConfiguration
        from metac.runtime.learn.simulators.simulator import Simulator
        from metac.runtime.learn.simulators.simulator_trainer import train_simulator

        assert self.data is not None
        trajectories, conditions, started = self.data.samples(), TrajectoryConditions.of(self.data.recipe), now()
        learned = trajectories.box[trajectories.set == 0, 0, 0]
        time = float(np.mean(conditions.interval / (conditions.rate * learned)))
        shape = PropagatorConfiguration(int(self.width or WIDTH), int(self.substeps or SUBSTEPS), time)
        result = train_simulator(shape, conditions, trajectories, self._recipe, folder, self.title)
        simulator = Simulator(shape, result.weights, conditions)
        present_watch().phase(f"judging {self.title}")
        tested = _rows(trajectories, 2)
        judgement = judgement_of(simulator, tested, self.judged)
        radius = _radius(simulator, tested)
        with written(self.title):
            self._write(folder, simulator, result, judgement, {"started": started, **_known(trajectories, radius)})
        best = judgement.scores[-1]
        present_watch().note(
            f"{self.title} is trained: R² of Poisson's ratio {best.r2:.5f} after {best.snapshot} snapshots of "
            f"{best.networks} test networks, spectral radius {radius:.4f}"
        )

    def _write(
        self,
        folder: Path,
        simulator: Simulator,
        result: ValidatedResult,
        judgement: Judgement,
        more: dict[str, Any],
    ) -> None:
        """Weights, card, scores and plots. Raises OSError."""
        from metac.runtime.learn.model_card import write_description
        from metac.runtime.learn.simulators.judgement import draw_parity
        from metac.runtime.learn.simulators.rollout_scores import HEADINGS
        from metac.runtime.learn.weights import save_weights
        from metac.runtime.report.design_plots import save
        from metac.runtime.runs.atomic import save_arrays, write_bytes
        from metac.runtime.runs.csv_tables import table_bytes

        assert self.data is not None
        save_weights(folder, _single(simulator.weights))
        recipe = self.data.recipe.describe()
        card = {
            "model": "graph_simulator",
            "title": self.title,
            "label": "physics-informed: terms given, coefficients learned",
            "shape": simulator.configuration.describe(),
            "parameters": simulator.configuration.parameters,
            "conditions": simulator.conditions.describe(),
            "data": {"title": self.data.title, "key": key_of(dict(self.data.content)), "recipe": recipe},
            "recipe": self._recipe.describe(),
            "seconds": round(result.seconds, 1),
            "best_check": result.best + 1,
            "validation": float(result.validation[result.best]),
            "scores": [each.describe() for each in judgement.scores],
            "versions": series("jax", "optax", "numpy"),
            **more,
        }
        write_description(folder, card)
        write_bytes(folder / SCORES, table_bytes([list(HEADINGS), *judgement.rows("test")]))
        save_arrays(folder / RATIOS, judgement.arrays())
        save(draw_parity(judgement.arrays(), self.title), folder / "parity.png")
        write_loss_table(folder, result, "check")


def _rows(trajectories: Trajectories, number: int) -> Trajectories:
    """Those of one set."""
    rows = trajectories.set == number
    return trajectories._replace(**{name: each[rows] for name, each in trajectories._asdict().items()})


def _radius(simulator: Simulator, tested: Trajectories) -> float:
    """The largest spectral radius on the networks with the highest and the lowest ratio, early and late."""
    import jax
    import jax.numpy as jnp

    from metac.runtime.learn.simulators.simulator import networks_of
    from metac.runtime.learn.simulators.stability import spectral_radius

    networks, ratios = networks_of(tested), tested.ratios[:, 0]
    last = tested.positions.shape[1] - 1
    found = []
    for row in {int(np.argmin(ratios)), int(np.argmax(ratios))}:
        network = jax.tree.map(lambda leaf, row=row: jnp.asarray(leaf[row]), networks)
        found.append(spectral_radius(simulator, network, sorted({1, last // 2, last} - {0})))
    return max(found)


def _known(trajectories: Trajectories, radius: float) -> dict[str, Any]:
    """Ranges of what was learned from, and stability, for the card."""
    learned = _rows(trajectories, 0)
    first, second = (np.take_along_axis(learned.positions[:, 0], learned.bonds[:, :, end, None], 1) for end in (0, 1))
    lengths = np.hypot(*np.moveaxis(second - first + learned.images * learned.box[:, :1], 2, 0))[learned.weights > 0]
    degrees = [
        np.bincount(bonds[weights > 0].ravel()) for bonds, weights in zip(learned.bonds, learned.weights, strict=True)
    ]
    ends = np.concatenate(degrees)
    return {
        "networks": len(learned.nodes),
        "lengths": [float(lengths.min()), float(lengths.max())],
        "degrees": [int(ends[ends > 0].min()), int(ends.max())],
        "ratios": [float(learned.ratios[:, 0].min()), float(learned.ratios[:, 0].max())],
        "spectral_radius": radius if np.isfinite(radius) else None,
    }


def _single(weights: Any) -> Any:
    import jax

    return jax.tree.map(lambda leaf: np.asarray(leaf, np.float32), weights)
