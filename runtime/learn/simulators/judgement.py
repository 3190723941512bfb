"""Rollouts of many networks beside their simulated trajectories: scores, ratios, a plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from metac.runtime.datasets.trajectories.trajectories import Trajectories
from metac.runtime.datasets.trajectories.trajectory_table import judged as usual
from metac.runtime.learn.simulators.rollout_scores import RolloutScore, box_ratio, r_squared, scores_of
from metac.runtime.report.design_plots import QUIET, SOLID, blank, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Judgement:
    """Scores, and Poisson's ratios of the box `[network, snapshot]`, of those snapshots that are judged."""

    scores: list[RolloutScore]
    truth: NDArray[np.float64]
    rolled: NDArray[np.float64]

    def rows(self, name: str) -> list[list[str]]:
        """For a table with `HEADINGS`."""
        return [each.row(name) for each in self.scores]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """To be saved."""
        snapshots = np.asarray([each.snapshot for each in self.scores])
        return {"snapshots": snapshots, "dynamics": self.truth, "rollout": self.rolled}


class RolledOut(Protocol):
    """A simulator."""

    @property
    def begun(self) -> int:
        """Snapshots, beside that at rest, that a rollout begins with: they are not its own."""
        ...

    def rolled_out(self, trajectories: Trajectories, snapshots: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Places `[network, snapshot, node, 2]` and boxes `[network, snapshot, 2]` of all networks."""
        ...


def judgement_of(simulator: RolledOut, trajectories: Trajectories, judged: Sequence[int] | None) -> Judgement:
    """Of all networks; by default after the usual numbers of snapshots. None is judged by what it was given."""
    last = trajectories.positions.shape[1] - 1
    asked = usual(last) if judged is None else sorted({int(each) for each in judged})
    snapshots = [each for each in asked if each > simulator.begun]
    positions, boxes = simulator.rolled_out(trajectories, max(snapshots))
    ratios = [np.stack([box_ratio(each, snapshot) for snapshot in snapshots], 1) for each in (trajectories.box, boxes)]
    return Judgement(scores_of(trajectories, positions, boxes, snapshots), *ratios)


def draw_parity(arrays: Mapping[str, NDArray[Any]], title: str) -> Figure:
    """Ratios of rollouts over those of the dynamics, a panel for each snapshot."""
    snapshots, truth, rolled = arrays["snapshots"], arrays["dynamics"], arrays["rollout"]
    with styled():
        figure = blank((3.0 * len(snapshots), 3.7))
        figure.suptitle(title)
        for place, axes in enumerate(figure.subplots(1, len(snapshots), squeeze=False)[0]):
            x, y = truth[:, place], rolled[:, place]
            ends = [min(x.min(), y.min()), max(x.max(), y.max())]
            axes.plot(ends, ends, color=QUIET, linewidth=0.8)
            axes.plot(x, y, ".", color=SOLID, markersize=4)
            r2 = r_squared(x, y)
            score = f"\nR² = {r2:.5f}" if np.isfinite(r2) else ""
            axes.set(xlabel="dynamics", ylabel="rollout", title=f"{snapshots[place]} snapshots{score}")
    return figure
