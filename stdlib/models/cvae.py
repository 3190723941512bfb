"""Generators of designs with wanted labels: loaded, taken from the cache, or trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.artefacts.store import Store
from metac.runtime.artefacts.watch import present_watch
from metac.stdlib.models import supervised_fields
from metac.stdlib.models.mlp import Mlp
from metac.stdlib.models.supervised_fields import SupervisedFields
from metac.stdlib.models.trained_model import from_weights, now, written

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from metac.compiler.interfaces.drawing import Exported, Prepared
    from metac.compiler.interfaces.model import GenerativeModel
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.runtime.learn.supervised.cvae import CvaeConfiguration, CvaeGenerator
    from metac.runtime.learn.supervised.generator_evaluation import GeneratorScores
    from metac.runtime.learn.validated_training import ValidatedResult

REQUESTED_LABELS = "drawn.npz"
"""Labels that were asked for, and those of the designs that were drawn."""
TRAINING_LABELS = "known.npz"
"""Scaled labels of designs that it has learned from."""
MOST_TRAINING_LABELS = 20000


class Cvae:
    """Model: fields as in `cvae.meta`; `generative` draws designs.

    Raises `FieldError`: M0585 where the fields make no network, M0586 to M0588 and M0592 for `weights` and `data` that give
    none, M0593 for a guide that knows other designs or labels, M0594 where the data set cannot be learned from.
    """

    def __init__(self, *, built: CvaeGenerator | None = None, **fields: Any) -> None:
        self._built = built
        self.fields = CvaeFields(**fields)

    @staticmethod
    def build(**fields: Any) -> CvaeGenerator:
        """The trained networks: those of `weights`, those of the cache, or new ones."""
        return CvaeFields(**fields).generative()

    @property
    def generative(self) -> CvaeGenerator:
        """The trained networks."""
        assert self._built is not None, "made without what `build` gives"
        return self._built

    def valid(self, designs: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """`[design]`: which can be built, as its data set says; all but empty ones where it has none."""
        data = self.fields.data
        return np.asarray(designs.any(axis=1)) if data is None else data.valid(designs)

    def prepare(self) -> None:
        """Show how well designs are drawn; `build` has trained it."""
        present_watch().note("\n".join(supervised_fields.table_of(self.fields.folder)))

    def figure(self, title: str) -> Figure:
        """Predicted over wanted labels of the test set, one design for each."""
        from metac.runtime.learn.supervised.training_plots import plot_parity

        columns, drawn = self.generative.columns, self.arrays()
        return plot_parity(drawn["wanted"], drawn["one"], columns.label_names, columns.label_units, title)

    def arrays(self) -> dict[str, NDArray[np.float64]]:
        """Labels wanted, and predicted for one design each and for the best of several, `[sample, label]`."""
        with np.load(self.fields.folder / REQUESTED_LABELS, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}

    def files(self) -> dict[str, bytes]:
        """Its scores as CSV, for the folder of a run."""
        return supervised_fields.files_of(self.fields.folder)


@dataclass(frozen=True, eq=False, kw_only=True)
class CvaeFields(SupervisedFields):
    """Fields as in `cvae.meta`. Raises `FieldError`, see `Cvae`."""

    guide: Mlp | None
    latent: int
    hidden: Sequence[int]
    activation: str
    divergence: float
    guidance: float

    def __post_init__(self) -> None:
        super().__post_init__()
        supervised_fields.check_hidden(self.hidden)
        if self.weights is not None:
            from metac.runtime.learn.model_card import description_of

            with from_weights(), description_of(self.folder) as card:
                self.check_same_data(card)
        else:
            self._check_guide()

    @property
    def title(self) -> str:
        """For people."""
        return f"the generator of {self.source}"

    @cached_property
    def key(self) -> str:
        """Of the trained networks in the cache: everything that they depend on."""
        from metac.runtime.learn.supervised import cvae, generator_evaluation

        assert self.guide is not None
        more = {"guide": self.guide.content, "divergence": self.divergence, "guidance": self.guidance}
        shape = self._configuration.describe()
        return self.training_key((cvae, generator_evaluation), model="cvae", shape=shape, **more)

    @cached_property
    def folder(self) -> Path:
        """Of the trained networks; trains them where they are neither given nor in the cache."""
        if self.weights is not None:
            return supervised_fields.folder_of(self.weights)
        return Store().entry("cvae", self.key, self.title, self._make)

    def generative(self) -> CvaeGenerator:
        """The trained networks. Raises `FieldError` for weights and data; TrainingFailed, Interrupted, CacheUnusable."""
        from metac.runtime.learn.model_card import description_of
        from metac.runtime.learn.networks.earlier_names import dense_name
        from metac.runtime.learn.supervised.cvae import CvaeConfiguration, CvaeGenerator
        from metac.runtime.learn.supervised.surrogate import Columns
        from metac.runtime.learn.weights import load_weights

        with from_weights(), description_of(self.folder) as card:
            configuration, columns = CvaeConfiguration.read(card["shape"]), Columns.read(card["columns"])
            weights = load_weights(self.folder, str(card["sha256"]), configuration.weights_like, dense_name)
            with np.load(self.folder / TRAINING_LABELS, allow_pickle=False) as file:
                return CvaeGenerator(configuration, weights, columns, file["labels"])

    @cached_property
    def _configuration(self) -> CvaeConfiguration:
        from metac.runtime.learn.supervised.cvae import CvaeConfiguration

        assert self.data is not None
        return CvaeConfiguration(
            features=self.data.features,
            conditions=len(self.data.label_names) + len(self.data.setting_names),
            latent=int(self.latent),
            hidden=tuple(int(width) for width in self.hidden),
            activation=str(self.activation),
        )

    def _check_guide(self) -> None:
        assert self.data is not None
        if self.guide is None:
            message = "the generator has no guide that predicts what its designs do"
            help = "train a surrogate of the same data: `model forward = mlp { data = … }`, `guide = forward`"
            raise FieldError("guide", message, code="M0593", help=help)
        own = (self.data.features, self.data.label_names, self.data.setting_names)
        other = self.guide.fields.knows
        for what, mine, others in zip(("features", "labels", "settings"), own, other, strict=True):
            if mine != others:
                message = f"this surrogate knows designs with the {what} {_listed(others)}, the data set has {_listed(mine)}"
                raise FieldError("guide", message, code="M0593", help="take one that was trained on data of the same sort")

    def _make(self, folder: Path) -> None:
        """Train into a folder of the cache."""
        from metac.runtime.learn.supervised.cvae import CvaeGenerator, evidence_and_property_loss
        from metac.runtime.learn.supervised.generator_evaluation import evaluate_generator
        from metac.runtime.learn.supervised.supervised_trainer import train_supervised

        assert self.data is not None and self.guide is not None
        guide, configuration, started = self.guide.surrogate, self._configuration, now()
        prepared = self.prepare_data(guide.columns)
        split, samples = prepared.split, prepared.samples
        objective = evidence_and_property_loss(configuration, guide, float(self.divergence), float(self.guidance))
        initial, rows = configuration.initial_weights(int(self.seed)), (split.training, split.validation)
        result = train_supervised(objective, initial, samples, rows, self.recipe, folder, self.title)
        known = np.asarray(samples.labels[split.training[:MOST_TRAINING_LABELS]])
        made = CvaeGenerator(configuration, result.weights, prepared.columns, known)
        present_watch().phase(f"drawing designs with {self.title}")
        scores = evaluate_generator(made, guide, samples.take(split.test), self.data.valid, int(self.seed))
        with written(self.title):
            self._write(folder, made, scores, self.training_record(prepared, result, started))
            self._draw(folder, made, result, scores)
        present_watch().note(f"{self.title} is trained: {scores.sentence()}")

    def _write(self, folder: Path, made: CvaeGenerator, scores: GeneratorScores, record: dict[str, Any]) -> None:
        """Weights, labels that it has learned from, card and scores. Raises OSError."""
        from metac.runtime.learn.model_card import write_description
        from metac.runtime.learn.supervised.scores import write_scores
        from metac.runtime.learn.weights import save_weights
        from metac.runtime.runs.atomic import save_arrays

        assert self.guide is not None
        save_weights(folder, made.weights)
        save_arrays(folder / TRAINING_LABELS, {"labels": made.known})
        about = {"model": "cvae", "title": self.title, "shape": made.configuration.describe()}
        about |= {"columns": made.columns.describe(), "parameters": made.configuration.parameters, **record}
        about |= {"divergence": self.divergence, "guidance": self.guidance, "guide": self.guide.content}
        write_description(folder, {**about, **scores.describe()})
        write_scores(folder / supervised_fields.SCORES, scores.scores())

    def _draw(self, folder: Path, made: CvaeGenerator, result: ValidatedResult, scores: GeneratorScores) -> None:
        """Requested labels and plots. Raises OSError."""
        from metac.runtime.learn.supervised.training_plots import plot_parity
        from metac.runtime.report.design_plots import save
        from metac.runtime.runs.atomic import save_arrays

        names, units = made.columns.label_names, made.columns.label_units
        save_arrays(folder / REQUESTED_LABELS, {"wanted": scores.wanted, "one": scores.one, "best": scores.best})
        for name, found in (("one", scores.one), ("best", scores.best)):
            save(plot_parity(scores.wanted, found, names, units, self.title), folder / f"parity_{name}.png")
        supervised_fields.write_losses(folder, result, "loss", self.title)


def _listed(value: Any) -> str:
    return ", ".join(value) or "none" if isinstance(value, tuple) else str(value)


if TYPE_CHECKING:
    Satisfies[GenerativeModel[CvaeGenerator]](Cvae)
    Satisfies[Exported](Cvae)
    Satisfies[Prepared](Cvae)
