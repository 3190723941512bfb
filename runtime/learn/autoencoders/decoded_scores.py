"""How well cells are decoded: pixels, connected pieces, and the stiffness that decoded cells have when they are homogenised.

A regressor may know the stiffness of a cell whose decoded picture has another, or is not connected: so what is decoded is
made black and white, and its stiffness computed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from metac.runtime.datasets.cells.repair import in_one_piece, repaired
from metac.runtime.grid.binary_images import pieces
from metac.runtime.learn.supervised.scores import Scores

if TYPE_CHECKING:
    from metac.runtime.learn.autoencoders.cell_latent_space import CellLatentSpace

Array = NDArray[np.float64]

NAMES = ("C11", "C12", "C22", "C66")
THRESHOLDS = (0.5, 0.9)
"""Likelihoods above which a pixel is solid: the middle, and the paper's."""
NEAR = 0.25
"""Standard deviation of noise on the latents of cells, for draws near the data."""
DRAWS = 200
MOST_JUDGED = 1000
"""Cells that are decoded and homogenised."""
HEADINGS = (
    "what",
    "threshold",
    "cells",
    "pixel error",
    "one piece",
    "one piece when repaired",
    *(f"R2 {name}" for name in NAMES),
)


class DecodedRow(NamedTuple):
    """A row of the table; no number where a column does not apply."""

    what: str
    threshold: float
    cells: int
    pixel_error: float
    """Share of pixels that differ from the cell that was encoded."""
    one_piece: float
    """Share of cells whose solid is one piece through all periods."""
    repaired: float
    """The same after isolated pixels, checkerboards and small loose pieces were mended."""
    r2: tuple[float, ...]
    """Of C11, C12, C22, C66."""

    def describe(self) -> dict[str, Any]:
        """As plain values; None for no number."""
        found = {name: _plain(value) for name, value in self._asdict().items() if name not in ("what", "r2")}
        return {"what": self.what, **found, "R2": dict(zip(NAMES, map(_plain, self.r2), strict=True))}

    def texts(self) -> list[str]:
        """As cells of a table."""
        numbers = (self.threshold, self.pixel_error, self.one_piece, self.repaired, *self.r2)
        first, *others = [f"{number:.4g}" if np.isfinite(number) else "" for number in numbers]
        return [self.what, first, str(self.cells), *others]


@dataclass(frozen=True)
class CellJudge:
    """Judges a latent space by cells `[cell, row, column]` as its networks see them, with their `stiffness[cell, 4]`, MPa.

    `homogenised`: stiffness of whole black and white cells.
    """

    space: CellLatentSpace
    pictures: NDArray[np.uint8]
    stiffness: Array
    homogenised: Callable[[NDArray[np.bool_]], Array]
    seed: int

    def rows(self) -> list[DecodedRow]:
        """Of the cells decoded from their means, of the regressor, and of draws near the data and from the prior.

        R² of draws compares the regressor with the stiffness that the decoded cell has.
        """
        means = self.space.means_of(self.pictures)
        likely = self.space.pictures_of(means)
        found = [self._row(f"decoded cells, {len(self.pictures)} of validation", likely, each) for each in THRESHOLDS]
        predicted = self._predicted(means)
        r2 = Scores.of(self.stiffness, predicted, NAMES).r2
        nothing = float("nan")
        found.append(DecodedRow("regressor", nothing, len(means), nothing, nothing, nothing, r2))
        for what, latent in self.draws(means).items():
            found.append(self._drawn_row(what, latent))
        return found

    def draws(self, means: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Latent variables near those of cells, and from the prior."""
        random = np.random.default_rng([self.seed, 1])
        chosen = means[random.integers(len(means), size=DRAWS)]
        noise = random.standard_normal((2, *chosen.shape))
        return {
            f"draws, cells with noise {NEAR}": (chosen + NEAR * noise[0]).astype(np.float32),
            "draws from the normal prior": noise[1].astype(np.float32),
        }

    def _row(self, what: str, likely: NDArray[np.float32], threshold: float) -> DecodedRow:
        solid = likely > threshold
        wrong = float(np.mean(solid != self.pictures.astype(bool)))
        one, mended = soundness(solid, self.space.configuration.mirrored)
        r2 = _r2(self.stiffness, self.homogenised(self._whole(solid)))
        return DecodedRow(what, threshold, len(solid), wrong, float(one.mean()), mended, r2)

    def _drawn_row(self, what: str, latent: NDArray[np.float32]) -> DecodedRow:
        solid = self.space.pictures_of(latent) > THRESHOLDS[0]
        one, mended = soundness(solid, self.space.configuration.mirrored)
        r2 = _r2(self.homogenised(self._whole(solid)), self._predicted(latent))
        return DecodedRow(what, THRESHOLDS[0], len(latent), float("nan"), float(one.mean()), mended, r2)

    def _predicted(self, latent: NDArray[np.float32]) -> Array:
        return np.asarray(self.space.predict(latent), float)  # type: ignore[arg-type]

    def _whole(self, solid: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return whole_cells(solid, self.space.configuration.mirrored)


def _plain(value: float) -> float | None:
    return value if np.isfinite(value) else None


def whole_cells(seen: NDArray, mirrored: bool) -> NDArray:
    """Cells from what networks see of them."""
    from metac.runtime.datasets.cells.design_space import whole

    return whole(seen) if mirrored else seen


def soundness(solid: NDArray[np.bool_], mirrored: bool) -> tuple[NDArray[np.bool_], float]:
    """`[cell]`: whether the solid is one piece through all periods; the share of cells that are once they are repaired (no
    number for cells without mirror lines, which nothing repairs)."""
    if mirrored:
        return in_one_piece(solid), float(repaired(solid)[1].mean())
    return np.array([_connected(cell) for cell in solid]), float("nan")


def _connected(cell: NDArray[np.bool_]) -> bool:
    """One piece in two by two periods, too: one that does not meet its images is several there."""
    return bool(cell.any()) and int(pieces(np.tile(cell, (2, 2))).max()) == 1


def linear_probe(latents: NDArray[np.float32], stiffness: Array) -> float:
    """R² of log C11 as a linear function of the latent variables: how well one direction stands for stiffness."""
    columns = np.column_stack([latents.astype(float), np.ones(len(latents))])
    wanted = np.log(stiffness[:, 0])
    found = columns @ np.linalg.lstsq(columns, wanted, rcond=None)[0]
    return _r2(wanted[:, None], found[:, None])[0]


def _r2(truth: Array, found: Array) -> tuple[float, ...]:
    """Of the cells whose stiffness is known."""
    known = np.isfinite(truth).all(axis=1) & np.isfinite(found).all(axis=1)
    names: Sequence[str] = NAMES[: truth.shape[1]]
    return Scores.of(truth[known], found[known], tuple(names)).r2
