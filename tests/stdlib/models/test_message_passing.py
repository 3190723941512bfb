"""The paper's simulator in whole specs: trained once, judged, rolled out as a load, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

import metac
from metac.compiler.interfaces.field_error import FieldError
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from metac.runtime.artefacts.store import Store
from metac.runtime.runs.csv_tables import table_rows
from tests.library import constructor

pytestmark = pytest.mark.usefixtures("own_cache")

TrajectoryData, MessagePassing = constructor("dataset", "trajectories"), constructor("model", "message_passing")
FIELDS = {
    "packings": 3, "networks": 2, "nodes": 16, "lowest": 0.1, "snapshots": 4, "interval": 4e-3, "temperature": 0.0,
}  # fmt: skip
FILMS = ", ".join(f"{name} = {value}" for name, value in FIELDS.items())
SMALL = "history = 2, layers = 1, width = 4"
MODEL = f"""
dataset films = trajectories {{ {FILMS} }}
model   sim   = message_passing {{ data = films, {SMALL}, steps = 20, batch = 2, noise = 1e-6 }}
"""
BODY = """
generator net = jammed_network { nodes = 16, seed = 3 }
body    film  = springs { network = net }
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
def test_a_run_leaves_scores_and_a_card(trained: Path, weights: str):
    headings, *rows = table_rows((trained / "sim-scores.csv").read_text(encoding="utf-8"))
    assert headings[:2] == ["set", "snapshot"] and [row[1] for row in rows] == ["4"]
    made = metac.compile(f'model sim = message_passing {{ weights = "{weights}" }}\n').program().linked.host.object("sim")
    assert made.card["label"].endswith("no law is given") and made.card["parameters"] > 0
    assert set(made.card) >= {"spectral_radius", "lengths", "degrees", "ratios", "scores", "recipe"}


@pytest.mark.slow
def test_it_stands_in_for_the_dynamics_but_has_no_energy(weights: str):
    text = f"""{BODY}
model sim = message_passing {{ weights = "{weights}" }}
load learned = rollout {{ body = film, model = sim, strain = 0.4 % }}
load truth   = compress {{ body = film, strain = 0.4 %, interval = 4e-3, temperature = 0 }}
match last(position_error(learned, truth)) to 0 scale 1 within 1
match poisson_ratio(learned) to poisson_ratio(truth) scale 1 within 100
minimize max(energy(learned))
"""
    result = metac.compile(text).run()
    error, ratio, energy = result.goals.values()
    assert 0 < error.value < 1 and np.isfinite(ratio.value)
    assert energy.value is None and result.failure is not None and result.failure.code == "M0614"


@pytest.mark.slow
def test_a_rollout_must_be_longer_than_what_it_is_given(weights: str):
    text = f"""{BODY}
model sim = message_passing {{ weights = "{weights}" }}
load learned = rollout {{ body = film, model = sim, strain = 0.2 % }}
minimize poisson_ratio(learned)
"""
    with pytest.raises(DiagnosticError) as problem:
        metac.compile(text).program()
    (found,) = problem.value.diagnostics
    assert found.code == "M0561" and "the first 2 are those of the dynamics" in found.message


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"history": 4}, "history", "M0585"),
        ({"unrolled": [1, 3]}, "history", "M0585"),
        ({"unrolled": [1] * 21}, "unrolled", "M0585"),
        ({"unrolled": []}, "unrolled", "M0585"),
        ({"rate": 0.0}, "rate", "M0585"),
        ({"last_rate": 0.1}, "last_rate", "M0585"),
        ({"last_rate": 0.0}, "last_rate", "M0585"),
        ({"window": 9}, "window", "M0585"),
        ({"steps": 30}, "steps", "M0585"),
        ({"data": None}, "data", "M0588"),
    ],
)
def test_what_makes_no_training_is_refused(given, field, code):
    with pytest.raises(FieldError) as problem:
        MessagePassing(**{"data": TrajectoryData(**FIELDS), "history": 2, **given})
    assert (problem.value.field, problem.value.code) == (field, code)


@pytest.mark.slow
def test_weights_of_another_shape_or_model_are_refused(weights: str):
    for given, code in ({"history": 3}, "M0587"), ({"width": 8}, "M0587"):
        with pytest.raises(FieldError) as problem:
            MessagePassing(weights=weights, **given)
        assert problem.value.code == code
    with pytest.raises(FieldError) as problem:
        MessagePassing(weights="springs")
    assert problem.value.code == "M0586"
