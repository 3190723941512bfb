"""Starts, stages, rejected steps, and resuming from a checkpoint."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from metac.runtime.errors import InvertedElement
from metac.runtime.optimise.evaluation import Objective
from metac.runtime.optimise.methods.method import FirstOrder, QuasiNewton
from metac.runtime.optimise.multi_start import MultiStart
from metac.runtime.optimise.optimisation_loop import MOST_REJECTIONS, StepFailed
from metac.runtime.optimise.pytree_arrays import DoesNotFit


def rosenbrock(theta, inputs):
    x, y = theta["warp"]["a"], theta["warp"]["b"]
    loss = (inputs["minimum"] - x) ** 2 + 100 * (y - x**2) ** 2
    return loss, {"x": x}


def start(restart):
    a, b = jax.random.normal(jax.random.fold_in(jax.random.key(3), restart), (2,))
    return {"warp": {"a": a, "b": b}}


def multi_start(method, failure_of=lambda report: None, minima=(1.0,), **settings):
    objective = Objective(rosenbrock, failure_of)
    records, checkpoints = [], []

    def watch(record, checkpoint):
        records.append(record)
        checkpoints.append(checkpoint())

    objectives = [objective.at({}, {"minimum": jnp.asarray(minimum)}) for minimum in minima]
    return MultiStart(objectives, start, method, watch=watch, **settings), records, checkpoints


def adam(rate=0.02):
    return FirstOrder(optax.adam(rate))


def test_lbfgs_finds_the_minimum():
    run, records, _ = multi_start(QuasiNewton(), steps=200, stop=lambda loss, step, change: loss < 1e-16)
    state = run.run()
    assert state.reason == "stop rule" and state.best.loss < 1e-16
    np.testing.assert_allclose([state.best.theta["warp"]["a"], state.best.theta["warp"]["b"]], 1.0, atol=1e-6)
    losses = [record["loss"] for record in records]
    assert all(later <= earlier for earlier, later in itertools.pairwise(losses))
    assert len(records) < 80


def test_lbfgs_ends_where_nothing_is_lower():
    run, records, _ = multi_start(QuasiNewton(), steps=500)
    state = run.run()
    assert state.reason == "no lower loss" and records[-1]["end"] == "no lower loss"
    assert state.best.loss < 1e-20


def test_adam_keeps_the_best_and_counts_steps_from_zero():
    run, records, _ = multi_start(adam(0.3), steps=40)
    state = run.run()
    assert [record["step"] for record in records] == list(range(41))
    assert state.best.loss == min(record["loss"] for record in records) == records[-1]["best"]
    assert state.steps == 40 and state.reason == "step limit"


def test_restarts_end_with_the_stop_rule_and_keep_the_best_of_all():
    run, records, _ = multi_start(adam(), steps=5, restarts=4)
    state = run.run()
    assert {record["restart"] for record in records} == {0, 1, 2, 3}
    firsts = [record["loss"] for record in records if record["step"] == 0]
    assert len(set(firsts)) == 4
    assert state.best.loss == min(record["loss"] for record in records)
    wanted = sorted(firsts)[1] * 1.0001
    run, records, _ = multi_start(adam(), steps=0, restarts=4, stop=lambda loss, step, change: loss < wanted)
    run.run()
    assert len(records) == next(n for n, loss in enumerate(firsts) if loss < wanted) + 1


def test_stages_go_on_from_the_last_best():
    run, records, checkpoints = multi_start(
        QuasiNewton(), minima=(1.0, 2.0), steps=100, restarts=2, stop=lambda loss, step, change: loss < 1e-12
    )
    state = run.run()
    np.testing.assert_allclose(state.best.theta["warp"]["b"], 4.0, atol=1e-4)
    second = [record for record in records if record["stage"] == 1]
    assert second[0]["loss"] == pytest.approx(1.0, rel=1e-4) and {record["restart"] for record in second} == {0}
    middle = next(n for n, record in enumerate(records) if record["stage"] == 1 and record["step"] == 2)
    again, more, _ = multi_start(
        QuasiNewton(), minima=(1.0, 2.0), steps=100, restarts=2, stop=lambda loss, step, change: loss < 1e-12
    )
    resumed = again.run(checkpoints[middle])
    assert [r["loss"] for r in more] == [r["loss"] for r in records[middle + 1 :]]
    assert resumed.best.loss == state.best.loss and resumed.steps == state.steps


@pytest.mark.parametrize("method", [adam, QuasiNewton])
@pytest.mark.parametrize("at", [0, 6, 14, 20])
def test_resuming_is_bit_identical(method, at):
    whole, records, checkpoints = multi_start(method(), steps=12, restarts=2)
    end = whole.run()
    again, more, _ = multi_start(method(), steps=12, restarts=2)
    resumed = again.run(checkpoints[at])
    assert [r["loss"] for r in more] == [r["loss"] for r in records[at + 1 :]]
    assert jax.tree.all(jax.tree.map(lambda a, b: np.array_equal(a, b), end.best.theta, resumed.best.theta))
    assert jax.tree.all(
        jax.tree.map(lambda a, b: np.array_equal(a, b), end.loop.evaluation.theta, resumed.loop.evaluation.theta)
    )


def wall(limit):
    """Fails where x is above the limit."""

    def failure_of(report):
        if float(report["x"]) > limit:
            return InvertedElement("element 7 is inverted", where="reference", element=7, step=0)
        return None

    return failure_of


@pytest.mark.parametrize("method", [lambda: FirstOrder(optax.sgd(2e-3)), QuasiNewton])
def test_rejected_steps_are_halved(method):
    first = float(start(0)["warp"]["a"])
    run, records, _ = multi_start(method(), failure_of=wall(first + 1e-3), steps=4)
    try:
        run.run()
    except StepFailed:
        pytest.fail("the start is good, so there is a result")
    accepted = [record["loss"] for record in records]
    assert accepted and all(np.isfinite(accepted))


def test_a_step_that_always_fails_ends_with_the_best():
    calls = []

    def failure_of(report):
        calls.append(report)
        return InvertedElement("element 7 is inverted", where="reference", element=7, step=0) if len(calls) > 3 else None

    run, records, _ = multi_start(adam(), failure_of=failure_of, steps=10)
    state = run.run()
    assert len(records) == 3 and len(calls) == 3 + MOST_REJECTIONS + 1
    assert isinstance(state.failure, StepFailed) and state.failure.step == 3
    assert isinstance(state.failure.cause, InvertedElement) and "element 7" in state.failure.message
    assert state.best.loss == min(record["loss"] for record in records)


def test_a_restart_makes_up_for_a_failed_start():
    seen = []

    def failure_of(report):
        seen.append(report)
        return InvertedElement("inverted", where="reference", element=1, step=0) if len(seen) == 1 else None

    run, records, _ = multi_start(adam(), failure_of=failure_of, steps=3, restarts=2)
    state = run.run()
    assert state.failure is None and [failed.restart for failed in state.failed] == [0]
    assert {record["restart"] for record in records} == {1}


def test_a_failed_last_start_does_not_undo_an_earlier_result():
    seen = []

    def failure_of(report):
        seen.append(report)
        return InvertedElement("inverted", where="reference", element=1, step=0) if len(seen) > 4 else None

    run, records, _ = multi_start(adam(), failure_of=failure_of, steps=3, restarts=2)
    state = run.run()
    assert state.failure is None and [failed.restart for failed in state.failed] == [1]
    assert state.best.restart == 0 and state.best.loss == min(record["loss"] for record in records)


def test_no_start_at_all_raises():
    run, _, _ = multi_start(adam(), failure_of=wall(-1e9), steps=3, restarts=2)
    with pytest.raises(StepFailed, match="at the start"):
        run.run()


def test_a_loss_that_is_not_finite_fails():
    objective = Objective(lambda theta, inputs: (jnp.log(theta["a"]), None))
    assert objective.at({}, None)({"a": jnp.asarray(-1.0)}).failure is not None


def test_a_checkpoint_of_another_shape_is_refused():
    run, _, checkpoints = multi_start(adam(), steps=2)
    run.run()
    checkpoints[-1]["arrays"]["theta/0"] = np.zeros(3)
    with pytest.raises(DoesNotFit, match="theta/0"):
        multi_start(adam(), steps=2)[0].run(checkpoints[-1])


def warm_started(theta, inputs, start):
    """Rosenbrock's function, whose last bits depend on what was started from."""
    loss, report = rosenbrock(theta, inputs)
    return loss * (1 + 1e-12 * jnp.sin(1e3 * start["x"])), report | {"start": {"x": report["x"] + start["x"] / 2}}


