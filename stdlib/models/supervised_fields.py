"""What models that are fitted to labelled designs share: recipe, sets of samples, keys, and the way into the cache."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from metac.compiler.interfaces.dataset import Labelled, LabelledDataset
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.spec_files import file_named
from metac.runtime.artefacts.keys import code_of, key_of, series

if TYPE_CHECKING:
    from metac.runtime.learn.supervised.labelled_data import Samples, Split
    from metac.runtime.learn.supervised.supervised_trainer import FitRecipe, Fitted
    from metac.runtime.learn.supervised.surrogate import Columns

SCORES = "scores.csv"
"""R² and errors on each set."""
LABELLED = "give a data set of labelled designs: `data = cells`"
"""What a model without data and weights is told."""
FORMAT = 1
"""A change of meaning that the hashes of code do not show gives models new keys."""


class Ready(NamedTuple):
    """A data set as networks take it."""

    samples: Samples
    columns: Columns
    split: Split


@dataclass(frozen=True)
class Fit:
    """The fields that say how networks are fitted; see `mlp.meta`. Raises `FieldError` M0585 where they make no fit."""

    epochs: int
    batch: int
    rate: float
    patience: int | None
    optimiser: str
    validation: float
    test: float
    seed: int

    def __post_init__(self) -> None:
        if not self.rate > 0:
            raise FieldError("rate", "the learning rate must be positive", code="M0585")
        if self.validation + self.test >= 0.95:
            message = f"{100 * (1 - self.validation - self.test):.3g} % of the designs are left to learn from"
            raise FieldError("validation", message, code="M0585", help="the paper holds back 0.3, and 0.1 as `test`")

    @property
    def recipe(self) -> FitRecipe:
        """Of the training."""
        from metac.runtime.learn.supervised.supervised_trainer import FitRecipe

        return FitRecipe(self.epochs, self.batch, self.rate, self.patience, self.optimiser, self.seed)

    def describe(self) -> dict[str, Any]:
        """As plain values."""
        return {**self.recipe.describe(), "validation": self.validation, "test": self.test}

    def key(self, data: LabelledDataset, modules: Iterable[Any], **more: Any) -> str:
        """Of what is fitted to a data set by the code of `modules`."""
        from metac.runtime.learn.networks import dense
        from metac.runtime.learn.networks import initialisers as first_weights
        from metac.runtime.learn.supervised import labelled_data as samples
        from metac.runtime.learn.supervised import supervised_trainer as fitting
        from metac.runtime.learn.supervised import surrogate

        code = code_of(module.__file__ for module in (dense, first_weights, fitting, samples, surrogate, *modules))
        versions = series("jax", "optax", "numpy")
        fit = self.describe()
        return key_of({"format": FORMAT, "data": data.content, "fit": fit, "code": code, "versions": versions, **more})

    def ready(self, data: LabelledDataset, columns: Columns | None = None) -> Ready:
        """The samples of a data set, scaled as `columns` says, or by the range of those that are learned from.

        Raises `FieldError` M0594 on `data` where nothing can be learned from them; what the data set raises.
        """
        from metac.runtime.learn.supervised.labelled_data import Samples, Scaling, split
        from metac.runtime.learn.supervised.surrogate import Columns

        raw = data.samples()
        _check(data, raw)
        try:
            sets = split(raw.designs, self.validation, self.test, self.seed)
        except ValueError as problem:
            raise _unfit(str(problem)) from problem
        if columns is None:
            learned = sets.training
            scalings = Scaling.of(raw.labels[learned]), Scaling.of(raw.settings[learned])
            columns = Columns(data.features, data.label_names, data.label_units, data.setting_names, *scalings)
        samples = Samples(raw.designs, columns.settings.scale(raw.settings), columns.labels.scale(raw.labels))
        return Ready(samples, columns, sets)


def _check(data: LabelledDataset, raw: Labelled) -> None:
    count = len(raw.designs)
    wanted = {
        "designs": (count, data.features),
        "labels": (count, len(data.label_names)),
        "settings": (count, len(data.setting_names)),
    }
    for name, shape in wanted.items():
        if (found := getattr(raw, name).shape) != shape:
            raise _unfit(f"its {name} are an array of {_size(found)}, where {_size(shape)} is expected")
    bad = ~(np.isfinite(raw.labels).all(axis=1) & np.isfinite(raw.settings).all(axis=1))
    if bad.any():
        raise _unfit(f"{bad.sum():,} of its {count:,} samples have labels or settings that are no finite numbers")


def _unfit(message: str) -> FieldError:
    return FieldError("data", f"nothing can be learned from this data set: {message}", code="M0594")


def _size(shape: tuple[int, ...]) -> str:
    return " by ".join(f"{size:,}" for size in shape)


def story_of(data: LabelledDataset, ready: Ready, fit: Fit, fitted: Fitted, started: str) -> dict[str, Any]:
    """How a network came about, as plain values."""
    sets = {name: len(rows) for name, rows in ready.split._asdict().items()}
    return {
        "data": {"title": data.title, "key": key_of(data.content), "samples": sets},
        "recipe": fit.describe(),
        "started": started,
        "seconds": round(fitted.seconds, 1),
        "epochs": len(fitted.training),
        "best_epoch": fitted.best + 1,
        "versions": series("jax", "optax", "numpy"),
    }


def fit_of(fields: Any) -> Fit:
    """Of the fields of a model that have the same names."""
    kinds = {"epochs": int, "batch": int, "rate": float, "patience": int, "optimiser": str, "validation": float}
    return Fit(**{name: kind(getattr(fields, name)) for name, kind in {**kinds, "test": float, "seed": int}.items()})


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


def check_same_data(card: Mapping[str, Any], data: LabelledDataset | None) -> None:
    """Raises `FieldError` M0592 on `weights` where a data set is given, and the network was fitted to another."""
    if data is None or card["data"]["key"] == key_of(data.content):
        return
    raise FieldError(
        "weights",
        f"these weights were fitted to other data: {card['data']['title']}, as it was on {card['started']}",
        code="M0592",
        help="leave `data` out to use them as they are, or leave `weights` out to fit the network anew",
    )


def write_losses(folder: Path, fitted: Fitted, label: str, title: str) -> None:
    """`losses.csv` and `losses.png`: the losses of each epoch. Raises OSError."""
    from metac.runtime.learn.supervised.fit_plots import draw_fit
    from metac.runtime.report.design_plots import save

    columns = np.stack([np.arange(1, len(fitted.training) + 1), fitted.training, fitted.validation], axis=1)
    header = "epoch,training,validation"
    np.savetxt(folder / "losses.csv", columns, fmt=["%d", "%.6g", "%.6g"], delimiter=",", header=header, comments="")
    save(draw_fit(fitted.training, fitted.validation, fitted.best, label, title), folder / "losses.png")
