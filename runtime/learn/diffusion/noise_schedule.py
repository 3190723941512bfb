"""How much of an image is noise at each time step (Ho et al., 2020; Xu et al., section 2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class LinearNoiseSchedule:
    """Variances β_t that grow linearly from `first` to `last` over `steps` time steps, t = 1 … T.

    Raises ValueError where they are no variances.
    """

    steps: int = 1000
    first: float = 1e-4
    last: float = 0.02

    def __post_init__(self) -> None:
        if self.steps < 1 or not 0 < self.first <= self.last < 1:
            raise ValueError(f"no variances: {self.steps} steps from {self.first} to {self.last}")

    @cached_property
    def alpha_bar(self) -> NDArray[np.float64]:
        """`[T + 1]`: ᾱ_t, the share of the image's variance that is left after t steps; 1 at t = 0."""
        variances = np.linspace(self.first, self.last, self.steps)
        return np.concatenate([[1.0], np.cumprod(1.0 - variances)])

    def times(self, count: int) -> NDArray[np.int32]:
        """`[count + 1]`: time steps of a shorter reverse process, evenly spaced from T down to 0.

        Raises ValueError where there are fewer time steps than that.
        """
        if not 1 <= count <= self.steps:
            raise ValueError(f"{count} reverse steps cannot be taken from {self.steps}")
        return np.round(np.linspace(self.steps, 0, count + 1)).astype(np.int32)
