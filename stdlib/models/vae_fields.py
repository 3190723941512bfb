"""What the fields of a latent space ask for, and how it is met: by a file, by the cache, or by training."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.dataset import CellDataset
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.latent import LearnedCells
from metac.runtime.artefacts.keys import code_of, key_of, series
from metac.runtime.artefacts.store import Store
from metac.runtime.learn.autoencoders.vae_configuration import VaeConfiguration
from metac.runtime.learn.failures import BadWeights
from metac.runtime.learn.model_card import description_of
from metac.stdlib.models.trained_model import check_learnable, check_same_shape, folder_of, from_weights, now

if TYPE_CHECKING:
    from metac.runtime.learn.autoencoders.cell_latent_space import CellLatentSpace
    from metac.runtime.learn.supervised.supervised_trainer import SupervisedRecipe

SCORES, LATENTS = "scores.csv", "latents.npz"
SHAPE = ("latent", "channels", "hidden", "regressor")
"""Fields that say what the networks are."""
FORMAT = 1
"""A change of meaning that the hashes of code do not show gives models new keys."""
VALIDATED_AT_ONCE = 1024
"""Cells; what convolutions keep for each is large."""


@dataclass(frozen=True, eq=False, kw_only=True)
class VaeFields:
    """Fields as in `vae.meta`. Raises `FieldError`: M0585 to M0588, M0592, M0594, see `Vae`."""

    data: CellDataset | None
    weights: str | None
    latent: int | None
    channels: Sequence[int] | None
    hidden: int | None
    regressor: Sequence[int] | None
    divergence: float
    guidance: float
    epochs: int
    batch: int
    rate: float
    optimiser: str
    validation: float
    seed: int

    def __post_init__(self) -> None:
        check_learnable(self.data, self.weights, "give a data set of cells: `data = cells`")
        if not self.rate > 0:
            raise FieldError("rate", "the learning rate must be positive", code="M0585")
        _ = self.configuration

    @property
    def title(self) -> str:
        """For people."""
        return f"the latent space of {self.data.title if self.data is not None else self.weights}"

    @cached_property
    def configuration(self) -> VaeConfiguration:
        """Of the networks."""
        if self.weights is None:
            assert self.data is not None
            return self._asked(self.data.cell, self.data.mirrored)
        card = self._card
        with from_weights():
            try:
                found = VaeConfiguration.read(card["shape"])
            except (KeyError, TypeError, ValueError) as error:
                raise BadWeights("other", f"{self.folder} holds the weights of another sort of model") from error
        check_same_shape(self._given, found.describe())
        self._check_same_data(card)
        return found

    @property
    def _given(self) -> dict[str, Any]:
        """Those of the fields that say something of the networks; lists as lists."""
        fields = {name: getattr(self, name) for name in SHAPE}
        return {
            name: None if value is None else [int(each) for each in value] if isinstance(value, Sequence) else int(value)
            for name, value in fields.items()
        }

    def _asked(self, cell: tuple[int, int], mirrored: bool) -> VaeConfiguration:
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in self._given.items()
            if value is not None
        }
        try:
            return VaeConfiguration(cell, mirrored, **given)
        except ValueError as problem:
            place = next((name for name in ("channels", "regressor") if name in given), "data")
            raise FieldError(place, f"this makes no network: {problem}", code="M0585") from problem

    @cached_property
    def _card(self) -> dict[str, Any]:
        """Of `weights`."""
        with from_weights(), description_of(self.folder) as card:
            return card

    def _check_same_data(self, card: dict[str, Any]) -> None:
        """Raises `FieldError` M0592 on `weights` where a data set is given, and the networks were trained on another."""
        if self.data is None:
            return
        with from_weights(), description_of(self.folder):
            asked, found = card["data"]["asked"], f"{card['data']['title']}, as they were on {card['started']}"
        if asked == key_of(dict(self.data.asked)):
            return
        raise FieldError(
            "weights",
            f"these weights were trained on other cells: {found}",
            code="M0592",
            help="leave `data` out to use them as they are, or leave `weights` out to train the network again",
        )

    @property
    def recipe(self) -> SupervisedRecipe:
        """Of the training."""
        from metac.runtime.learn.supervised.supervised_trainer import SupervisedRecipe

        return SupervisedRecipe(
            epochs=int(self.epochs),
            batch=int(self.batch),
            rate=float(self.rate),
            optimiser=str(self.optimiser),
            seed=int(self.seed),
        )

    @property
    def training(self) -> dict[str, Any]:
        """How the networks are trained, as plain values."""
        weights = {"divergence": float(self.divergence), "guidance": float(self.guidance)}
        return {**self.recipe.describe(), **weights, "validation": float(self.validation)}

    @cached_property
    def key(self) -> str:
        """Of the trained networks in the cache: everything that they depend on."""
        from metac.runtime.learn import validated_training
        from metac.runtime.learn.autoencoders import cell_latent_space, cell_vae, decoded_scores
        from metac.runtime.learn.networks import dense, functional, initialisers, patch_convolution
        from metac.runtime.learn.supervised import labelled_data, supervised_trainer

        assert self.data is not None
        networks = (dense, functional, initialisers, patch_convolution)
        training = (labelled_data, supervised_trainer, validated_training)
        modules = (*networks, *training, cell_latent_space, cell_vae, decoded_scores)
        return key_of(
            {
                "format": FORMAT,
                "data": self.data.key,
                "shape": self.configuration.describe(),
                "training": self.training,
                "code": code_of(module.__file__ for module in modules),
                "versions": series("jax", "flax", "optax", "numpy"),
            }
        )

    @cached_property
    def folder(self) -> Path:
        """Of the trained networks; trains them where they are neither given nor in the cache."""
        if self.weights is not None:
            return folder_of(self.weights)
        from metac.stdlib.models.vae_writing import train

        return Store().entry("vae", self.key, self.title, lambda folder: train(self, folder, now()))

    def space(self) -> CellLatentSpace:
        """The trained networks. Raises `FieldError` for weights and data; TrainingFailed, Interrupted, CacheUnusable."""
        from metac.runtime.learn.autoencoders.cell_latent_space import CellLatentSpace, Standardisation
        from metac.runtime.learn.autoencoders.cell_vae import CellVae
        from metac.runtime.learn.weights import load_weights

        configuration = self.configuration
        with from_weights(), description_of(self.folder) as card:
            labels = Standardisation.read(card["labels"])
            weights = load_weights(self.folder, str(card["sha256"]), CellVae(configuration).weights_like)
            cells = read_latents(self.folder / LATENTS, configuration.latent)
        return CellLatentSpace(configuration, weights, labels, *cells)

    def known_cells(self) -> LearnedCells | None:
        """Those of `weights`, without the networks; None where they are of a training that may have to be run.

        Raises `FieldError` M0586, M0587 on `weights`.
        """
        if self.weights is None:
            return None
        with from_weights():
            return read_latents(self.folder / LATENTS, self.configuration.latent)

    def scores(self) -> list[list[str]]:
        """The table of scores, headings first. Raises OSError."""
        from metac.runtime.runs.csv_tables import table_rows

        return table_rows((self.folder / SCORES).read_text(encoding="utf-8"))


def read_latents(path: Path, variables: int) -> LearnedCells:
    """The cells that were learned from; which of them were not trained on older files do not say.

    Raises BadWeights where the file does not hold them.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            latents, stiffness = file["latents"].astype(np.float32), file["stiffness"].astype(float)
            validation = file["validation"].astype(np.int64) if "validation" in file.files else np.zeros(0, np.int64)
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise BadWeights("unreadable", f"{path} cannot be read: {error}") from error
    if latents.shape != (len(stiffness), variables) or stiffness.shape[1:] != (4,) or not len(latents):
        raise BadWeights("other", f"{path} holds cells of another latent space: {variables} variables are expected")
    if validation.ndim != 1 or not ((validation >= 0) & (validation < len(latents))).all():
        raise BadWeights("unreadable", f"{path} cannot be read: `validation` numbers cells that are not there")
    return LearnedCells(latents, stiffness, validation)
