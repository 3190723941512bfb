"""How a latent space is trained into a folder, and what is written beside its weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.artefacts.keys import key_of, series
from metac.runtime.artefacts.watch import present_watch
from metac.runtime.learn.model_card import write_description
from metac.runtime.learn.supervised.labelled_data import LabelledSamples, split_designs
from metac.runtime.learn.supervised.supervised_trainer import train_supervised
from metac.runtime.learn.weights import save_weights
from metac.runtime.runs.atomic import save_arrays, write_bytes
from metac.runtime.runs.csv_tables import table_bytes
from metac.stdlib.models.supervised_fields import write_losses
from metac.stdlib.models.trained_model import written

if TYPE_CHECKING:
    from metac.compiler.interfaces.dataset import CellDataset
    from metac.runtime.learn.autoencoders.cell_latent_space import CellLatentSpace
    from metac.runtime.learn.autoencoders.decoded_scores import DecodedRow
    from metac.runtime.learn.autoencoders.vae_configuration import VaeConfiguration
    from metac.runtime.learn.supervised.labelled_data import DataSplit
    from metac.runtime.learn.supervised.supervised_trainer import SupervisedRecipe
    from metac.runtime.learn.validated_training import ValidatedResult

PAGES = ("reconstructed.png", "axes.png", "losses.png")
"""Beside the figure of the model itself."""
FEWEST_JUDGED = 2
"""Cells; of one there is no coefficient of determination."""
KNOWN = 1e-6
"""Divergence of a variable's posterior from the prior, nats, above which it is used."""


class LatentSpaceTraining(Protocol):
    """What the fields of a latent space say of its training (`vae_fields.py: VaeFields`)."""

    @property
    def data(self) -> CellDataset | None:
        """The cells."""
        ...

    @property
    def configuration(self) -> VaeConfiguration:
        """Of the networks."""
        ...

    @property
    def recipe(self) -> SupervisedRecipe:
        """Of the descent."""
        ...

    @property
    def training(self) -> dict[str, Any]:
        """All of it, as plain values."""
        ...

    @property
    def title(self) -> str:
        """For people."""
        ...

    @property
    def divergence(self) -> float:
        """Weight in the loss."""
        ...

    @property
    def guidance(self) -> float:
        """Weight of the regressor in the loss."""
        ...

    @property
    def validation(self) -> float:
        """Share of the cells."""
        ...

    @property
    def seed(self) -> int:
        """Of everything random."""
        ...


def train(fields: LatentSpaceTraining, folder: Path, started: str) -> None:
    """Train the networks of `fields` into a folder of the cache.

    Raises FieldError where the data set cannot be learned from; TrainingFailed, Interrupted, CacheUnusable; what the data
    set raises.
    """
    from metac.runtime.learn.autoencoders.cell_latent_space import CellLatentSpace, Standardisation
    from metac.runtime.learn.autoencoders.cell_vae import CellVae, evidence_and_regression_loss
    from metac.runtime.learn.autoencoders.decoded_scores import MOST_JUDGED, CellJudge
    from metac.stdlib.models.vae_fields import VALIDATED_AT_ONCE

    assert fields.data is not None
    configuration, data, seed = fields.configuration, fields.data, int(fields.seed)
    pictures, stiffness = _seen(data.cells(), configuration.seen), data.stiffness()
    flat = pictures.reshape(len(pictures), -1)
    split = _split(fields, flat)
    labels = Standardisation.of(stiffness[split.training])
    samples = LabelledSamples(flat, np.zeros((len(flat), 0), np.float32), labels.scale(stiffness))
    objective = evidence_and_regression_loss(configuration, float(fields.divergence), float(fields.guidance))
    vae, rows = CellVae(configuration), (split.training, split.validation)
    initial = vae.initial_weights(seed)
    result = train_supervised(
        objective, initial, samples, rows, fields.recipe, folder, fields.title, rows_at_once=VALIDATED_AT_ONCE
    )
    present_watch().phase(f"judging {fields.title}")
    no_cells = np.zeros((0, configuration.latent), np.float32)
    space = CellLatentSpace(configuration, result.weights, labels, no_cells, stiffness, split.validation)
    space = replace(space, latents=space.means_of(pictures))
    judged = split.validation[:MOST_JUDGED]
    judge = CellJudge(space, pictures[judged], stiffness[judged], data.homogenised, seed)
    scores = judge.rows()
    record = _record(fields, split, result, started, vae.parameters)
    with written(fields.title):
        _write(folder, space, scores, {**record, **_summary(space, pictures[judged], scores)})
        _draw(folder, space, pictures[judged], result, fields)
    best = scores[0]
    present_watch().note(
        f"{fields.title} is trained: {100 * best.pixel_error:.2g} % of pixels wrong, {100 * best.one_piece:.3g} % of "
        f"decoded cells in one piece, R² of their stiffness {min(best.r2):.3g} and above; `metac cache` shows where"
    )


