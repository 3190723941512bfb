"""What is written of a trained simulator: weights, card, scores, plots; ranges of what it learned from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from metac.stdlib.models.trained_model import write_loss_table

if TYPE_CHECKING:
    from metac.runtime.datasets.trajectories.trajectories import Trajectories
    from metac.runtime.learn.simulators.judgement import Judgement
    from metac.runtime.learn.validated_training import ValidatedResult

SCORES, RATIOS = "scores.csv", "ratios.npz"


def write_simulator(
    folder: Path, card: dict[str, Any], weights: Any, judgement: Judgement, result: ValidatedResult, title: str
) -> None:
    """Weights, card, scores and plots. Raises OSError."""
    import jax

    from metac.runtime.learn.model_card import write_description
    from metac.runtime.learn.simulators.judgement import draw_parity
    from metac.runtime.learn.simulators.rollout_scores import HEADINGS
    from metac.runtime.learn.weights import save_weights
    from metac.runtime.report.design_plots import save
    from metac.runtime.runs.atomic import save_arrays, write_bytes
    from metac.runtime.runs.csv_tables import table_bytes

    save_weights(folder, jax.tree.map(lambda leaf: np.asarray(leaf, np.float32), weights))
    write_description(folder, card)
    write_bytes(folder / SCORES, table_bytes([list(HEADINGS), *judgement.rows("test")]))
    save_arrays(folder / RATIOS, judgement.arrays())
    save(draw_parity(judgement.arrays(), title), folder / "parity.png")
    write_loss_table(folder, result, "check")


def rows_of(trajectories: Trajectories, number: int) -> Trajectories:
    """Those of one set."""
    rows = trajectories.set == number
    return trajectories._replace(**{name: each[rows] for name, each in trajectories._asdict().items()})


def ranges_of(trajectories: Trajectories) -> dict[str, Any]:
    """Of what was learned from."""
    learned = rows_of(trajectories, 0)
    first, second = (np.take_along_axis(learned.positions[:, 0], learned.bonds[:, :, end, None], 1) for end in (0, 1))
    lengths = np.hypot(*np.moveaxis(second - first + learned.images * learned.box[:, :1], 2, 0))[learned.weights > 0]
    degrees = [
        np.bincount(bonds[weights > 0].ravel()) for bonds, weights in zip(learned.bonds, learned.weights, strict=True)
    ]
    ends = np.concatenate(degrees)
    return {
        "networks": len(learned.nodes),
        "lengths": [float(lengths.min()), float(lengths.max())],
        "degrees": [int(ends[ends > 0].min()), int(ends.max())],
        "ratios": [float(learned.ratios[:, 0].min()), float(learned.ratios[:, 0].max())],
    }
