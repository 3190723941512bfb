"""Surrogates of labelled designs: loaded, taken from the cache, or trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.dataset import LabelledDataset
from metac.runtime.artefacts.store import Store
from metac.runtime.artefacts.watch import present_watch
from metac.stdlib.models import supervised_fields as fits
from metac.stdlib.models.trained_model import check_learnable, check_same_shape, from_weights, now, written

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from metac.runtime.learn.networks.dense import DenseShape
    from metac.runtime.learn.supervised.scores import Scores
    from metac.runtime.learn.supervised.surrogate import Surrogate

HIDDEN = (500, 376, 252, 128)
"""The paper's unit-cell model."""
JUDGED = "test.npz"
"""Labels of test samples, true and predicted."""
SHOWN = 20000
"""Most test samples that are kept."""


class Mlp:
    """Model: fields as in `mlp.meta`; `surrogate` is the trained network.

    Raises `FieldError`: M0585 where the fields make no network, M0586 to M0588 and M0592 for `weights` and `data` that give
    none, M0594 where the data set cannot be learned from.
    """

    def __init__(self, *, built: Surrogate | None = None, **fields: Any) -> None:
        self._built = built
        self.training = SurrogateTraining(**fields)

    @staticmethod
    def build(
        data: LabelledDataset | None,
        weights: str | None,
        hidden: Sequence[int] | None,
        activation: str,
        output: str,
        epochs: int,
        batch: int,
        rate: float,
        patience: int,
        optimiser: str,
        validation: float,
        test: float,
        folds: int | None,
        seed: int,
    ) -> Surrogate:
        """The trained network: that of `weights`, that of the cache, or a new one."""
        return SurrogateTraining(**locals()).surrogate()

    @property
    def surrogate(self) -> Surrogate:
        """The trained network."""
        assert self._built is not None, "made without what `build` gives"
        return self._built

    @property
    def content(self) -> dict[str, Any]:
        """What the network is: the hash of its weights."""
        from metac.runtime.learn.model_card import description_of

        with from_weights(), description_of(self.training.folder) as card:
            return {"sha256": str(card["sha256"])}

    def prepare(self) -> None:
        """Tell how well it predicts; `build` has trained it."""
        present_watch().note("\n".join(fits.table_of(self.training.folder)))

    def figure(self, title: str) -> Figure:
        """Predicted over true labels of the test set."""
        from metac.runtime.learn.supervised.fit_plots import draw_parity

        columns, judged = self.surrogate.columns, self.arrays()
        return draw_parity(judged["labels"], judged["predicted"], columns.label_names, columns.label_units, title)

    def arrays(self) -> dict[str, NDArray[np.float64]]:
        """True and predicted labels of the test set, `[sample, label]`, at most 20,000."""
        with np.load(self.training.folder / JUDGED, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}

    def files(self) -> dict[str, bytes]:
        """Its scores as CSV, for the folder of a run."""
        return fits.files_of(self.training.folder)


