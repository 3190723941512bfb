"""The experiments behind docs/results/elastic_networks.md: makes them, records their numbers, draws their figures.

    python benchmarks/elastic_networks.py --list              # what there is, and what is recorded
    python benchmarks/elastic_networks.py rollouts sizes      # run these, record them, write the page
    python benchmarks/elastic_networks.py --page              # write figures and page again from what is recorded

Records are `docs/results/records/elastic_networks/*.json`, with commit, date, machine and processor time. Trajectories and
trained simulators are cached as those of any spec; a training that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import metac
from metac.runtime.datasets.trajectories.trajectories import Trajectories
from metac.runtime.learn.simulators.judgement import judgement_of
from metac.runtime.learn.simulators.rollout_scores import box_ratio, node_ratio, scores_of

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "results" / "elastic_networks.md"
RECORDS = ROOT / "docs" / "results" / "records" / "elastic_networks"
SNAPSHOTS = (20, 100, 400)
LEARNED = (
    "packings = {packings}, networks = 8, nodes = 64, snapshots = 100, lowest = -0.5, validation = {validation}, test = 1, "
    "seed = 5000"
)
"""What message passing learns from; the last packings choose its weights, and judge it."""
TESTED = "packings = 5, networks = 6, nodes = {nodes}, snapshots = 400, lowest = -0.5, temperature = {T}, seed = {seed}"
"""What judges all simulators: packings that none has seen."""
MESSAGES = (
    "inputs = {inputs}, history = {history}, layers = 2, width = 64, steps = {steps}, unrolled = {unrolled}, "
    "batch = {batch}, noise = {noise}, rate = 1e-3, last_rate = {last_rate}"
)

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
    few = truth._replace(**{name: each[::5] for name, each in truth._asdict().items()})
    return {
        "scores": [each.describe() for each in scores_of(truth, positions, boxes, SNAPSHOTS)],
        "errors": errors,
        "floor": _errors(few, tested_again(few)),
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


def tested_again(truth: Trajectories) -> np.ndarray:
    """`[network, snapshot, node, 2]`: the networks in baths of other random numbers."""
    import jax
    import jax.numpy as jnp

    from metac.runtime.learn.simulators.batches import networks_of
    from metac.runtime.springs.dynamics import Schedule, compressed
    from metac.runtime.springs.time_steps import substeps_between

    networks, found = networks_of(truth), []
    for row in range(len(truth.nodes)):
        network = jax.tree.map(lambda leaf, row=row: jnp.asarray(leaf[row]), networks)
        between = 1e-3 / (1e-5 * float(truth.box[row, 0, 0]))
        schedule = Schedule(0, truth.positions.shape[1] - 1, substeps_between(between, 100.0), free=True)
        conditions = {"angle_stiffness": 0.01, "mass": 100.0, "damping": 10.0, "temperature": 1e-11, "interval": 1e-3}
        made = compressed(
            network, **{name: jnp.asarray(each) for name, each in conditions.items()}, between=jnp.asarray(between),
            key=jax.random.key(10**6 + row), schedule=schedule,
        )  # fmt: skip
        found.append(np.asarray(made.positions))
    return np.stack(found)


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


def messages(
    history: int = 3,
    steps: int = 4000,
    unrolled: Sequence[int] = (1,),
    noise: float = 0.0,
    packings: int = 16,
    inputs: str = "absolute",
    batch: int = 8,
    validation: int = 1,
    last_rate: str = "1e-5",
) -> Record:
    """Message passing, trained on so many packings and judged on those that judge all."""
    shape = {"inputs": inputs, "history": history, "steps": steps, "unrolled": list(unrolled), "batch": batch}
    fields = MESSAGES.format(**shape, noise=noise, last_rate=last_rate)
    learned = LEARNED.format(packings=packings + validation + 1, validation=validation)
    model = f"message_passing {{ data = films, {fields} }}"
    truth, model = tested(), objects(f"dataset films = trajectories {{ {learned} }}\nmodel sim = {model}\n")("sim")
    return {
        "fields": fields,
        "networks": 8 * packings,
        "seconds": model.card["seconds"],
        "parameters": model.card["parameters"],
        "radius": model.card["spectral_radius"],
        "scores": scored(model.simulator, truth),
    }


def relative(history: int, unrolled: Sequence[int] = (1,), steps: int = 2000) -> Record:
    """Message passing beside the box and since rest, trained on 160 networks of 20 packings."""
    return messages(history, steps, unrolled, packings=20, inputs="relative", validation=2, last_rate="1e-4")


def amount(packings: int, seed: int = 0, ratios: str = "lowest = -0.4", window: int = 50) -> Record:
    """The default form, trained on five networks of each of so many packings, their ratios over a range."""
    number = 3000 + 100 * seed
    fields = f"packings = {packings + 2}, networks = 5, nodes = 64, snapshots = 100, seed = {number}, {ratios}"
    text = f"model sim = graph_simulator {{ data = films, seed = {seed}, window = {window} }}"
    model = objects(f"dataset films = trajectories {{ {fields} }}\n{text}\n")("sim")
    return {"networks": 5 * packings, "seconds": model.card["seconds"], "scores": scored(model.simulator, tested())}


EXPERIMENTS: Mapping[str, Callable[[], Record]] = {
    "rollouts": rollouts,
    "sizes": sizes,
    "temperatures": temperatures,
    "complexity": complexity,
    "messages_few": lambda: messages(3, steps=1000, packings=4),
    "messages_h1": lambda: messages(1),
    "messages_h2": lambda: messages(2),
    "messages_h3": lambda: messages(3),
    "messages_noise": lambda: messages(3, noise=5e-6),
    "messages_unrolled": lambda: messages(3, steps=1000, unrolled=(6,)),
    "messages_relative": lambda: relative(1),
    "messages_relative_h2": lambda: relative(2),
    "messages_relative_h3": lambda: relative(3),
    "messages_relative_unrolled": lambda: relative(1, (1, 6, 6), 3600),
    "messages_relative_growing": lambda: relative(1, (1, 2, 4, 8, 16), 1200),
    "messages_long": lambda: relative(1, (1, 6, 24), 100_000),
    "amount_1": lambda: amount(1),
    "amount_2": lambda: amount(2),
    "amount_4": lambda: amount(4),
    "amount_8": lambda: amount(8),
    "amount_32": lambda: amount(32),
    "trained_on_ordinary_networks": lambda: amount(4, ratios="lowest = 0.15"),
    "trained_on_auxetic_networks": lambda: amount(4, ratios="highest = -0.1, lowest = -0.5"),
    "trained_on_20_snapshots": lambda: amount(4, window=20),
    "seed_1": lambda: amount(4, seed=1),
    "seed_2": lambda: amount(4, seed=2),
}


def recorded(name: str) -> Record | None:
    """What was recorded of an experiment."""
    path = RECORDS / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def record(name: str) -> None:
    """Run an experiment, and keep its numbers."""
    start, clock = time.process_time(), time.monotonic()
    numbers = EXPERIMENTS[name]()
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    about = {
        "commit": commit,
        "date": time.strftime("%Y-%m-%d"),
        "machine": f"{platform.machine()}, {platform.system()}",
        "processor seconds": round(time.process_time() - start, 1),
        "seconds": round(time.monotonic() - clock, 1),
    }
    RECORDS.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"about": about, "numbers": numbers}, ensure_ascii=False, default=float)
    (RECORDS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    print(f"{name}: {about['seconds']} s")


def main(arguments: Sequence[str]) -> int:
    """Run, record, draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="EXPERIMENT", choices=[*EXPERIMENTS, []])
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--page", action="store_true")
    given = parser.parse_args(arguments)
    if given.list or not (given.names or given.page):
        for name in EXPERIMENTS:
            found = recorded(name)
            print(f"{name:20} {found['about']['date'] if found else '–'}")
        return 0
    for name in given.names:
        record(name)
    from elastic_networks_page import write_page

    found = {name: each for name in EXPERIMENTS if (each := recorded(name))}
    known = {name: each["numbers"] for name, each in found.items()}
    spent = {name: each["about"]["processor seconds"] for name, each in found.items()}
    write_page(PAGE, known, spent, [name for name in EXPERIMENTS if name not in known])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