def _seen(cells: NDArray[np.uint8], seen: tuple[int, int]) -> NDArray[np.uint8]:
    """Quarters of mirrored cells, or the cells."""
    return np.ascontiguousarray(cells[:, : seen[0], : seen[1]])


def _split(fields: LatentSpaceTraining, flat: NDArray[np.uint8]) -> DataSplit:
    try:
        split = split_designs(flat, float(fields.validation), 0.0, int(fields.seed))
    except ValueError as problem:
        raise FieldError("data", f"nothing can be learned from this data set: {problem}", code="M0594") from problem
    if (judging := len(split.validation)) < FEWEST_JUDGED:
        message = f"{judging} of {len(flat)} cells would judge the network, and a spread is between two at least"
        raise FieldError("validation", message, code="M0594", help="take a larger share, or more cells")
    return split


def _record(
    fields: LatentSpaceTraining, split: DataSplit, result: ValidatedResult, started: str, parameters: int
) -> dict[str, Any]:
    """What was trained, and how, as plain values for the card."""
    assert fields.data is not None
    sets = {"training": len(split.training), "validation": len(split.validation)}
    return {
        "model": "vae",
        "title": fields.title,
        "parameters": parameters,
        "data": {
            "title": fields.data.title,
            "key": fields.data.key,
            "asked": key_of(dict(fields.data.asked)),
            "samples": sets,
        },
        "recipe": fields.training,
        "started": started,
        "seconds": round(result.seconds, 1),
        "best_epoch": result.best + 1,
        "versions": series("jax", "flax", "optax", "numpy"),
    }


def _summary(space: CellLatentSpace, judged: NDArray[np.uint8], scores: list[DecodedRow]) -> dict[str, Any]:
    """What else is known of a latent space."""
    from metac.runtime.learn.autoencoders.decoded_scores import linear_probe
    from metac.runtime.learn.autoencoders.latent_plots import principal_components

    means, log_variances = space.means_of(judged), space.log_variances_of(judged)
    nats = ((np.exp(log_variances) + means**2 - 1 - log_variances) / 2).mean(axis=0)
    return {
        "scores": [row.describe() for row in scores],
        "divergence_nats": float(nats.sum()),
        "variables_used": int((nats > KNOWN).sum()),
        "principal_shares": principal_components(space.latents)[1].tolist(),
        "linear_probe_log_C11": linear_probe(space.latents, space.stiffness),
        "usual_distance": space.usual_distance,
    }


def _write(folder: Path, space: CellLatentSpace, scores: list[DecodedRow], card: dict[str, Any]) -> None:
    """Weights, latent variables of all cells, card and scores. Raises OSError."""
    from metac.runtime.learn.autoencoders.decoded_scores import HEADINGS
    from metac.stdlib.models.vae_fields import LATENTS, SCORES

    save_weights(folder, space.weights)
    cells = {"latents": space.latents, "stiffness": space.stiffness, "validation": space.validation}
    save_arrays(folder / LATENTS, cells)
    write_description(folder, {"shape": space.configuration.describe(), "labels": space.labels.describe(), **card})
    write_bytes(folder / SCORES, table_bytes([HEADINGS, *(row.texts() for row in scores)]))


def _draw(
    folder: Path, space: CellLatentSpace, judged: NDArray[np.uint8], result: ValidatedResult, fields: LatentSpaceTraining
) -> None:
    """Pages. Raises OSError."""
    from metac.runtime.learn.autoencoders.latent_plots import plot_axes, plot_latent, plot_reconstructed
    from metac.runtime.report.design_plots import save

    seed, title = int(fields.seed), fields.title
    save(plot_reconstructed(space, judged, seed, title), folder / "reconstructed.png")
    save(plot_axes(space, judged, seed, title), folder / "axes.png")
    save(plot_latent(space, title), folder / "latent.png")
    write_losses(folder, result, "loss", title)


def pages_of(folder: Path) -> dict[str, bytes]:
    """Pages beside the weights, for the folder of a run."""
    return {f"-{name}": (folder / name).read_bytes() for name in PAGES if (folder / name).is_file()}
