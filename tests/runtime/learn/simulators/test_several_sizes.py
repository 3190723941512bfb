"""Networks of several sizes in one batch and one program: nodes and bonds that fill arrays up change nothing."""

from dataclasses import replace

import numpy as np
import pytest

from metac.runtime.datasets.trajectories.trajectories import Trajectories, trajectories
from metac.runtime.learn.simulators.conditions import TrajectoryConditions
from metac.runtime.learn.simulators.message_passing import RELATIVE, MessageConfiguration
from metac.runtime.learn.simulators.message_simulator import MessageSimulator
from metac.runtime.learn.simulators.propagator import PropagatorConfiguration
from metac.runtime.learn.simulators.rollout_scores import scores_of
from metac.runtime.learn.simulators.simulator import Simulator
from metac.runtime.learn.simulators.simulator_trainer import Samples, Scales, rollout_loss
from tests.runtime.datasets.trajectories.recipes import RECIPE as FEW

pytestmark = pytest.mark.slow

RECIPE = replace(FEW, more_nodes=(20,), rate=1e-5, snapshots=5, substeps=30)
CONDITIONS = TrajectoryConditions.of(RECIPE)
SMALL, LARGE = 0, 2


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Trajectories:
    return trajectories(RECIPE, tmp_path_factory.mktemp("data"), "films")


def alone(data: Trajectories, row: int) -> Trajectories:
    """One network, without anything that fills it up."""
    nodes, there = int(data.nodes[row]), data.weights[row] > 0
    return Trajectories(
        positions=data.positions[row : row + 1, :, :nodes],
        box=data.box[row : row + 1],
        **{name: getattr(data, name)[row : row + 1][:, there] for name in ("bonds", "images", "weights")},
        **{name: getattr(data, name)[row : row + 1] for name in ("nodes", "ratios", "packing", "set")},
    )


def propagator() -> Simulator:
    shape = PropagatorConfiguration(width=8, substeps=8, time=30.0)
    return Simulator(shape, shape.initial_weights(0), CONDITIONS)


def messages() -> MessageSimulator:
    shape = MessageConfiguration(history=2, layers=1, width=8, first="he", inputs=RELATIVE)
    weights = shape.initial_weights(1)
    small = {"node": 1e-3, "edge": 1.0, "output": 1e-5}
    for name, known in weights["statistics"].items():
        weights["statistics"][name] = {**known, "scale": known["scale"] * small[name]}
    return MessageSimulator(shape, weights, CONDITIONS)


def test_packings_take_turns(data: Trajectories):
    assert data.nodes.tolist() == [16, 16, 20, 20, 16, 16]
    assert data.positions.shape == (6, 6, 20, 2)


@pytest.mark.parametrize("made", [propagator, messages])
def test_rollouts_of_a_batch_are_those_of_each(data: Trajectories, made):
    simulator = made()
    positions, boxes = simulator.rolled_out(data, 5)
    scores = scores_of(data, positions, boxes, [5])
    for row in (SMALL, LARGE):
        one = alone(data, row)
        expected, box = simulator.rolled_out(one, 5)
        nodes = int(data.nodes[row])
        moved = np.abs(expected[0] - expected[0, 0]).max()
        np.testing.assert_allclose(positions[row, :, :nodes], expected[0], rtol=0, atol=1e-5 * moved)
        np.testing.assert_allclose(boxes[row], box[0], rtol=1e-8)
        (score,) = scores_of(one, expected, box, [5])
        assert score.mae == pytest.approx(float(np.abs(ratio(boxes[row]) - ratio(data.box[row]))), rel=1e-3)
    assert np.isfinite(scores[0].position_mse)


def ratio(box: np.ndarray) -> float:
    """Of the last snapshot."""
    strain = box[-1] / box[0] - 1
    return float(-strain[1] / strain[0])


def test_the_loss_of_a_batch_is_that_of_each(data: Trajectories):
    """What trains: filled up or not, a network counts the same."""
    simulator, scales = propagator(), Scales(1e-4, 1e-4)
    losses = []
    for one, row in ((data, LARGE), (data, SMALL), (alone(data, LARGE), 0), (alone(data, SMALL), 0)):
        samples = Samples.of(one, np.array([row]), 5)
        losses.append(float(rollout_loss(simulator.weights, samples, scales, simulator.configuration, CONDITIONS)))
    np.testing.assert_allclose(losses[:2], losses[2:], rtol=1e-6)
