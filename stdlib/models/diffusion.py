"""Diffusion models of images: loaded, taken from the cache, or trained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metac.stdlib.models.diffusion_fields import DiffusionFields

if TYPE_CHECKING:
    from metac.compiler.interfaces.model import ImageModel
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.runtime.learn.diffusion.denoiser import Denoiser


class Diffusion:
    """Model: fields as in `diffusion.meta`; `denoiser` is the trained network.

    Raises `FieldError`: M0585 where the fields make no network, M0588 where there is nothing to train it on or too much,
    M0586 where weights cannot be read, M0587 where they are those of another network.
    """

    def __init__(self, *, built: Denoiser | None = None, **fields: Any) -> None:
        self._built = built
        self.fields = DiffusionFields(**fields)

    @staticmethod
    def build(**fields: Any) -> Denoiser:
        """The trained network: that of `weights`, that of the cache, or a new one."""
        return DiffusionFields(**fields).denoiser()

    @property
    def pixels(self) -> tuple[int, int]:
        """Rows and columns of its images."""
        return self.fields.configuration.pixels

    @property
    def denoiser(self) -> Denoiser:
        """The trained network."""
        assert self._built is not None, "made without what `build` gives"
        return self._built


if TYPE_CHECKING:
    Satisfies[ImageModel[Denoiser]](Diffusion)
