"""Learned simulators in whole specs: trained once, judged, rolled out as a load, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jax
import numpy as np
import pytest

import metac
from metac.compiler.interfaces.field_error import FieldError
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from metac.runtime.artefacts.store import Store
from metac.runtime.runs.csv_tables import table_rows
from metac.stdlib.models.graph_simulator import GraphSimulator as Simulators
from tests.library import constructor, fields

pytestmark = pytest.mark.usefixtures("own_cache")

TrajectoryData, GraphSimulator = constructor("dataset", "trajectories"), constructor("model", "graph_simulator")
FILMS = "packings = 3, networks = 2, nodes = 16, lowest = 0.1, snapshots = 3, interval = 4e-3, temperature = 0"
FIELDS: dict[str, Any] = {
    "packings": 3, "networks": 2, "nodes": 16, "lowest": 0.1, "snapshots": 3, "interval": 4e-3, "temperature": 0.0,
}  # fmt: skip
MODEL = f"""
dataset films = trajectories {{ {FILMS} }}
dataset others = trajectories {{ {FILMS}, seed = 7 }}
model   sim   = graph_simulator {{ data = films, judge = others, width = 4, window = 2, steps = 20 }}
"""
SPEC = f"""{MODEL}
generator net = jammed_network {{ nodes = 16, seed = 3 }}
body    film  = springs {{ network = net }}
load    learned = rollout {{ body = film, model = sim, strain = 0.2 % }}
load    truth   = compress {{ body = film, strain = 0.2 %, interval = 4e-3, temperature = 0 }}
match   poisson_ratio(learned) to poisson_ratio(truth) scale 1 within 1
minimize node_poisson_ratio(learned)
minimize kinetic_temperature(learned)
minimize max(complexity(learned))
minimize max(poisson_curve(learned))
minimize max(energy(learned))
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that trains and judges."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    metac.compile(MODEL).run(out=folder)
    return folder


@pytest.fixture(scope="module")
def weights(trained: Path) -> str:
    """The folder of the trained simulator."""
    (entry,) = [each for each in Store().entries() if each.kind == "simulator"]
    return str(entry.path)


@pytest.mark.slow
def test_a_run_trains_and_judges(trained: Path, weights: str):
    headings, *rows = table_rows((trained / "sim-scores.csv").read_text(encoding="utf-8"))
    assert [row[:3] for row in rows] == [["test", "3", "2"], ["judge", "3", "6"]]
    assert all(np.isfinite([float(each) for each in row[1:]]).all() for row in rows) and len(headings) == len(rows[0])
    assert (trained / "sim.png").exists()
    card = json.loads((Path(weights) / "model.json").read_text(encoding="utf-8"))
    assert card["spectral_radius"] < 1.01 and card["label"].startswith("physics-informed")
    assert card["networks"] == 2 and card["conditions"]["interval"] == 4e-3


@pytest.mark.slow
@pytest.mark.usefixtures("trained")
def test_measures_of_a_trajectory_are_those_of_a_rollout_too(tmp_path: Path):
    folder = tmp_path / "run"
    run = metac.compile(SPEC).run(out=folder)
    assert (folder / "learned.png").exists()
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    values = {name: goal["value"] for name, goal in result["goals"].items()}
    assert len(values) == 6 and all(np.isfinite(value) for value in values.values())
    # Sixteen nodes are other ones than those of three packings: some bonds are longer or shorter.
    # And two snapshots end a little before the strain.
    told = [each.message for each in run.warnings if each.code == "M0625"]
    assert len(told) == len(run.warnings) and all("learned from" in each or "asked for" in each for each in told)
    assert values["max(energy(learned))"] > 0 and values["kinetic_temperature(learned)"] > 0


@pytest.mark.slow
def test_weights_give_the_same_simulator(weights: str):
    given = fields("model", "graph_simulator", weights=weights)
    model = GraphSimulator(weights=weights, built=Simulators.build(**given))
    assert model.simulator.configuration.width == 4
    assert jax.tree.leaves(model.simulator.weights)[0].dtype == np.float64
    assert set(model.arrays()) == {"snapshots", "dynamics", "rollout"}
    again = GraphSimulator(weights=weights, data=TrajectoryData(**FIELDS))
    assert again.fields.folder == Path(weights)


