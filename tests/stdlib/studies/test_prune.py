"""Pruning: what is removed first, when it ends, what is kept, what is refused; resuming."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import metac
from metac.api.conditions import Conditions
from metac.api.resume import resume
from metac.api.run_folders import stored_design
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from metac.runtime.runs.folder import RunFolder
from metac.stdlib.studies.prune import Prune
from tests.stdlib.studies.recorder import Recorder

SPEC = """
generator net  = jammed_network { nodes = 16, free = bonds }
body      film = springs { network = net }
load      rve  = periodic { body = film }
match poisson_ratio(rve, along = 0 deg) to 0.1 within 0.02
match poisson_ratio(rve, along = 90 deg) to 0.1 within 0.02
"""


@pytest.fixture(scope="module")
def program():
    return metac.compile(SPEC + "study fit = prune { vary = net, tries = 4 }").program()


@pytest.fixture(scope="module")
def study(program):
    return study_of(program)


def study_of(program, **given):
    (generator,) = program.generators.values()
    return Prune(**{"vary": generator, "tries": 4, "steps": None, "stop": None, **given})


@pytest.fixture(scope="module")
def pruned(program, study):
    recorder = Recorder()
    return study.run(program, jax.random.key(0), recorder), recorder


def test_the_loss_falls_with_every_bond(pruned, program):
    outcome, recorder = pruned
    losses = [record["loss"] for record in recorder.records]
    assert len(losses) == outcome.steps + 1 >= 3
    assert losses == sorted(losses, reverse=True)
    weights = np.asarray(outcome.theta["net"])
    assert set(np.unique(weights)) == {0.0, 1.0} and (weights == 0).sum() == outcome.steps
    assert outcome.loss == pytest.approx(float(outcome.report.loss), rel=1e-9)
    assert outcome.reason == "no lower loss" and outcome.loss < 0.2 * losses[0]


def test_the_first_bond_is_the_best_of_those_tried(pruned, program):
    _, recorder = pruned
    weights = recorder.states[0]["arrays"]["weights"]
    loss = jax.jit(jax.value_and_grad(lambda w: program.loss({"net": w})))
    _, gradient = loss(jnp.asarray(weights))
    order = np.argsort(-np.asarray(gradient))
    (generator,) = program.generators.values()
    may = np.asarray(generator.removable(jnp.asarray(weights)))
    tried = [bond for bond in order if may[bond]][:4]
    losses = [float(loss(jnp.asarray(weights).at[bond].set(0.0))[0]) for bond in tried]
    assert recorder.records[1]["part"] == tried[int(np.argmin(losses))]
    assert recorder.records[1]["loss"] == pytest.approx(min(losses), rel=1e-9)


def test_nodes_keep_their_bonds(pruned, program):
    outcome, _ = pruned
    (generator,) = program.generators.values()
    weights = np.asarray(outcome.theta["net"])
    before, after = (np.asarray(generator.at(jnp.asarray(each)).degrees) for each in (np.ones_like(weights), weights))
    assert (after >= np.minimum(before, 3)).all()


def test_it_resumes_to_the_same_network(pruned, program, study):
    outcome, recorder = pruned
    again = study.run(program, jax.random.key(0), Recorder(), resume=recorder.states[1])
    np.testing.assert_array_equal(again.theta["net"], outcome.theta["net"])
    assert again.steps == outcome.steps


@pytest.mark.slow
def test_a_run_that_has_ended_is_resumed_with_more_steps(tmp_path):
    text = SPEC + "study fit = prune { vary = net, tries = 4, steps = 2 }"
    first = metac.compile(text).run(out=tmp_path / "run")
    assert [record.get("end") for record in first.history] == [None, None, "step limit"]
    folder = RunFolder.open(tmp_path / "run")
    again = resume(folder, stored_design(folder), Conditions(), changes={"fit.steps": 4})
    assert [record["step"] for record in again.history] == [0, 1, 2, 3, 4]


def test_it_ends_where_it_is_told(program):
    limited = study_of(program, steps=1).run(program, jax.random.key(0), Recorder())
    assert (limited.steps, limited.reason) == (1, "step limit")
    stopped = study_of(program, stop=lambda loss, step, change: step >= 2).run(program, jax.random.key(0), Recorder())
    assert (stopped.steps, stopped.reason) == (2, "stop rule")


@pytest.mark.parametrize("free", ["nothing", "places", "stiffness"])
def test_only_bonds_are_pruned(free):
    text = SPEC.replace("free = bonds", f"free = {free}") + "study fit = prune { vary = net }"
    with pytest.raises(DiagnosticError) as raised:
        metac.compile(text).run()
    assert raised.value.diagnostics[0].code == "M0562"


def test_bonds_are_not_optimised():
    with pytest.raises(DiagnosticError) as raised:
        metac.compile(SPEC + "study fit = optimize { vary = net, steps = 1 }").run()
    (found,) = raised.value.diagnostics
    assert found.code == "M0562" and "prune" in found.help


@pytest.mark.slow
def test_places_are_optimised():
    text = SPEC.replace("free = bonds", "free = places")
    result = metac.compile(text + "study fit = optimize { vary = net, using = adam { rate = 1e-2 }, steps = 5 }").run()
    losses = [record["loss"] for record in result.history]
    assert losses[-1] < losses[0]
