"""What decides the arrays of a variational autoencoder of cells; plain numbers, so that specs are checked without JAX."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class VaeConfiguration:
    """Networks of equal shape can take each other's weights.

    `cell`: rows and columns of a cell. `mirrored`: whether both mid-lines mirror it; networks then see its upper left
    quarter, which is a fourth of the work, and what they make is symmetric, exactly. `latent`: variables. `channels`:
    features of the encoder's convolutions, each of which halves the picture; the decoder is shallower (Wang et al., section
    3.2). `hidden`: features between convolutions and latent variables. `regressor`: of the layers from the means to the
    stiffness.

    Raises ValueError where these make no network.
    """

    cell: tuple[int, int]
    mirrored: bool
    latent: int = 16
    channels: tuple[int, ...] = (16, 32, 48)
    hidden: int = 128
    regressor: tuple[int, ...] = (64, 64)

    def __post_init__(self) -> None:
        widths = (*self.cell, self.latent, *self.channels, self.hidden, *self.regressor)
        if not self.channels or any(width < 1 for width in widths):
            raise ValueError(
                f"each layer needs one feature at least, found {list(self.channels)} and {list(self.regressor)}"
            )
        if self.mirrored and any(size % 2 for size in self.cell):
            raise ValueError(f"a cell that its mid-lines mirror has even rows and columns, found {list(self.cell)}")

    @property
    def seen(self) -> tuple[int, int]:
        """Rows and columns of what the networks see: a quarter, or the cell."""
        rows, columns = self.cell
        return (rows // 2, columns // 2) if self.mirrored else (rows, columns)

    @property
    def images(self) -> int:
        """Pixels of the cell that each of these stands for."""
        return 4 if self.mirrored else 1

    def describe(self) -> dict[str, Any]:
        """As plain values, to be written beside weights."""
        plain = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}
        return {"network": "cell_vae", **plain}

    @classmethod
    def read(cls, description: Mapping[str, Any]) -> VaeConfiguration:
        """The inverse of `describe`. Raises ValueError where it does not describe a network of this sort."""
        parts: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in description.items()
        }
        if parts.pop("network", None) != "cell_vae" or parts.keys() != cls.__dataclass_fields__.keys():
            raise ValueError("this does not describe a variational autoencoder of cells")
        return cls(**parts)