@pytest.mark.parametrize(
    ("asked", "field", "code"),
    [
        ({}, "data", "M0588"),
        ({"weights": "nowhere"}, "weights", "M0586"),
        ({"weights": "digits"}, "weights", "M0586"),
        ({"data": FIELDS, "steps": 30}, "steps", "M0585"),
        ({"data": FIELDS, "window": 4}, "window", "M0585"),
        ({"data": FIELDS, "window": 2, "judged": [20]}, "judged", "M0585"),
        ({"data": FIELDS, "window": 2, "judge": FIELDS}, "judge", "M0594"),
        ({"data": FIELDS, "window": 2, "judge": {**FIELDS, "seed": 1}}, "judge", "M0594"),
        pytest.param({"weights": "trained", "width": 8}, "weights", "M0587", marks=pytest.mark.slow),
        pytest.param({"weights": "trained", "data": {**FIELDS, "seed": 5}}, "weights", "M0592", marks=pytest.mark.slow),
        pytest.param({"weights": "trained", "judge": FIELDS}, "judge", "M0594", marks=pytest.mark.slow),
    ],
)
def test_what_gives_no_simulator_is_refused(asked: dict[str, Any], field: str, code: str, request: pytest.FixtureRequest):
    given = {name: TrajectoryData(**value) if isinstance(value, dict) else value for name, value in asked.items()}
    if given.get("weights") == "trained":
        given["weights"] = request.getfixturevalue("weights")
    with pytest.raises(FieldError) as caught:
        GraphSimulator(**given)
    assert (caught.value.field, caught.value.code) == (field, code)


def test_the_last_packing_may_judge_others_alone():
    """That with the seed 2 was a test packing; 3 and 4 were not seen."""
    GraphSimulator(data=TrajectoryData(**FIELDS), window=2, judge=TrajectoryData(**{**FIELDS, "seed": 2}))


NETWORK = "generator net = jammed_network { nodes = 36, seed = 4 }\n"


def refused(body: str, load: str) -> Any:
    text = (
        NETWORK + body + 'model sim = graph_simulator { weights = "springs" }\n' + load + "minimize poisson_ratio(learned)\n"
    )
    with pytest.raises(DiagnosticError) as caught:
        metac.compile(text).program()
    return caught.value.diagnostics[0]


def test_a_rollout_refuses_another_mass_and_no_snapshot():
    rolled = "load learned = rollout { body = film, model = sim }\n"
    found = refused("body film = springs { network = net, mass = 50 }\n", rolled)
    assert found.code == "M0564" and "mass 100" in found.message
    short = "load learned = rollout { body = film, model = sim, strain = 0.001 % }\n"
    assert refused("body film = springs { network = net }\n", short).code == "M0561"


def test_the_simulator_that_comes_with_metac_rolls_out_as_the_dynamics():
    """On a network of another size than those that it has learned from, without a heat bath."""
    text = (
        NETWORK
        + 'body film = springs { network = net }\nmodel sim = graph_simulator { weights = "springs" }\n'
        + "load learned = rollout { body = film, model = sim, strain = 0.8 % }\n"
        + "load truth = compress { body = film, strain = 0.8 %, temperature = 0 }\n"
        + "minimize max(poisson_curve(learned) - poisson_curve(truth))\n"
        + "minimize max(poisson_curve(truth) - poisson_curve(learned))\n"
        + "minimize poisson_ratio(truth)\n"
    )
    program = metac.compile(text).program()
    theta = program.init(jax.random.key(0))
    evaluation = jax.jit(program.evaluate)(theta)
    assert all(bool(status.ok) for status in evaluation.status.values())
    largest, smallest, ratio = (float(goal.value) for goal in evaluation.goals.values())
    assert abs(largest) < 0.01 and abs(smallest) < 0.01 and 0.1 < ratio < 0.5


@pytest.mark.parametrize(
    ("changed", "same"), [({}, True), ({"key": "0" * 64}, True), ({"seed": 5}, False), ({"lowest": -0.3}, False)]
)
def test_the_same_data_are_those_that_were_asked_for(changed: dict[str, Any], same: bool) -> None:
    """The key of trajectories also holds the code that makes them, and so changes with every version."""
    from metac.stdlib.models.simulator_fields import SimulatorFields

    data = TrajectoryData(**FIELDS)
    recipe = {name: value for name, value in data.recipe.describe().items() if value}
    card = {
        "data": {"title": "others", "key": "1" * 64, "recipe": recipe | {k: v for k, v in changed.items() if k != "key"}}
    }
    made: Any = SimpleNamespace(data=data, card=card, _known_recipe=data.recipe.describe())
    if same:
        SimulatorFields._check_same_data(made)
    else:
        with pytest.raises(FieldError) as caught:
            SimulatorFields._check_same_data(made)
        assert caught.value.code == "M0592"
