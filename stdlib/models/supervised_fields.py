"""What models of labelled designs share: fields, sets of samples, cache keys, the record and plots of a training."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.dataset import Labelled, LabelledDataset, MadeByRecipe
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.spec_files import file_named
from metac.runtime.artefacts.keys import code_of, key_of, series
from metac.stdlib.models.trained_model import check_learnable, write_loss_table

if TYPE_CHECKING:
    from metac.runtime.learn.supervised.labelled_data import DataSplit, LabelledSamples
    from metac.runtime.learn.supervised.supervised_trainer import SupervisedRecipe
    from metac.runtime.learn.supervised.surrogate import Columns
    from metac.runtime.learn.validated_training import ValidatedResult

SCORES = "scores.csv"
"""R² and errors on each set."""
LABELLED = "give a data set of labelled designs: `data = cells`"
"""The help for a model without data and weights."""
FORMAT = 1
"""A change of meaning that the hashes of code do not show gives models new keys."""


class PreparedData(NamedTuple):
    """A data set as networks take it."""

    samples: LabelledSamples
    columns: Columns
    split: DataSplit


@dataclass(frozen=True, eq=False, kw_only=True)
class SupervisedFields:
    """The fields that `mlp.meta` and `cvae.meta` have in common.

    Raises `FieldError`: M0588 where there is nothing to learn from, M0585 where the fields make no training.
    """

    data: LabelledDataset | None
    weights: str | None
    epochs: int
    batch: int
    rate: float
    patience: int
    optimiser: str
    validation: float
    test: float
    seed: int

    def __post_init__(self) -> None:
        check_learnable(self.data, self.weights, LABELLED)
        if not self.rate > 0:
            raise FieldError("rate", "the learning rate must be positive", code="M0585")
        if self.validation + self.test >= 0.95:
            message = f"{100 * (1 - self.validation - self.test):.3g} % of the designs are left to learn from"
            raise FieldError("validation", message, code="M0585", help="the paper holds back 0.3, and 0.1 as `test`")

    @property
    def recipe(self) -> SupervisedRecipe:
        """Of the training."""
        from metac.runtime.learn.supervised.supervised_trainer import SupervisedRecipe

        return SupervisedRecipe(
            epochs=int(self.epochs),
            batch=int(self.batch),
            rate=float(self.rate),
            patience=int(self.patience),
            optimiser=str(self.optimiser),
            seed=int(self.seed),
        )

    def describe_training(self) -> dict[str, Any]:
        """As plain values."""
        return {**self.recipe.describe(), "validation": float(self.validation), "test": float(self.test)}

    @cached_property
    def content(self) -> dict[str, Any]:
        """What the data set's samples depend on."""
        assert self.data is not None
        return dict(self.data.content)

    @property
    def source(self) -> str:
        """For people: what the network learned from."""
        return self.data.title if self.data is not None else str(self.weights)

    def training_key(self, modules: Iterable[Any], **more: Any) -> str:
        """The cache key of what is trained by the code of `modules`, and the code that all trainings share."""
        from metac.runtime.learn import validated_training
        from metac.runtime.learn.networks import dense, functional, initialisers
        from metac.runtime.learn.supervised import labelled_data, supervised_trainer, surrogate

        shared = (dense, functional, initialisers, labelled_data, supervised_trainer, surrogate, validated_training)
        code = code_of(module.__file__ for module in (*shared, *modules))
        versions = series("jax", "flax", "optax", "numpy", "scipy")
        fit = self.describe_training()
        return key_of({"format": FORMAT, "data": self.content, "fit": fit, "code": code, "versions": versions, **more})

    def prepare_data(self, columns: Columns | None = None) -> PreparedData:
        """The samples of the data set, scaled as `columns` says, or by the range of those that are learned from.

        Raises `FieldError` M0594 on `data` where nothing can be learned from them; what the data set raises.
        """
        from metac.runtime.learn.supervised.labelled_data import LabelledSamples, Scaling, split_designs
        from metac.runtime.learn.supervised.surrogate import Columns

        data = self.data
        assert data is not None
        raw = data.samples()
        _check(data, raw)
        try:
            sets = split_designs(raw.designs, float(self.validation), float(self.test), int(self.seed))
        except ValueError as problem:
            raise _not_learnable(str(problem)) from problem
        if columns is None:
            learned = sets.training
            scalings = Scaling.of(raw.labels[learned]), Scaling.of(raw.settings[learned])
            columns = Columns(data.features, data.label_names, data.label_units, data.setting_names, *scalings)
        samples = LabelledSamples(raw.designs, columns.settings.scale(raw.settings), columns.labels.scale(raw.labels))
        return PreparedData(samples, columns, sets)

    def training_record(self, prepared: PreparedData, result: ValidatedResult, started: str) -> dict[str, Any]:
        """How a network was trained, as plain values for its card."""
        sets = {name: len(rows) for name, rows in prepared.split._asdict().items()}
        return {
            "data": {"title": self.source, "key": key_of(self.content), "asked": self._asked, "samples": sets},
            "recipe": self.describe_training(),
            "started": started,
            "seconds": round(result.seconds, 1),
            "epochs": len(result.training),
            "best_epoch": result.best + 1,
            "versions": series("jax", "flax", "optax", "numpy"),
        }

    @property
    def _asked(self) -> str | None:
        """Hash of what was asked of a data set that is made; None of one that is read."""
        return key_of(self.data.recipe.describe()) if isinstance(self.data, MadeByRecipe) else None

    def check_same_data(self, card: Mapping[str, Any]) -> None:
        """Raises `FieldError` M0592 on `weights` where a data set is given, and the network was trained on another."""
        if self.data is None or card["data"]["key"] == key_of(self.content):
            return
        if self._asked is not None and card["data"].get("asked") == self._asked:
            # The same samples were asked for; the key changes with the code that makes them.
            return
        raise FieldError(
            "weights",
            f"these weights were trained on other data: {card['data']['title']}, as it was on {card['started']}",
            code="M0592",
            help="leave `data` out to use them as they are, or leave `weights` out to train the network again",
        )


