"""What is measured of rollouts for docs/results/elastic_networks.md.

Of the simulator that comes with metac: sizes, temperatures, one network, errors over the length; and the dynamics' own α.
`tested`, `scored` and `rolled` judge all simulators.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import metac
from metac.runtime.datasets.trajectories.trajectories import Trajectories
from metac.runtime.learn.simulators.judgement import judgement_of
from metac.runtime.learn.simulators.rollout_scores import box_ratio, node_ratio, r_squared, scores_of

SNAPSHOTS = (20, 100, 400)
TESTED = "packings = 5, networks = 6, nodes = {nodes}, snapshots = 400, lowest = -0.5, temperature = {T}, seed = {seed}"
"""What judges all simulators: packings that none has seen."""
GIVEN = 3
"""Snapshots of the dynamics that the paper's simulator begins with."""
LOST = 10.0
"""Error of a ratio or of a place, beyond which a rollout has left."""

Record = dict[str, Any]


def objects(text: str) -> Callable[[str], Any]:
    """The objects of a spec, by name; models are trained, or taken from the cache."""
    return metac.compile(text).program().linked.host.object


def tested(nodes: int = 64, temperature: float = 1e-11, seed: int = 2000) -> Trajectories:
    """Trajectories that judge."""
    fields = TESTED.format(nodes=nodes, T=temperature, seed=seed)
    # A model has the data set made; which one does not matter.
    model = 'model sim = graph_simulator { weights = "springs", judge = films }'
    return objects(f"dataset films = trajectories {{ {fields} }}\n{model}\n")("films").samples()


def shipped() -> Any:
    """The simulator that comes with metac."""
    return objects('model sim = graph_simulator { weights = "springs" }\n')("sim").simulator


def scored(simulator: Any, truth: Trajectories) -> list[Record]:
    """After each of `SNAPSHOTS`."""
    last = truth.positions.shape[1] - 1
    return [each.describe() for each in judgement_of(simulator, truth, [each for each in SNAPSHOTS if each <= last]).scores]


def rolled(simulator: Any, truth: Trajectories) -> Record:
    """Scores, and over the length of rollouts: errors of the ratio and of places, and one network's ratio.

    None is what is no number, or beyond what a place in a box can be wrong by.
    """
    last = truth.positions.shape[1] - 1
    positions, boxes = simulator.rolled_out(truth, last)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        scores = [each.describe() for each in scores_of(truth, positions, boxes, SNAPSHOTS)]
        ratios = [_ratios(truth.box), _ratios(boxes)]
        one = int(np.argmin(box_ratio(truth.box, 100)))
        lines = {
            "ratio errors": np.abs(ratios[1] - ratios[0]).mean(0),
            "errors": np.asarray(_errors(truth, positions)),
            "dynamics": ratios[0][one],
            "rollout": ratios[1][one],
        }
    given = int(simulator.begun)
    told = {name: [float(each) if abs(each) < LOST else None for each in line] for name, line in lines.items()}
    return {"scores": scores, "given": given, "strain": truth.strain[one, 1:].tolist(), **told}


def _ratios(boxes: np.ndarray) -> np.ndarray:
    """`[network, snapshot]`, without that at rest."""
    strains = boxes[:, 1:] / boxes[:, :1] - 1
    return -strains[..., 1] / strains[..., 0]


def rollouts() -> Record:
    """Everything about rollouts of the default form on unseen networks: errors over their length, one network, nodes."""
    truth, simulator = tested(), shipped()
    positions, boxes = simulator.rolled_out(truth, 400)
    # The same networks in another bath: below this nobody can come.
    places = {"rollout": positions, "constant velocity": _constant(truth)}
    errors = {name: _errors(truth, each) for name, each in places.items()}
    one = int(np.argmin(box_ratio(truth.box, 100)))
    beside = [
        _beside(each[one], box[one], truth.positions[one, 0])
        for each, box in ((truth.positions, truth.box), (positions, boxes))
    ]
    moved = beside[0][100].ravel(), beside[1][100].ravel()
    few = taken(truth, np.arange(0, len(truth.nodes), 5))
    return {
        "scores": [each.describe() for each in scores_of(truth, positions, boxes, SNAPSHOTS)],
        "errors": errors,
        "persisting": {str(each): r_squared(box_ratio(truth.box, each), box_ratio(truth.box, GIVEN)) for each in SNAPSHOTS},
        "floor": _errors(few, simulated(few).positions),
        "parity": {str(each): [box_ratio(truth.box, each).tolist(), box_ratio(boxes, each).tolist()] for each in SNAPSHOTS},
        "node parity": {
            str(each): [
                node_ratio(truth.positions, _there(truth), each).tolist(),
                node_ratio(positions, _there(truth), each).tolist(),
            ]
            for each in SNAPSHOTS
        },
        "one": {
            "strain": truth.strain[one, 1:].tolist(),
            "dynamics": truth.poisson_ratio[one].tolist(),
            "rollout": (-(boxes[one, 1:, 1] / boxes[one, 0, 1] - 1) / (boxes[one, 1:, 0] / boxes[one, 0, 0] - 1)).tolist(),
            "quasi-static": _slow(truth, one),
            "error over length": float(np.sqrt(((positions[one, 400] - truth.positions[one, 400]) ** 2).sum(1).mean())),
            "places": [truth.positions[one, 400].tolist(), positions[one, 400].tolist()],
            "box": truth.box[one, 400].tolist(),
            "bonds": truth.bonds[one][truth.weights[one] > 0].tolist(),
            "images": truth.images[one][truth.weights[one] > 0].tolist(),
            "nodes": [each[:16, :12].tolist() for each in beside],
            "correlation": float(np.corrcoef(*moved)[0, 1]),
        },
    }


