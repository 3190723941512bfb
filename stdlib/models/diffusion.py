"""Diffusion models of pictures: loaded, taken from the cache, or trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from metac.stdlib.datasets.images import Images
from metac.stdlib.models.diffusion_fields import Training

if TYPE_CHECKING:
    from metac.runtime.learn.diffusion.denoiser import Denoiser


class Diffusion:
    """Model: fields as in `diffusion.meta`; `denoiser` is the trained network.

    Raises `FieldError`: M0585 where the fields make no network, M0588 where there is nothing to train it on or too much,
    M0586 where weights cannot be read, M0587 where they are those of another network.
    """

    def __init__(self, *, built: Denoiser | None = None, **fields: Any) -> None:
        self._built = built
        self.training = Training(**fields)

    @staticmethod
    def build(
        data: Images | None,
        weights: str | None,
        steps: int,
        channels: Sequence[int] | None,
        blocks: int | None,
        attention: Sequence[int] | None,
        heads: int | None,
        patch: int | None,
        epochs: int,
        batch: int,
        rate: float,
        warm_up: int,
        decay: float,
        mean: float,
        dropout: float,
        seed: int,
    ) -> Denoiser:
        """The trained network: that of `weights`, that of the cache, or a new one."""
        return Training(**locals()).denoiser()

    @property
    def pixels(self) -> tuple[int, int]:
        """Rows and columns of its pictures."""
        return self.training.shape.pixels

    @property
    def denoiser(self) -> Denoiser:
        """The trained network."""
        assert self._built is not None, "made without what `build` gives"
        return self._built
