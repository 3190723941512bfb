"""What decides the arrays of a denoising network; plain numbers, so that specs are checked without JAX."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

GROUPS = 8
"""Groups of channels that are normalised together; widths are their multiples."""


@dataclass(frozen=True)
class UNetConfiguration:
    """Networks of equal shape can take each other's weights.

    `pixels`: rows and columns. `channels`: width of each level, finest first. `blocks`: residual blocks a level on the way
    down; there is one more on the way up. `attention`: levels with self-attention, counted from 0; the middle always has
    it. `heads`: of each attention. `patch`: the network sees squares of so many by so many pixels as one pixel with many
    channels, which makes it cheaper by the square of it (Luhman and Luhman, 2022, *Improving diffusion model efficiency
    through patching*).

    The defaults make a network of the size that Xu et al. give in section 3.1.1, 5.5 million parameters.

    Raises ValueError where these do not fit each other.
    """

    pixels: tuple[int, int] = (32, 32)
    channels: tuple[int, ...] = (48, 96, 96, 96)
    blocks: int = 2
    attention: tuple[int, ...] = (1,)
    heads: int = 4
    patch: int = 1

    def __post_init__(self) -> None:
        levels = len(self.channels)
        if not self.channels or any(width < GROUPS or width % GROUPS for width in self.channels):
            raise ValueError(f"the width of each level must be a positive multiple of {GROUPS}, found {list(self.channels)}")
        if self.patch < 1:
            raise ValueError(f"a patch has one pixel at least on a side, found {self.patch}")
        factor = self.patch * 2 ** (levels - 1)
        if any(size < factor or size % factor for size in self.pixels):
            size = " by ".join(str(each) for each in self.pixels)
            first = f"patches of {self.patch} by {self.patch}, and " if self.patch > 1 else ""
            times = f"{first}{levels} levels halve the picture {levels - 1} times"
            raise ValueError(f"{times}, but {size} is no multiple of {factor}")
        if self.blocks < 1:
            raise ValueError(f"a level needs one residual block at least, found {self.blocks}")
        if any(not 0 <= level < levels for level in self.attention):
            raise ValueError(f"levels are counted from 0 to {levels - 1}, found {list(self.attention)}")
        attended = sorted({self.channels[level] for level in self.attention} | {self.channels[-1]})
        if self.heads < 1 or any(width % self.heads for width in attended):
            raise ValueError(f"{self.heads} heads do not divide the widths {attended} of the levels with attention")

    def describe(self) -> dict[str, Any]:
        """As plain values, to be written beside weights."""
        plain = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}
        return {"network": "unet", **plain}

    @classmethod
    def read(cls, description: Mapping[str, Any]) -> UNetConfiguration:
        """The inverse of `describe`. Raises ValueError where it does not describe a network of this sort."""
        parts: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in description.items()
        }
        if parts.pop("network", None) != "unet" or parts.keys() != cls.__dataclass_fields__.keys():
            raise ValueError("this does not describe a U-Net")
        return cls(**parts)


SMALL = UNetConfiguration(channels=(24, 48, 48, 48), blocks=1)
"""A network for CPUs, about a sixth of the paper's."""
