"""What a family of networks can do, in numbers: extremes, shares and ellipses of properties by connectivity and tiling.

Pahlavani et al., Fig. 1b and supplementary tables 1 and 2.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from metac.runtime.beams.property_names import PROPERTY_NAMES
from metac.runtime.datasets.networks.random_networks import NetworkRecipe, Sampled
from metac.runtime.runs.csv_tables import table_bytes

PAIRS = ((2, 3), (0, 1), (2, 0), (3, 1))
"""Of labels, as in supplementary table 1."""
CONFIDENCE = 0.95
BOUNDS = (-0.5, 0.0, 0.5)
"""Between the ranges of Poisson's ratio of supplementary table 2."""
RANGES = ("nu<-0.5", "-0.5<=nu<0", "0<=nu<0.5", "nu>=0.5")
MODULI = 2
"""The first so many labels are moduli, which are reported relative to that of the beams."""
ALL = "all"


def property_table(sampled: Sampled, recipe: NetworkRecipe) -> bytes:
    """CSV: a row for each tiling and connectivity, and one for all connectivities together.

    Moduli are over that of the beams. Shares are of all values of ν12 and ν21 taken together, in percent. Radii r1 ≥ r2 are
    those of the ellipse that would hold 95 % of a normal distribution of the same covariance.
    """
    rows = [list(_headings())]
    connectivity = recipe.connectivity(sampled.designs)
    scale = np.where(np.arange(len(PROPERTY_NAMES)) < MODULI, recipe.networks.material.young, 1.0)
    for tiling, tiles in enumerate(recipe.tiles):
        labels = sampled.labels[:, tiling] / scale
        for name, some in _groups(connectivity):
            rows.append([f"{tiles[0]}x{tiles[1]}", name, *_row(labels[some])])
    return table_bytes(rows)


def _headings() -> Iterator[str]:
    yield from ("tiling", "connectivity", "designs")
    for number, label in enumerate(PROPERTY_NAMES):
        name = f"{label}/E" if number < MODULI else label
        yield from (f"{name} least", f"{name} mean", f"{name} greatest")
    yield from (f"% {name}" for name in RANGES)
    for pair in PAIRS:
        yield from (f"{radius} {' '.join(PROPERTY_NAMES[label] for label in pair)}" for radius in ("r1", "r2"))


def _groups(connectivity: NDArray[np.float64]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    for each in np.unique(connectivity):
        yield f"{each:g}", connectivity == each
    yield ALL, np.ones(len(connectivity), bool)


def _row(labels: NDArray[np.float64]) -> Iterator[str]:
    yield str(len(labels))
    for values in labels.T:
        yield from (f"{value:.6g}" for value in (values.min(), values.mean(), values.max()))
    counts = np.bincount(np.digitize(labels[:, MODULI:].ravel(), BOUNDS), minlength=len(RANGES))
    yield from (f"{100 * share:.4f}" for share in counts / counts.sum())
    for pair in PAIRS:
        yield from (f"{radius:.4g}" for radius in _radii(labels[:, pair]))


def _radii(points: NDArray[np.float64]) -> tuple[float, float]:
    if len(points) < 2:
        return 0.0, 0.0
    covariance = np.cov(points, rowvar=False)
    # A normal distribution in the plane has the share 1 − exp(−k²/2) within k standard deviations.
    factor = np.sqrt(-2 * np.log(1 - CONFIDENCE))
    least, most = factor * np.sqrt(np.maximum(np.linalg.eigvalsh(covariance), 0))
    return float(most), float(least)
