"""What the fields of a diffusion model ask for, and how it is met: by a file, by the cache, or by training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.artefacts.keys import code_of, key_of, series
from metac.runtime.artefacts.store import Store
from metac.runtime.artefacts.watch import present_watch
from metac.runtime.learn.diffusion.network_configuration import UNetConfiguration
from metac.runtime.learn.diffusion.noise_schedule import LinearNoiseSchedule
from metac.runtime.learn.model_card import read_card, write_card
from metac.stdlib.datasets.images import Images
from metac.stdlib.models.trained_model import check_learnable, check_same_shape, folder_of, from_weights, now, written

if TYPE_CHECKING:
    from metac.runtime.learn.diffusion.denoiser import Denoiser
    from metac.runtime.learn.diffusion.diffusion_trainer import DiffusionRecipe

SAMPLES = 64
"""Drawn after training."""
REVERSE_STEPS = 10
"""In which they are drawn."""
FORMAT = 1
"""A change of meaning that the hashes of code do not show gives models new keys."""


@dataclass(frozen=True, eq=False, kw_only=True)
class DiffusionFields:
    """Fields as in `diffusion.meta`. Raises `FieldError`: M0585 to M0588, see `Diffusion`."""

    data: Images | None
    weights: str | None
    steps: int
    channels: Sequence[int] | None
    blocks: int | None
    attention: Sequence[int] | None
    heads: int | None
    patch: int | None
    epochs: int
    batch: int
    rate: float
    warm_up: int
    decay: float
    mean: float
    dropout: float
    seed: int

    def __post_init__(self) -> None:
        check_learnable(self.data, self.weights, "give a data set: `data = digits`")
        if not self.rate > 0:
            raise FieldError("rate", "the learning rate must be positive", code="M0585")
        _ = self.configuration

    @cached_property
    def configuration(self) -> UNetConfiguration:
        """Of the network."""
        if self.weights is not None:
            return self._given[0]
        assert self.data is not None
        return self._asked(UNetConfiguration(), self.data.pixels)

    @cached_property
    def schedule(self) -> LinearNoiseSchedule:
        """Of the noise."""
        return LinearNoiseSchedule(self.steps) if self.weights is None else self._given[1]

    def denoiser(self) -> Denoiser:
        """The trained network; trains it where it is neither in a file nor in the cache.

        Raises `FieldError` for weights and data; TrainingFailed, Interrupted, CacheUnusable.
        """
        if self.weights is not None:
            return self._loaded(folder_of(self.weights))
        return self._loaded(Store().entry("diffusion", self.key, self.title, self._make))

    @property
    def title(self) -> str:
        """For people."""
        return f"the diffusion model of {self.data.title if self.data else self.weights}"

    @cached_property
    def key(self) -> str:
        """Of the trained network in the cache: everything that it depends on."""
        from metac.runtime.learn.diffusion import denoiser, diffusion_trainer, noise_schedule
        from metac.runtime.learn.networks import convolution, functional, image_network, initialisers, unet

        assert self.data is not None
        networks = (unet, convolution, image_network, functional, initialisers)
        modules = (*networks, noise_schedule, diffusion_trainer, denoiser)
        return key_of(
            {
                "format": FORMAT,
                "data": self.data.content,
                "shape": self.configuration.describe(),
                "steps": self.steps,
                "recipe": self._recipe.describe(),
                "dropout": self.dropout,
                "code": code_of(module.__file__ for module in modules),
                "versions": series("jax", "flax", "optax", "scipy"),
            }
        )

    @property
    def _recipe(self) -> DiffusionRecipe:
        from metac.runtime.learn.diffusion.diffusion_trainer import DiffusionRecipe

        return DiffusionRecipe(
            epochs=self.epochs,
            batch=self.batch,
            rate=self.rate,
            warm_up=self.warm_up,
            decay=self.decay,
            mean=self.mean,
            seed=self.seed,
        )

    @cached_property
    def _given(self) -> tuple[UNetConfiguration, LinearNoiseSchedule, str]:
        """What the card of `weights` says, and whether it is what the other fields ask for."""
        assert self.weights is not None
        with from_weights():
            shape, schedule, sha256 = read_card(folder_of(self.weights))
        asked = self._asked(shape, self.data.pixels if self.data else shape.pixels)
        check_same_shape(asked.describe(), shape.describe())
        return shape, schedule, sha256

    def _asked(self, base: UNetConfiguration, pixels: tuple[int, int]) -> UNetConfiguration:
        """`base` with what the fields say."""
        names = ("channels", "attention", "blocks", "heads", "patch")
        fields = {name: getattr(self, name) for name in names}
        given = {
            name: tuple(int(each) for each in value) if isinstance(value, Sequence) else int(value)
            for name, value in fields.items()
            if value is not None
        }
        try:
            return replace(base, pixels=pixels, **given)
        except ValueError as problem:
            place = next(iter(given), "data")
            raise FieldError(place, f"this makes no network: {problem}", code="M0585") from problem

    def _loaded(self, folder: Path) -> Denoiser:
        from metac.runtime.learn.diffusion.denoiser import Denoiser
        from metac.runtime.learn.networks.earlier_names import unet_name
        from metac.runtime.learn.networks.image_network import ImageNetwork
        from metac.runtime.learn.weights import load_weights

        network = ImageNetwork(self.configuration)
        with from_weights():
            weights = load_weights(folder, read_card(folder)[2], network.weights_like, unet_name(self.configuration))
        return Denoiser(network, weights, self.schedule, self.configuration.pixels)

    def _make(self, folder: Path) -> None:
        """Train into a folder of the cache."""
        from metac.runtime.learn.diffusion.diffusion_trainer import train_diffusion
        from metac.runtime.learn.networks.image_network import ImageNetwork
        from metac.runtime.learn.weights import save_weights

        assert self.data is not None
        samples = self.data.samples()
        network, recipe = ImageNetwork(self.configuration, self.dropout), self._recipe
        started = now()
        result = train_diffusion(
            network, network.initial_weights(self.seed), samples, self.schedule, recipe, folder, self.title
        )
        steps_per_epoch, _, batch = recipe.steps(len(samples))
        record = {
            "title": self.title,
            "parameters": network.parameters,
            "data": {"title": self.data.title, "images": len(samples), **self.data.content},
            "recipe": {**recipe.describe(), "batch": batch, "dropout": self.dropout},
            "started": started,
            "seconds": round(result.seconds, 1),
            "loss": float(result.losses[-steps_per_epoch:].mean()),
            "versions": series("jax", "flax", "optax", "numpy"),
        }
        with written(self.title):
            save_weights(folder, result.weights)
            write_card(folder, self.configuration, self.schedule, record)
            present_watch().phase(f"drawing samples of {self.title}")
            self._draw(folder, result.losses, steps_per_epoch)
        present_watch().note(f"{self.title} is trained, its loss {record['loss']:.4f}; `metac cache` shows where")

    def _draw(self, folder: Path, losses: Any, steps_per_epoch: int) -> None:
        import jax
        import numpy as np

        from metac.runtime.learn.diffusion.sample_plots import plot_step_losses, write_samples

        denoiser = self._loaded(folder)
        noise = jax.random.normal(jax.random.key(self.seed), (SAMPLES, *self.configuration.pixels))
        made = jax.jit(lambda noise, weights: denoiser.samples(noise, min(REVERSE_STEPS, self.steps), weights))
        write_samples(folder / "samples.png", np.asarray(made(noise, denoiser.weights)))
        plot_step_losses(folder / "losses.png", losses, steps_per_epoch, self.title)
        np.savetxt(folder / "losses.csv", losses, fmt="%.6g", header="loss of each step", comments="# ")
