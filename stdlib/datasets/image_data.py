"""What data sets of images share: how images become samples, whatever they come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.artefacts.keys import series
from metac.runtime.learn.diffusion import preprocessing


def size_of(field: str, pixels: Sequence[int]) -> tuple[int, int]:
    """Rows and columns that a field gives. Raises `FieldError` M0584 where they are none."""
    if len(pixels) != 2 or any(size < 1 or size > 4096 for size in pixels):
        raise FieldError(
            field,
            f"an image has rows and columns, 1 to 4096 of each, found {[int(size) for size in pixels]}",
            code="M0584",
            help=f"write `{field} = [32, 32]`",
        )
    return int(pixels[0]), int(pixels[1])


@dataclass(frozen=True)
class Preparation:
    """The fields `pixels`, `noise`, `blur` and `seed`, see `images.meta`."""

    pixels: tuple[int, int]
    noise: float
    blur: float
    seed: int

    @property
    def versions(self) -> dict[str, str]:
        """Of the packages that prepared samples depend on."""
        return series("numpy", "scipy") if self.noise or self.blur else {}

    def samples(self, raw: NDArray[Any], values: tuple[float, float] | None) -> NDArray[np.float32]:
        """`[image, row, column]`, -1 … 1. Raises BadData."""
        return preprocessing.preprocess(
            raw, pixels=self.pixels, values=values, noise=self.noise, blur=self.blur, seed=self.seed
        )
