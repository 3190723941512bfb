"""Surrogates of labelled designs: loaded, taken from the cache, or trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.cached_property import cached_property
from metac.runtime.artefacts.store import Store
from metac.runtime.artefacts.watch import present_watch
from metac.stdlib.models import supervised_fields
from metac.stdlib.models.supervised_fields import PreparedData, SupervisedFields
from metac.stdlib.models.trained_model import check_same_shape, from_weights, now, written

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from metac.compiler.interfaces.drawing import Exported, Prepared
    from metac.compiler.interfaces.model import SurrogateModel
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.runtime.learn.networks.dense import DenseConfiguration
    from metac.runtime.learn.supervised.scores import Scores
    from metac.runtime.learn.supervised.surrogate import Surrogate
    from metac.runtime.learn.validated_training import ValidatedResult

HIDDEN = (500, 376, 252, 128)
"""The paper's unit-cell model."""
TEST_LABELS = "test.npz"
"""Labels of test samples, true and predicted."""
MOST_TEST_LABELS = 20000


class Mlp:
    """Model: fields as in `mlp.meta`; `surrogate` is the trained network.

    Raises `FieldError`: M0585 where the fields make no network, M0586 to M0588 and M0592 for `weights` and `data` that give
    none, M0594 where the data set cannot be learned from.
    """

    def __init__(self, *, built: Surrogate | None = None, **fields: Any) -> None:
        self._built = built
        self.fields = MlpFields(**fields)

    @staticmethod
    def build(**fields: Any) -> Surrogate:
        """The trained network: that of `weights`, that of the cache, or a new one."""
        return MlpFields(**fields).surrogate()

    @property
    def surrogate(self) -> Surrogate:
        """The trained network."""
        assert self._built is not None, "made without what `build` gives"
        return self._built

    @property
    def content(self) -> dict[str, Any]:
        """What the network is: the hash of its weights."""
        from metac.runtime.learn.model_card import description_of

        with from_weights(), description_of(self.fields.folder) as card:
            return {"sha256": str(card["sha256"])}

    def prepare(self) -> None:
        """Show how well it predicts; `build` has trained it."""
        present_watch().note("\n".join(supervised_fields.table_of(self.fields.folder)))

    def figure(self, title: str) -> Figure:
        """Predicted over true labels of the test set."""
        from metac.runtime.learn.supervised.training_plots import plot_parity

        columns, labels = self.surrogate.columns, self.arrays()
        return plot_parity(labels["labels"], labels["predicted"], columns.label_names, columns.label_units, title)

    def arrays(self) -> dict[str, NDArray[np.float64]]:
        """True and predicted labels of the test set, `[sample, label]`, at most 20,000."""
        with np.load(self.fields.folder / TEST_LABELS, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}

    def files(self) -> dict[str, bytes]:
        """Its scores as CSV, for the folder of a run."""
        return supervised_fields.files_of(self.fields.folder)


