"""How well a generator of designs does what it is asked, as its surrogate sees it (Pahlavani et al., section 2.2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metac.runtime.learn.supervised.cvae import CvaeGenerator, f1_score
from metac.runtime.learn.supervised.labelled_data import LabelledSamples
from metac.runtime.learn.supervised.scores import Scores
from metac.runtime.learn.supervised.surrogate import Surrogate

DRAWS_PER_TARGET = 100
"""Designs of which the best counts, as in the paper."""
MOST_TARGETS = 2000
"""Most test samples whose labels are asked for."""

ValidityCheck = Callable[[NDArray[np.uint8]], NDArray[np.bool_]]


@dataclass(frozen=True)
class GeneratorScores:
    """Labels `[sample, label]` in their units; shares from 0 to 1."""

    names: tuple[str, ...]
    wanted: NDArray[np.float64]
    one: NDArray[np.float64]
    """Of one design for each."""
    best: NDArray[np.float64]
    """Of the nearest of `DRAWS_PER_TARGET` valid designs."""
    valid: float
    """Share of the drawn designs that can be built."""
    distinct: float
    """Share of the designs drawn for the same labels that differ from all before."""
    f1: float
    """Of reconstructed test designs."""

    def scores(self) -> dict[str, Scores]:
        """Of both."""
        return {
            "one design": Scores.of(self.wanted, self.one, self.names),
            f"best of {DRAWS_PER_TARGET}": Scores.of(self.wanted, self.best, self.names),
        }

    def describe(self) -> dict[str, Any]:
        """As plain values."""
        scores = {name: each.describe() for name, each in self.scores().items()}
        return {"valid": self.valid, "distinct": self.distinct, "f1": self.f1, "scores": scores}

    def sentence(self) -> str:
        """For people."""
        parts = [f"R² {scores.overall:.4f} ({name})" for name, scores in self.scores().items()]
        return f"{', '.join(parts)}, {100 * self.valid:.1f} % of its designs are valid, F1 {self.f1:.3f}"


def evaluate_generator(
    generative: CvaeGenerator, guide: Surrogate, test: LabelledSamples, valid: ValidityCheck, seed: int
) -> GeneratorScores:
    """Ask for the labels of test samples, at their settings."""
    asked = test.take(np.arange(min(len(test.labels), MOST_TARGETS)))
    wanted = generative.columns.labels.restore(asked.labels)
    settings = generative.columns.settings.restore(asked.settings)
    one = best = np.empty(0)
    nearest = np.full(len(wanted), np.inf)
    sound, seen = 0, [set() for _ in wanted]
    for number in range(DRAWS_PER_TARGET):
        designs = generative.draw(wanted, settings, seed=seed + number)
        found = guide.predict(designs, settings)
        fine = valid(designs)
        sound += int(fine.sum())
        for known, design in zip(seen, np.packbits(designs, axis=1), strict=True):
            known.add(design.tobytes())
        miss = np.square((found - wanted) / generative.columns.labels.span).mean(axis=1)
        if number == 0:
            one, best = found, found.copy()
        better = (miss < nearest) & fine
        nearest[better], best[better] = miss[better], found[better]
    drawn = DRAWS_PER_TARGET * len(wanted)
    distinct = sum(len(known) for known in seen) / drawn
    f1 = f1_score(test.designs, generative.reconstruct(test))
    return GeneratorScores(generative.columns.label_names, wanted, one, best, sound / drawn, distinct, f1)