def _there(truth: Trajectories) -> np.ndarray:
    return np.arange(truth.positions.shape[2]) < truth.nodes[:, None]


def _errors(truth: Trajectories, positions: np.ndarray) -> list[float]:
    """`[snapshot]`: mean squared error of places, of both components together."""
    there = _there(truth)[:, None, :]
    return ((((positions - truth.positions) ** 2).mean(3) * there).sum((0, 2)) / there.sum((0, 2)))[1:].tolist()


def _constant(truth: Trajectories) -> np.ndarray:
    first = truth.positions[:, :1]
    return first + np.arange(truth.positions.shape[1])[:, None, None] * (truth.positions[:, 1:2] - first)


def taken(truth: Trajectories, rows: np.ndarray) -> Trajectories:
    """Some of the networks."""
    return truth._replace(**{name: each[rows] for name, each in truth._asdict().items()})


def simulated(
    truth: Trajectories,
    *,
    temperature: float | np.ndarray = 1e-11,
    rate: float = 1e-5,
    seed: int | np.ndarray = 10**6,
    snapshots: int | None = None,
) -> Trajectories:
    """The same networks once more: other random numbers, another bath or rate; temperature and seed of all, or of each."""
    import jax
    import jax.numpy as jnp

    from metac.runtime.learn.simulators.batches import in_batches
    from metac.runtime.springs.dynamics import Schedule, compressed
    from metac.runtime.springs.network import SpringNetwork
    from metac.runtime.springs.time_steps import substeps_between

    interval, edges = 1e-3, truth.box[:, 0, 0]
    # One program for all: that of the network whose snapshots are farthest apart.
    substeps = substeps_between(interval / (rate * float(edges.min())), 100.0)
    schedule = Schedule(0, truth.positions.shape[1] - 1 if snapshots is None else snapshots, substeps, free=True)
    conditions = {"angle_stiffness": 0.01, "mass": 100.0, "damping": 10.0, "interval": interval}

    def one(network: SpringNetwork, row: jax.Array, temperature: jax.Array, seed: jax.Array) -> tuple[jax.Array, jax.Array]:
        made = compressed(
            network, **{name: jnp.asarray(each) for name, each in conditions.items()}, temperature=temperature,
            between=interval / (rate * network.box[0]), key=jax.random.fold_in(jax.random.key(seed), row), schedule=schedule,
        )  # fmt: skip
        return made.positions, made.box

    rows = np.arange(len(edges))
    given = np.broadcast_to(np.asarray(temperature, float), rows.shape), np.broadcast_to(np.asarray(seed), rows.shape)
    positions, boxes = in_batches(one, truth, rows, *given)
    return truth._replace(positions=positions, box=boxes)


def _beside(positions: np.ndarray, boxes: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """`[snapshot, node, 2]`: displacements beside the affine movement of the box, which all models get right."""
    return positions - rest * (boxes / boxes[0])[:, None]


def _slow(truth: Trajectories, row: int) -> list[list[float]]:
    """Strains, and the quasi-static ratio there."""
    import jax
    import jax.numpy as jnp

    from metac.runtime.learn.simulators.batches import networks_of
    from metac.runtime.springs.equilibrium import strained_states

    network = jax.tree.map(lambda leaf: jnp.asarray(leaf[row]), networks_of(truth))
    strains = jnp.linspace(0, -0.045, 10)[1:]
    states = strained_states(network, 0.01, strains, 0)
    strain, lateral = np.asarray(states.strain), np.asarray(states.lateral)
    return [(-strain).tolist(), (-lateral / strain).tolist()]


def sizes() -> Record:
    """Networks of the size that was learned from, and of twice and four times that."""
    simulator = shipped()
    return {str(nodes): scored(simulator, tested(nodes, seed=2000 + nodes)) for nodes in (64, 128, 256)}


def temperatures() -> Record:
    """The default form, which learned at 1e-11 and has no bath, beside dynamics at other temperatures."""
    simulator = shipped()
    return {f"{each:g}": scored(simulator, tested(temperature=each)) for each in (0.0, 1e-13, 1e-11, 1e-9, 1e-7, 1e-6)}


def complexity() -> Record:
    """α of single steps, mean over networks of a range of ratios, with and without a bath."""
    found = {}
    for temperature in (1e-11, 0.0):
        truth = tested(temperature=temperature)
        changes = np.sqrt((np.diff(truth.positions, n=2, axis=1) ** 2).sum(3))
        there = _there(truth)[:, None]
        alpha = (changes * there).sum(2) / there.sum(2)
        ratios = truth.ratios.mean(1)
        bands = {"0.2 … 0.4": (0.2, 0.4), "-0.1 … 0.2": (-0.1, 0.2), "-0.55 … -0.1": (-0.55, -0.1)}
        found[f"{temperature:g}"] = {
            name: alpha[(ratios >= low) & (ratios < high)].mean(0)[:100].tolist() for name, (low, high) in bands.items()
        }
    return found
