"""How well labels are predicted: R², mean squared and mean absolute error (Pahlavani et al., eqs. 1 and 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metac.runtime.runs.atomic import write_bytes
from metac.runtime.runs.csv_tables import table_bytes, table_rows

HEADINGS = ("set", "label", "samples", "R2", "MSE", "MAE", "RMSE")
OVERALL = "overall"


@dataclass(frozen=True)
class Scores:
    """Of one set of samples, in the units of the labels; `[label]` each."""

    names: tuple[str, ...]
    samples: int
    r2: tuple[float, ...]
    """1 minus the mean squared error over the variance; no number for a label that does not vary."""
    mse: tuple[float, ...]
    mae: tuple[float, ...]

    @classmethod
    def of(cls, truth: NDArray[np.float64], predicted: NDArray[np.float64], names: tuple[str, ...]) -> Scores:
        """Of `[sample, label]`, both."""
        miss = truth - predicted
        mse, variance = (miss**2).mean(axis=0), truth.var(axis=0)
        r2 = 1 - np.divide(mse, variance, out=np.full_like(mse, np.nan), where=variance > 0)
        return cls(names, len(truth), tuple(r2.tolist()), tuple(mse.tolist()), tuple(np.abs(miss).mean(axis=0).tolist()))

    @property
    def overall(self) -> float:
        """Mean of R² over the labels, as the paper's tables have it."""
        return float(np.mean(self.r2))

    def rows(self) -> list[tuple[str, float, float, float, float]]:
        """Label, R², MSE, MAE and RMSE of each label, then their means."""
        columns = [self.r2, self.mse, self.mae, tuple(np.sqrt(self.mse).tolist())]
        each = [(name, *(column[place] for column in columns)) for place, name in enumerate(self.names)]
        return [*each, (OVERALL, *(float(np.mean(column)) for column in columns))]

    def describe(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "samples": self.samples,
            **{name: {"R2": _plain(r2), "MSE": mse, "MAE": mae, "RMSE": rmse} for name, r2, mse, mae, rmse in self.rows()},
        }


def write_scores(path: Path, sets: Mapping[str, Scores]) -> None:
    """A table as CSV, one row a set and label. Raises OSError."""
    rows: list[Sequence[str]] = [HEADINGS]
    for name, scores in sets.items():
        rows += [(name, label, str(scores.samples), *(f"{value:.6g}" for value in row)) for label, *row in scores.rows()]
    write_bytes(path, table_bytes(rows))


def read_scores(path: Path) -> list[list[str]]:
    """The rows of the table, headings first. Raises OSError."""
    return table_rows(path.read_text(encoding="utf-8"))


def _plain(value: float) -> float | None:
    return value if np.isfinite(value) else None