def _check(data: LabelledDataset, raw: Labelled) -> None:
    count = len(raw.designs)
    wanted = {
        "designs": (count, data.features),
        "labels": (count, len(data.label_names)),
        "settings": (count, len(data.setting_names)),
    }
    for name, shape in wanted.items():
        if (found := getattr(raw, name).shape) != shape:
            raise _not_learnable(f"its {name} are an array of {_size(found)}, where {_size(shape)} is expected")
    bad = ~(np.isfinite(raw.labels).all(axis=1) & np.isfinite(raw.settings).all(axis=1))
    if bad.any():
        raise _not_learnable(f"{bad.sum():,} of its {count:,} samples have labels or settings that are no finite numbers")


def _not_learnable(message: str) -> FieldError:
    return FieldError("data", f"nothing can be learned from this data set: {message}", code="M0594")


def _size(shape: tuple[int, ...]) -> str:
    return " by ".join(f"{size:,}" for size in shape)


def check_hidden(hidden: Sequence[int]) -> None:
    """Raises `FieldError` M0585 where layers have no features."""
    if any(width < 1 for width in hidden):
        message = f"each hidden layer has one feature at least, found {list(hidden)}"
        raise FieldError("hidden", message, code="M0585", help="leave `hidden` out, or write `hidden = [64, 64]`")


def files_of(folder: Path) -> dict[str, bytes]:
    """What the folder of a run holds of a trained model's entry: the scores."""
    return {f"-{SCORES}": (folder / SCORES).read_bytes()}


def table_of(folder: Path) -> list[str]:
    """R² and errors on each set, as lines of a table. Raises OSError."""
    from metac.runtime.learn.supervised.scores import read_scores
    from metac.runtime.report.table import lines

    headings, *rows = read_scores(folder / SCORES)
    return lines(headings, rows)


def folder_of(weights: str) -> Path:
    """The folder that the field names."""
    return file_named(weights)


def write_losses(folder: Path, result: ValidatedResult, label: str, title: str) -> None:
    """`losses.csv` and `losses.png`: the losses of each epoch. Raises OSError."""
    from metac.runtime.learn.supervised.training_plots import plot_losses
    from metac.runtime.report.design_plots import save

    write_loss_table(folder, result, "epoch")
    save(plot_losses(result.training, result.validation, result.best, label, title), folder / "losses.png")
