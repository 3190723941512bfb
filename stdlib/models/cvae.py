"""Generators of designs with wanted labels: loaded, taken from the cache, or trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.dataset import LabelledDataset
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.artefacts.store import Store
from metac.runtime.artefacts.watch import present_watch
from metac.stdlib.models import supervised_fields as fits
from metac.stdlib.models.mlp import Mlp
from metac.stdlib.models.trained_model import check_learnable, from_weights, now, written

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from metac.runtime.learn.supervised.cvae import CvaeShape, Generative
    from metac.runtime.learn.supervised.generator_evaluation import Judged

DRAWN = "drawn.npz"
"""Labels that were asked for, and those of the designs that were drawn."""
KNOWN = "known.npz"
"""Scaled labels of designs that it has learned from."""
KEPT = 20000
"""Most of them."""


class Cvae:
    """Model: fields as in `cvae.meta`; `generative` draws designs.

    Raises `FieldError`: M0585 where the fields make no network, M0586 to M0588 and M0592 for `weights` and `data` that give
    none, M0593 for a guide that knows other designs or labels, M0594 where the data set cannot be learned from.
    """

    def __init__(self, *, built: Generative | None = None, **fields: Any) -> None:
        self._built = built
        self.training = CvaeTraining(**fields)

    @staticmethod
    def build(
        data: LabelledDataset | None,
        weights: str | None,
        guide: Mlp | None,
        latent: int,
        hidden: Sequence[int],
        activation: str,
        divergence: float,
        guidance: float,
        epochs: int,
        batch: int,
        rate: float,
        patience: int,
        optimiser: str,
        validation: float,
        test: float,
        seed: int,
    ) -> Generative:
        """The trained networks: those of `weights`, those of the cache, or new ones."""
        return CvaeTraining(**locals()).generative()

    @property
    def generative(self) -> Generative:
        """The trained networks."""
        assert self._built is not None, "made without what `build` gives"
        return self._built

    def valid(self, designs: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """`[design]`: which can be built, as its data set says; all but empty ones where it has none."""
        data = self.training.data
        return np.asarray(designs.any(axis=1)) if data is None else data.valid(designs)

    def prepare(self) -> None:
        """Tell how well designs are drawn; `build` has trained it."""
        present_watch().note("\n".join(fits.table_of(self.training.folder)))

    def figure(self, title: str) -> Figure:
        """Predicted over wanted labels of the test set, one design for each."""
        from metac.runtime.learn.supervised.fit_plots import draw_parity

        columns, drawn = self.generative.columns, self.arrays()
        return draw_parity(drawn["wanted"], drawn["one"], columns.label_names, columns.label_units, title)

    def arrays(self) -> dict[str, NDArray[np.float64]]:
        """Labels wanted, and predicted for one design each and for the best of several, `[sample, label]`."""
        with np.load(self.training.folder / DRAWN, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}

    def files(self) -> dict[str, bytes]:
        """Its scores as CSV, for the folder of a run."""
        return fits.files_of(self.training.folder)


@dataclass(frozen=True, eq=False)
class CvaeTraining:
    """Fields as in `cvae.meta`. Raises `FieldError`, see `Cvae`."""

    data: LabelledDataset | None = None
    weights: str | None = None
    guide: Mlp | None = None
    latent: int = 8
    hidden: Sequence[int] = (512, 260)
    activation: str = "relu"
    divergence: float = 1.0
    guidance: float = 1.0
    epochs: int = 2000
    batch: int = 32
    rate: float = 1e-4
    patience: int = 100
    optimiser: str = "adam"
    validation: float = 0.3
    test: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        check_learnable(self.data, self.weights, fits.LABELLED)
        fits.check_hidden(self.hidden)
        _ = self._fit
        if self.weights is not None:
            from metac.runtime.learn.model_card import description_of

            with from_weights(), description_of(self.folder) as card:
                fits.check_same_data(card, self.data)
        else:
            self._check_guide()

    @property
    def title(self) -> str:
        """For people."""
        return f"the generator of {self.data.title if self.data else self.weights}"

    @cached_property
    def key(self) -> str:
        """Of the trained networks in the cache: everything that they depend on."""
        from metac.runtime.learn.supervised import cvae as generative
        from metac.runtime.learn.supervised import generator_evaluation as judging

        assert self.data is not None and self.guide is not None
        more = {"guide": self.guide.content, "divergence": self.divergence, "guidance": self.guidance}
        return self._fit.key(self.data, (generative, judging), model="cvae", shape=self._shape.describe(), **more)

    @cached_property
    def folder(self) -> Path:
        """Of the trained networks; trains them where they are neither given nor in the cache."""
        if self.weights is not None:
            return fits.folder_of(self.weights)
        return Store().entry("cvae", self.key, self.title, self._make)

    def generative(self) -> Generative:
        """The trained networks. Raises `FieldError` for weights and data; TrainingFailed, Interrupted, CacheUnusable."""
        from metac.runtime.learn.model_card import description_of
        from metac.runtime.learn.supervised.cvae import CvaeShape, Generative
        from metac.runtime.learn.supervised.surrogate import Columns
        from metac.runtime.learn.weights import load_weights

        with from_weights(), description_of(self.folder) as card:
            shape, columns = CvaeShape.read(card["shape"]), Columns.read(card["columns"])
            weights = load_weights(self.folder, str(card["sha256"]), shape.weights_like())
            with np.load(self.folder / KNOWN, allow_pickle=False) as file:
                return Generative(shape, weights, columns, file["labels"])

    @cached_property
    def _fit(self) -> fits.Fit:
        return fits.fit_of(self)

    @cached_property
    def _shape(self) -> CvaeShape:
        from metac.runtime.learn.supervised.cvae import CvaeShape

        assert self.data is not None
        hidden = tuple(int(width) for width in self.hidden)
        conditions = len(self.data.label_names) + len(self.data.setting_names)
        return CvaeShape(self.data.features, conditions, int(self.latent), hidden, str(self.activation))

    def _check_guide(self) -> None:
        assert self.data is not None
        if self.guide is None:
            message = "the generator has no guide that tells what its designs do"
            help = "train a surrogate of the same data: `model forward = mlp { data = … }`, `guide = forward`"
            raise FieldError("guide", message, code="M0593", help=help)
        own = (self.data.features, self.data.label_names, self.data.setting_names)
        other = self.guide.training.knows
        for what, mine, others in zip(("features", "labels", "settings"), own, other, strict=True):
            if mine != others:
                message = f"this surrogate knows designs with the {what} {_listed(others)}, the data set has {_listed(mine)}"
                raise FieldError("guide", message, code="M0593", help="take one that was trained on data of the same sort")

    def _make(self, folder: Path) -> None:
        """Train into a folder of the cache."""
        from metac.runtime.learn.model_card import write_description
        from metac.runtime.learn.supervised.cvae import Generative, evidence_and_property_loss
        from metac.runtime.learn.supervised.generator_evaluation import judge
        from metac.runtime.learn.supervised.supervised_trainer import fit
        from metac.runtime.learn.weights import save_weights
        from metac.runtime.runs.atomic import save_arrays

        assert self.data is not None and self.guide is not None
        guide, shape, started = self.guide.surrogate, self._shape, now()
        ready = self._fit.ready(self.data, guide.columns)
        objective = evidence_and_property_loss(shape, guide, float(self.divergence), float(self.guidance))
        rows = (ready.split.training, ready.split.validation)
        recipe, first = self._fit.recipe, shape.first_weights(self.seed)
        fitted = fit(objective, first, ready.samples, rows, recipe, folder, self.title)
        known = np.asarray(ready.samples.labels[ready.split.training[:KEPT]])
        made = Generative(shape, fitted.weights, ready.columns, known)
        present_watch().phase(f"drawing designs with {self.title}")
        judged = judge(made, guide, ready.samples.take(ready.split.test), self.data.valid, self.seed)
        story = fits.story_of(self.data, ready, self._fit, fitted, started)
        with written(self.title):
            save_weights(folder, fitted.weights)
            save_arrays(folder / KNOWN, {"labels": known})
            parts = {"model": "cvae", "title": self.title, "shape": shape.describe(), "columns": ready.columns.describe()}
            weighed = {"divergence": self.divergence, "guidance": self.guidance, "guide": self.guide.content}
            write_description(folder, {**parts, "parameters": shape.parameters, **story, **weighed, **judged.describe()})
            self._draw(folder, ready, fitted, judged)
        present_watch().note(f"{self.title} is trained: {judged.sentence()}")

    def _draw(self, folder: Path, ready: fits.Ready, fitted: Any, judged: Judged) -> None:
        from metac.runtime.learn.supervised.fit_plots import draw_parity
        from metac.runtime.learn.supervised.scores import write_scores
        from metac.runtime.report.design_plots import save
        from metac.runtime.runs.atomic import save_arrays

        names, units = ready.columns.label_names, ready.columns.label_units
        write_scores(folder / fits.SCORES, judged.scores())
        save_arrays(folder / DRAWN, {"wanted": judged.wanted, "one": judged.one, "best": judged.best})
        for name, found in (("one", judged.one), ("best", judged.best)):
            save(draw_parity(judged.wanted, found, names, units, self.title), folder / f"parity_{name}.png")
        fits.write_losses(folder, fitted, "loss", self.title)


def _listed(value: Any) -> str:
    return ", ".join(value) or "none" if isinstance(value, tuple) else str(value)
