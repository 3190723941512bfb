"""How far rollouts are from trajectories that were simulated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metac.runtime.datasets.trajectories.trajectories import Trajectories

Field = NDArray[np.float64]
HEADINGS = ("set", "snapshot", "networks", "R2", "MAE", "largest error", "node R2", "position MSE", "constant velocity MSE")


@dataclass(frozen=True)
class RolloutScore:
    """Of one set of networks after so many snapshots."""

    snapshot: int
    networks: int
    r2: float
    """Of Poisson's ratio of the box: 1 minus the mean squared error over the variance; no number where it does not vary."""
    mae: float
    """Mean absolute error of that ratio."""
    largest: float
    """Largest error of that ratio."""
    node_r2: float
    """Of the ratio of the nodes, as papers report it (`node_poisson_ratio`)."""
    position_mse: float
    """Mean squared error of the nodes' places, of both components together."""
    constant_mse: float
    """The same where every node keeps the velocity that it has in the first interval."""

    def describe(self) -> dict[str, Any]:
        """As plain values; what is no number is None."""
        return {name: value if np.isfinite(value) else None for name, value in asdict(self).items()}

    def row(self, name: str) -> list[str]:
        """For a table with `HEADINGS`."""
        numbers = (self.r2, self.mae, self.largest, self.node_r2, self.position_mse, self.constant_mse)
        return [name, str(self.snapshot), str(self.networks), *(f"{value:.6g}" for value in numbers)]


def scores_of(truth: Trajectories, positions: Field, boxes: Field, judged: Sequence[int]) -> list[RolloutScore]:
    """After each of `judged` snapshots, of rollouts `[network, snapshot, node, 2]` with boxes `[network, snapshot, 2]`."""
    there = _there(truth)
    found = []
    for snapshot in judged:
        ratios = box_ratio(truth.box, snapshot), box_ratio(boxes, snapshot)
        nodes = node_ratio(truth.positions, there, snapshot), node_ratio(positions, there, snapshot)
        velocity = truth.positions[:, 1] - truth.positions[:, 0]
        constant = truth.positions[:, 0] + snapshot * velocity
        error = np.abs(ratios[1] - ratios[0])
        found.append(
            RolloutScore(
                snapshot=int(snapshot),
                networks=len(error),
                r2=r_squared(*ratios),
                mae=float(error.mean()),
                largest=float(error.max()),
                node_r2=r_squared(*nodes),
                position_mse=_mse(truth.positions[:, snapshot], positions[:, snapshot], there),
                constant_mse=_mse(truth.positions[:, snapshot], constant, there),
            )
        )
    return found


def box_ratio(boxes: Field, snapshot: int) -> Field:
    """`[network]`: Poisson's ratio of boxes `[network, snapshot, 2]`, compressed along x."""
    strains = boxes[:, snapshot] / boxes[:, 0] - 1
    return -strains[:, 1] / strains[:, 0]


def node_ratio(positions: Field, there: NDArray[np.bool_], snapshot: int) -> Field:
    """`[network]`: of the slopes of the nodes' displacements over their places at rest."""
    count = there.sum(axis=1)[:, None, None]
    weight = there[:, :, None]
    rest = positions[:, 0] - (positions[:, 0] * weight).sum(axis=1, keepdims=True) / count
    moved = positions[:, snapshot] - positions[:, 0]
    slopes = (rest * moved * weight).sum(axis=1) / (rest**2 * weight).sum(axis=1)
    return -slopes[:, 1] / slopes[:, 0]


def _there(truth: Trajectories) -> NDArray[np.bool_]:
    """`[network, node]`: false for nodes that only fill the arrays up."""
    return np.arange(truth.positions.shape[2]) < truth.nodes[:, None]


def _mse(truth: Field, found: Field, there: NDArray[np.bool_]) -> float:
    squares = ((found - truth) ** 2).mean(axis=2)
    return float((squares * there).sum() / there.sum())


def r_squared(truth: Field, found: Field) -> float:
    """1 minus the mean squared error over the variance; no number where that is zero."""
    variance = truth.var()
    return float(1 - ((found - truth) ** 2).mean() / variance) if variance > 0 else float("nan")
