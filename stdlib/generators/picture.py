"""Densities from pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.spec_files import file_named
from metac.runtime.learn.diffusion.preprocessing import preprocess
from metac.runtime.learn.failures import BadData
from metac.runtime.learn.image_readers import read_image

if TYPE_CHECKING:
    from jax import Array

    from metac.compiler.interfaces.generator import Fixable, GridGenerator
    from metac.compiler.interfaces.satisfies import Satisfies

LARGEST = 4096
"""Rows or columns of a grid."""


class Picture:
    """Fields as in `picture.meta`; `FieldError` M0569 on `file` where it holds no picture, on `values` for bad ones."""

    def __init__(
        self,
        *,
        file: str,
        variable: str | None,
        pixels: Sequence[int] | None,
        values: Sequence[Any] | None,
        solid: str,
        threshold: float | None,
        built: NDArray[np.float64] | None = None,
    ) -> None:
        self.density = self.build(file, variable, pixels, values, solid, threshold) if built is None else built
        """`[row, column]`, row 0 at the top."""

    @staticmethod
    def build(
        file: str,
        variable: str | None,
        pixels: Sequence[int] | None,
        values: Sequence[Any] | None,
        solid: str,
        threshold: float | None,
    ) -> NDArray[np.float64]:
        """`[row, column]`, from 0 to 1."""
        ends = None if values is None else (float(values[0]), float(values[1]))
        if ends is not None and not ends[0] < ends[1]:
            raise FieldError("values", "the two values must differ, the smaller first", code="M0569")
        try:
            image = read_image(file_named(file), variable)
            rows, columns = image.shape if pixels is None else pixels
            if max(rows, columns) > LARGEST:
                message = f"{file} has {rows} rows and {columns} columns, a grid {LARGEST} at most"
                raise FieldError("file", message, code="M0569", help="bring it to fewer: `pixels = [64, 64]`")
            grey = (preprocess(image[None], pixels=(rows, columns), values=ends)[0].astype(np.float64) + 1) / 2
        except BadData as problem:
            raise FieldError("file", problem.message, code="M0569", help=problem.help) from problem
        density = grey if solid == "white" else 1 - grey
        return density if threshold is None else (density >= threshold).astype(np.float64)

    @property
    def fixed(self) -> bool:
        """Nothing can vary."""
        return True

    def init(self, key: Array) -> Array:
        """Nothing is free."""
        import jax.numpy as jnp

        return jnp.zeros(0)

    def at(self, theta: Array) -> Array:
        """`[row, column]`."""
        import jax.numpy as jnp

        return jnp.asarray(self.density)


if TYPE_CHECKING:
    Satisfies[GridGenerator](Picture)
    Satisfies[Fixable](Picture)
