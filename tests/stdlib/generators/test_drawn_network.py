"""Networks of a data set that are drawn: which ones, what loads make of them, and goals over many."""

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import metac
from metac.compiler.interfaces.field_error import FieldError
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from metac.runtime.runs.csv_tables import table_rows
from metac.stdlib.generators.drawn_network import DrawnNetwork
from tests.library import constructor

pytestmark = pytest.mark.usefixtures("own_cache")

FIELDS = {
    "packings": 3, "networks": 2, "nodes": 16, "lowest": 0.1, "snapshots": 4, "interval": 4e-3, "temperature": 0.0,
}  # fmt: skip
FILMS = ", ".join(f"{name} = {value}" for name, value in FIELDS.items())
SPEC = f"""
dataset films = trajectories {{ {FILMS} }}
generator net = drawn_network {{ data = films }}
body    film  = springs {{ network = net }}
load    moved = compress {{ body = film, strain = 0.4 %, interval = 4e-3, temperature = 0 }}
load    still = quasi_static {{ body = film, strain = -0.4 % }}
match   poisson_ratio(moved) to poisson_ratio(still, along = 0 deg) scale 1 within 0.05
study   look  = evaluate {{ vary = net, draws = 8 }}
"""


@pytest.fixture(scope="module")
def data():
    return constructor("dataset", "trajectories")(**FIELDS)


def test_draws_are_networks_of_the_data_set(data):
    made = data.samples()
    generator = DrawnNetwork(data=data, set="all", built=DrawnNetwork.build(data, "all"))
    drawn = {int(generator.init(jax.random.key(each))) for each in range(60)}
    assert drawn == set(range(6))
    for row in (0, 5):
        network = jax.jit(lambda theta: generator.at(theta).vectors)(jnp.asarray(float(row)))
        first, second = made.bonds[row].T
        places = made.positions[row, 0]
        np.testing.assert_allclose(network, places[second] - places[first] + made.images[row] * made.box[row, 0], rtol=1e-12)
    network = generator.at(jnp.asarray(3.0))
    np.testing.assert_array_equal(network.weights, made.weights[3])
    assert network.stated_angle_stiffness == 0.01
    assert network.edge(0) == pytest.approx(made.box[:, 0, 0].mean()) != float(network.box[0])
    test = DrawnNetwork.build(data, "test")
    np.testing.assert_array_equal(test.weights, made.weights[made.set == 2])


def test_networks_of_several_numbers_of_nodes_are_refused(data):
    made = data.samples()
    several = SimpleNamespace(samples=lambda: made._replace(nodes=np.array([16, 16, 15, 15, 16, 16])), recipe=data.recipe)
    with pytest.raises(FieldError) as problem:
        DrawnNetwork.build(several, "all")  # pyright: ignore[reportArgumentType]
    assert (problem.value.field, problem.value.code) == ("data", "M0560") and "15 to 16 nodes" in problem.value.message


@pytest.mark.slow
def test_goals_are_evaluated_over_draws_by_one_program(data, tmp_path):
    """Without a bath each draw moves as it does in the data set, though it is compressed by the program of all."""
    result = metac.compile(SPEC).run(out=tmp_path / "run")
    _, *rows = table_rows((tmp_path / "run" / "look.csv").read_text(encoding="utf-8"))
    found = {round(float(row[2]), 8) for row in rows}
    made = data.samples()
    known = [round(float(each), 8) for each in made.poisson_ratio[:, -1]]
    assert len(found) > 2 and found <= set(known)
    (goal,) = result.goals.values()
    assert goal.value is not None and "R²" in result.summary["ended"]


def test_nothing_of_it_can_be_optimised():
    text = SPEC.replace("evaluate { vary = net, draws = 8 }", "optimize { vary = net, using = lbfgs, steps = 2 }")
    with pytest.raises(DiagnosticError) as problem:
        metac.compile(text).program()
    assert problem.value.diagnostics[0].code == "M0537"
