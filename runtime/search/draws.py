"""Drawing designs for wanted labels and predicting their labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metac.runtime.learn.supervised.cvae import CvaeGenerator
from metac.runtime.learn.supervised.surrogate import Surrogate
from metac.runtime.search.candidates import Candidates


@dataclass(frozen=True)
class Target:
    """A label, what it should be, and what its differences count: weight · ((label − value) / scale)²."""

    label: str
    value: float
    scale: float = 1.0
    weight: float = 1.0


@dataclass(frozen=True)
class Draws:
    """A generator of designs, a surrogate that knows them at these settings, and which of them can be built."""

    generative: CvaeGenerator
    surrogate: Surrogate
    valid: Callable[[NDArray[np.uint8]], NDArray[np.bool_]]
    settings: Mapping[str, float]

    def candidates(self, targets: tuple[Target, ...], count: int, seed: int) -> Candidates:
        """So many designs drawn for the targets, those that can be built, in the order in which they were drawn."""
        wanted = {target.label: target.value for target in targets if target.label in self.generative.columns.label_names}
        labels = self.generative.conditions(wanted, count, seed=seed)
        designs = self.generative.draw(labels, self._of(self.generative.columns.setting_names), seed=seed)
        fine = self.valid(designs)
        designs = designs[fine]
        predicted = self.surrogate.predict(designs, self._of(self.surrogate.columns.setting_names))
        return Candidates(designs, predicted, self.error(predicted, targets), count, int(fine.sum()))

    def error(self, predicted: NDArray[np.float64], targets: tuple[Target, ...]) -> NDArray[np.float64]:
        """`[design]`: what the targets would contribute to the loss, of `[design, label]`."""
        names = self.surrogate.columns.label_names
        error = np.zeros(len(predicted))
        for target in targets:
            miss = (predicted[:, names.index(target.label)] - target.value) / target.scale
            error += target.weight * miss**2
        return error

    def _of(self, names: tuple[str, ...]) -> list[float]:
        return [float(self.settings[name]) for name in names]