@pytest.mark.parametrize("method", [adam, QuasiNewton])
def test_evaluations_are_warm_started_from_the_step_before_also_after_a_resume(method):
    def multi_start():
        objective = Objective(warm_started, cold_start={"x": jnp.zeros(())}, warm_start_of=lambda report: report["start"])
        records, checkpoints = [], []

        def watch(record, checkpoint):
            records.append(record)
            checkpoints.append(checkpoint())

        objectives = [objective.at({}, {"minimum": jnp.asarray(1.0)})]
        return MultiStart(objectives, start, method(), steps=8, restarts=2, watch=watch), records, checkpoints

    whole, records, checkpoints = multi_start()
    whole.run()
    firsts = [checkpoints[n]["arrays"]["start/0"] for n, record in enumerate(records) if record["step"] == 0]
    np.testing.assert_allclose(firsts, [start(n)["warp"]["a"] for n in range(2)], rtol=1e-15)
    for at in (0, 3, 8, 12):
        again, more, _ = multi_start()
        again.run(checkpoints[at])
        assert [record["loss"] for record in more] == [record["loss"] for record in records[at + 1 :]]
    without_start, more, _ = multi_start()
    arrays = {name: array for name, array in checkpoints[3]["arrays"].items() if name != "start/0"}
    without_start.run({"arrays": arrays, "numbers": checkpoints[3]["numbers"]})
    assert [record["loss"] for record in more] != [record["loss"] for record in records[4:]]


def test_a_start_of_another_objective_is_refused():
    objective = Objective(warm_started, cold_start={"x": jnp.zeros(())}, warm_start_of=lambda report: report["start"])
    with pytest.raises(DoesNotFit, match="start/0"):
        objective.at({}, {"minimum": jnp.asarray(1.0)})(start(0), {"start/0": np.zeros(3)})