@dataclass(frozen=True, eq=False, kw_only=True)
class MlpFields(SupervisedFields):
    """Fields as in `mlp.meta`. Raises `FieldError`, see `Mlp`."""

    hidden: Sequence[int] | None
    activation: str
    output: str
    folds: int | None

    def __post_init__(self) -> None:
        super().__post_init__()
        supervised_fields.check_hidden(self.hidden or ())
        if self.weights is not None:
            self._check_weights()

    @cached_property
    def knows(self) -> tuple[int, tuple[str, ...], tuple[str, ...]]:
        """Length of the designs, names of labels and of settings."""
        if self.data is not None:
            return self.data.features, self.data.label_names, self.data.setting_names
        from metac.runtime.learn.model_card import description_of

        with from_weights(), description_of(self.folder) as card:
            columns = card["columns"]
            return int(columns["features"]), tuple(columns["label_names"]), tuple(columns["setting_names"])

    @property
    def title(self) -> str:
        """For people."""
        return f"the surrogate of {self.source}"

    @cached_property
    def key(self) -> str:
        """Of the trained network in the cache: everything that it depends on."""
        from metac.runtime.learn.supervised import objectives

        return self.training_key((objectives,), model="mlp", shape=self._configuration.describe(), folds=self.folds)

    @cached_property
    def folder(self) -> Path:
        """Of the trained network; trains it where it is neither given nor in the cache."""
        if self.weights is not None:
            return supervised_fields.folder_of(self.weights)
        return Store().entry("mlp", self.key, self.title, self._make)

    def surrogate(self) -> Surrogate:
        """The trained network. Raises `FieldError` for weights and data; TrainingFailed, Interrupted, CacheUnusable."""
        from metac.runtime.learn.model_card import description_of
        from metac.runtime.learn.networks.dense import DenseConfiguration
        from metac.runtime.learn.networks.earlier_names import dense_name
        from metac.runtime.learn.supervised.surrogate import Columns, Surrogate
        from metac.runtime.learn.weights import load_weights

        with from_weights(), description_of(self.folder) as card:
            configuration, columns = DenseConfiguration.read(card["shape"]), Columns.read(card["columns"])
            template = configuration.network.weights_like
            weights = load_weights(self.folder, str(card["sha256"]), template, dense_name)
            return Surrogate(configuration, weights, columns)

    @cached_property
    def _configuration(self) -> DenseConfiguration:
        from metac.runtime.learn.networks.dense import DenseConfiguration

        assert self.data is not None
        inputs = self.data.features + len(self.data.setting_names)
        hidden = tuple(int(width) for width in self.hidden or HIDDEN)
        return DenseConfiguration(inputs, hidden, len(self.data.label_names), str(self.activation), str(self.output))

    def _check_weights(self) -> None:
        """Whether the card of `weights` is what the other fields ask for."""
        from metac.runtime.learn.model_card import description_of

        with from_weights(), description_of(self.folder) as card:
            hidden = None if self.hidden is None else [int(width) for width in self.hidden]
            check_same_shape({"hidden": hidden}, card["shape"])
            self.check_same_data(card)

    def _make(self, folder: Path) -> None:
        """Train into a folder of the cache."""
        prepared, started = self.prepare_data(), now()
        rows = (prepared.split.training, prepared.split.validation)
        surrogate, result = self._train(prepared, rows, folder, self.title, int(self.seed))
        scores = {name: _scores(surrogate, prepared, rows) for name, rows in prepared.split._asdict().items()}
        scores |= self._cross_validated(prepared, folder)
        with written(self.title):
            self._write(folder, surrogate, scores, self.training_record(prepared, result, started))
            self._draw(folder, surrogate, prepared, result)
        best = scores["test"]
        present_watch().note(f"{self.title} is trained, R² {best.overall:.4f} on {best.samples:,} test samples")

    def _train(
        self,
        prepared: PreparedData,
        rows: tuple[NDArray[np.int64], NDArray[np.int64]],
        folder: Path,
        title: str,
        seed: int,
    ) -> tuple[Surrogate, ValidatedResult]:
        """A network that learns from the first rows, and ends by the second; checkpoints go to `folder`."""
        from metac.runtime.learn.supervised.objectives import squared_error
        from metac.runtime.learn.supervised.supervised_trainer import train_supervised
        from metac.runtime.learn.supervised.surrogate import Surrogate

        configuration = self._configuration
        initial, objective = configuration.network.initial_weights(seed), squared_error(configuration)
        result = train_supervised(objective, initial, prepared.samples, rows, self.recipe, folder, title)
        return Surrogate(configuration, result.weights, prepared.columns), result

    def _cross_validated(self, prepared: PreparedData, folder: Path) -> dict[str, Scores]:
        """Scores on the sets that were left out, of networks trained on the others."""
        from metac.runtime.learn.supervised.labelled_data import folds

        if self.folds is None:
            return {}
        found, seed = {}, int(self.seed)
        known = np.sort(np.concatenate([prepared.split.training, prepared.split.validation]))
        for number, rows in enumerate(folds(prepared.samples.designs, known, int(self.folds), seed), start=1):
            place = folder / f"fold-{number}"
            place.mkdir(exist_ok=True)
            title = f"{self.title}, fold {number} of {self.folds}"
            surrogate, _ = self._train(prepared, rows, place, title, seed + number)
            found[f"fold {number}"] = _scores(surrogate, prepared, rows[1])
        return found

    def _write(self, folder: Path, surrogate: Surrogate, scores: dict[str, Scores], record: dict[str, Any]) -> None:
        """Weights, card and scores. Raises OSError."""
        from metac.runtime.learn.model_card import write_description
        from metac.runtime.learn.supervised.scores import write_scores
        from metac.runtime.learn.weights import save_weights

        save_weights(folder, surrogate.weights)
        configuration = surrogate.configuration
        about = {"model": "mlp", "title": self.title, "shape": configuration.describe()}
        about |= {"columns": surrogate.columns.describe(), "parameters": configuration.network.parameters, **record}
        write_description(folder, {**about, "scores": {name: each.describe() for name, each in scores.items()}})
        write_scores(folder / supervised_fields.SCORES, scores)

    def _draw(self, folder: Path, surrogate: Surrogate, prepared: PreparedData, result: ValidatedResult) -> None:
        """Labels of the test set and plots. Raises OSError."""
        from metac.runtime.learn.supervised.training_plots import plot_parity
        from metac.runtime.report.design_plots import save
        from metac.runtime.runs.atomic import save_arrays

        columns = prepared.columns
        truth, predicted = _compared(surrogate, prepared, prepared.split.test[:MOST_TEST_LABELS])
        save_arrays(folder / TEST_LABELS, {"labels": truth, "predicted": predicted})
        save(plot_parity(truth, predicted, columns.label_names, columns.label_units, self.title), folder / "parity.png")
        supervised_fields.write_losses(folder, result, "mean squared error of scaled labels", self.title)


def _scores(surrogate: Surrogate, prepared: PreparedData, rows: NDArray[np.int64]) -> Scores:
    from metac.runtime.learn.supervised.scores import Scores

    return Scores.of(*_compared(surrogate, prepared, rows), surrogate.columns.label_names)


def _compared(
    surrogate: Surrogate, prepared: PreparedData, rows: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """True and predicted labels `[sample, label]`, in their units."""
    columns, samples = surrogate.columns, prepared.samples.take(rows)
    settings = columns.settings.restore(samples.settings)
    return columns.labels.restore(samples.labels), surrogate.predict(samples.designs, settings)


if TYPE_CHECKING:
    Satisfies[SurrogateModel[Surrogate]](Mlp)
    Satisfies[Exported](Mlp)
    Satisfies[Prepared](Mlp)
