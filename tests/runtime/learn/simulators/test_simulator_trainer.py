"""Training of simulators: it learns, resumes bit for bit; scores of rollouts."""

from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest

from metac.runtime.artefacts.watch import Watch, watched
from metac.runtime.datasets.trajectories.trajectories import Trajectories, trajectories
from metac.runtime.learn.simulators.conditions import TrajectoryConditions
from metac.runtime.learn.simulators.judgement import draw_parity, judgement_of
from metac.runtime.learn.simulators.propagator import PropagatorConfiguration
from metac.runtime.learn.simulators.rollout_scores import HEADINGS, box_ratio, node_ratio, scores_of
from metac.runtime.learn.simulators.simulator import Simulator
from metac.runtime.learn.simulators.simulator_trainer import SimulatorRecipe, train_simulator
from metac.runtime.learn.validated_training import ValidatedResult
from metac.runtime.runs.failures import Interrupted
from tests.runtime.datasets.trajectories.recipes import RECIPE as FEW

RECIPE = replace(FEW, rate=1e-5, snapshots=4, substeps=30, seed=0)
CONDITIONS = TrajectoryConditions.of(RECIPE)
SHAPE = PropagatorConfiguration(4, 8, 80.0)
TRAINING = SimulatorRecipe(steps=20, batch=1, window=3, checks=4, seed=0)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Trajectories:
    return trajectories(RECIPE, tmp_path_factory.mktemp("data"), "films")


def trained(data: Trajectories, folder: Path, stop_after: int | None = None) -> ValidatedResult:
    """Trained; ask to stop after so many checks."""
    asked = iter(range(1000))
    with watched(Watch(wanted=lambda: stop_after is not None and next(asked) >= stop_after)):
        return train_simulator(SHAPE, CONDITIONS, data, TRAINING, folder, "a test")


def test_it_learns_keeps_the_best_and_resumes_bit_for_bit(data: Trajectories, tmp_path: Path):
    (tmp_path / "straight").mkdir()
    (tmp_path / "stopped").mkdir()
    straight = trained(data, tmp_path / "straight")
    assert straight.validation.shape == straight.training.shape == (4,)
    assert straight.training[-1] < 0.2 * straight.training[0]
    assert straight.best == np.argmin(straight.validation)
    with pytest.raises(Interrupted):
        trained(data, tmp_path / "stopped", stop_after=2)
    resumed = trained(data, tmp_path / "stopped")
    for one, other in zip(jax.tree.leaves(straight.weights), jax.tree.leaves(resumed.weights), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(straight.validation, resumed.validation)
    before = judgement_of(Simulator(SHAPE, SHAPE.initial_weights(0), CONDITIONS), data, [4]).scores[0]
    judged = judgement_of(Simulator(SHAPE, straight.weights, CONDITIONS), data, [1, 4])
    assert [each.snapshot for each in judged.scores] == [1, 4] and judged.truth.shape == (6, 2)
    assert judged.scores[1].position_mse < 0.1 * before.position_mse
    assert len(judged.rows("test")[0]) == len(HEADINGS)
    draw_parity(judged.arrays(), "films")


def test_scores_are_those_of_known_errors():
    """A square that is compressed by 1 % and widens by 0.3 %, then by as much again; rollouts whose edge is off by 0.1 %."""
    places = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [9.0, 9.0]])
    boxes = np.array([[1.0, 1.0], [0.99, 1.003], [0.98, 1.006]])
    positions = places * boxes[:, None]
    positions[:, 4] = places[4]
    other = boxes * np.array([1.0, 0.999]) ** np.arange(3)[:, None]
    zero = np.zeros((2, 1, 2), int)
    truth = Trajectories(
        positions=np.stack([positions, positions]),
        box=np.stack([boxes, other]),
        bonds=zero,
        images=zero,
        weights=np.ones((2, 1)),
        nodes=np.array([4, 4]),
        ratios=np.zeros((2, 2)),
        packing=np.array([0, 0]),
        set=np.array([2, 2]),
    )
    np.testing.assert_allclose(box_ratio(truth.box, 2), [0.3, (1.006 * 0.999**2 - 1) / 0.02])
    there = np.arange(5) < 4
    np.testing.assert_allclose(node_ratio(truth.positions, np.stack([there, there]), 1), 0.3)
    rolled = truth.positions + 0.0
    rolled[0, 2, 1, 0] += 0.1
    rolled[:, :, 4] += 100.0
    first, second = scores_of(truth, rolled, np.stack([boxes, boxes]), [1, 2])
    assert first.position_mse == 0 and second.position_mse == pytest.approx(0.1**2 / 2 / 8)
    assert first.largest == pytest.approx(0.1003) and first.mae == pytest.approx(0.1003 / 2)
    assert first.r2 == pytest.approx(1 - 0.5 / 0.25) and first.constant_mse == 0
    assert np.isnan(first.node_r2) and first.describe()["node_r2"] is None
    # Each node goes on as in the first interval: here that is what it does.
    assert second.constant_mse == pytest.approx(0, abs=1e-30)