@dataclass(frozen=True, eq=False)
class SurrogateTraining:
    """Fields as in `mlp.meta`. Raises `FieldError`, see `Mlp`."""

    data: LabelledDataset | None = None
    weights: str | None = None
    hidden: Sequence[int] | None = None
    activation: str = "relu"
    output: str = "linear"
    epochs: int = 200
    batch: int = 32
    rate: float = 1e-4
    patience: int = 20
    optimiser: str = "adam"
    validation: float = 0.3
    test: float = 0.1
    folds: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        check_learnable(self.data, self.weights, fits.LABELLED)
        fits.check_hidden(self.hidden or ())
        _ = self._fit
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
        return f"the surrogate of {self.data.title if self.data else self.weights}"

    @cached_property
    def key(self) -> str:
        """Of the trained network in the cache: everything that it depends on."""
        assert self.data is not None
        return self._fit.key(self.data, (), model="mlp", shape=self._shape.describe(), folds=self.folds)

    @cached_property
    def folder(self) -> Path:
        """Of the trained network; trains it where it is neither given nor in the cache."""
        if self.weights is not None:
            return fits.folder_of(self.weights)
        return Store().entry("mlp", self.key, self.title, self._make)

    def surrogate(self) -> Surrogate:
        """The trained network. Raises `FieldError` for weights and data; TrainingFailed, Interrupted, CacheUnusable."""
        from metac.runtime.learn.model_card import description_of
        from metac.runtime.learn.networks.dense import DenseShape
        from metac.runtime.learn.supervised.surrogate import Columns, Surrogate
        from metac.runtime.learn.weights import load_weights

        with from_weights(), description_of(self.folder) as card:
            shape, columns = DenseShape.read(card["shape"]), Columns.read(card["columns"])
            return Surrogate(shape, load_weights(self.folder, str(card["sha256"]), shape.weights_like()), columns)

    @cached_property
    def _fit(self) -> fits.Fit:
        return fits.fit_of(self)

    @cached_property
    def _shape(self) -> DenseShape:
        from metac.runtime.learn.networks.dense import DenseShape

        assert self.data is not None
        inputs = self.data.features + len(self.data.setting_names)
        hidden = tuple(int(width) for width in self.hidden or HIDDEN)
        return DenseShape(inputs, hidden, len(self.data.label_names), str(self.activation), str(self.output))

    def _check_weights(self) -> None:
        """Whether the card of `weights` is what the other fields ask for."""
        from metac.runtime.learn.model_card import description_of

        with from_weights(), description_of(self.folder) as card:
            hidden = None if self.hidden is None else [int(width) for width in self.hidden]
            check_same_shape({"hidden": hidden}, card["shape"])
            fits.check_same_data(card, self.data)

    def _make(self, folder: Path) -> None:
        """Train into a folder of the cache."""
        from metac.runtime.learn.model_card import write_description
        from metac.runtime.learn.supervised.objectives import squared_error
        from metac.runtime.learn.supervised.supervised_trainer import fit
        from metac.runtime.learn.supervised.surrogate import Surrogate
        from metac.runtime.learn.weights import save_weights

        assert self.data is not None
        ready, shape, started = self._fit.ready(self.data), self._shape, now()
        first, objective = shape.first_weights(self.seed), squared_error(shape)
        rows = (ready.split.training, ready.split.validation)
        fitted = fit(objective, first, ready.samples, rows, self._fit.recipe, folder, self.title)
        surrogate = Surrogate(shape, fitted.weights, ready.columns)
        scores = {name: self._judge(surrogate, ready, rows) for name, rows in ready.split._asdict().items()}
        scores |= self._cross_validated(ready, folder)
        story = fits.story_of(self.data, ready, self._fit, fitted, started)
        with written(self.title):
            save_weights(folder, fitted.weights)
            parts = {"model": "mlp", "title": self.title, "shape": shape.describe(), "columns": ready.columns.describe()}
            told = {name: each.describe() for name, each in scores.items()}
            write_description(folder, {**parts, "parameters": shape.parameters, **story, "scores": told})
            self._draw(folder, surrogate, ready, fitted, scores)
        best = scores["test"]
        present_watch().note(f"{self.title} is trained, R² {best.overall:.4f} on {best.samples:,} test samples")

    def _cross_validated(self, ready: fits.Ready, folder: Path) -> dict[str, Scores]:
        """Scores on the sets that were left out, of networks trained on the others."""
        from metac.runtime.learn.supervised.labelled_data import folds
        from metac.runtime.learn.supervised.objectives import squared_error
        from metac.runtime.learn.supervised.supervised_trainer import fit
        from metac.runtime.learn.supervised.surrogate import Surrogate

        if self.folds is None:
            return {}
        found, shape = {}, self._shape
        known = np.sort(np.concatenate([ready.split.training, ready.split.validation]))
        for number, rows in enumerate(folds(ready.samples.designs, known, int(self.folds), self.seed), start=1):
            place = folder / f"fold-{number}"
            place.mkdir(exist_ok=True)
            title = f"{self.title}, fold {number} of {self.folds}"
            first = shape.first_weights(self.seed + number)
            fitted = fit(squared_error(shape), first, ready.samples, rows, self._fit.recipe, place, title)
            found[f"fold {number}"] = self._judge(Surrogate(shape, fitted.weights, ready.columns), ready, rows[1])
        return found

    def _judge(self, surrogate: Surrogate, ready: fits.Ready, rows: NDArray[np.int64]) -> Scores:
        from metac.runtime.learn.supervised.scores import Scores

        return Scores.of(*_compared(surrogate, ready, rows), surrogate.columns.label_names)

    def _draw(self, folder: Path, surrogate: Surrogate, ready: fits.Ready, fitted: Any, scores: dict[str, Scores]) -> None:
        from metac.runtime.learn.supervised.fit_plots import draw_parity
        from metac.runtime.learn.supervised.scores import write_scores
        from metac.runtime.report.design_plots import save
        from metac.runtime.runs.atomic import save_arrays

        columns = ready.columns
        write_scores(folder / fits.SCORES, scores)
        truth, predicted = _compared(surrogate, ready, ready.split.test[:SHOWN])
        save_arrays(folder / JUDGED, {"labels": truth, "predicted": predicted})
        save(draw_parity(truth, predicted, columns.label_names, columns.label_units, self.title), folder / "parity.png")
        fits.write_losses(folder, fitted, "mean squared error of scaled labels", self.title)


def _compared(
    surrogate: Surrogate, ready: fits.Ready, rows: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """True and predicted labels `[sample, label]`, in their units."""
    columns, samples = surrogate.columns, ready.samples.take(rows)
    settings = columns.settings.restore(samples.settings)
    return columns.labels.restore(samples.labels), surrogate.predict(samples.designs, settings)
