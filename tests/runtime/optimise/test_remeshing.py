"""Remeshing during optimisation: when it happens, what is frozen, and that resumed runs end in the same bits.

The design is one number, `x = frozen + theta`; the mesh is distorted as theta moves away from zero, and its loss is then
wrong by `lie · theta²`.
"""

from dataclasses import dataclass, field
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from metac.runtime.errors import InvertedElement, RuntimeFailure
from metac.runtime.optimise.evaluation import Objective
from metac.runtime.optimise.methods.method import FirstOrder, QuasiNewton
from metac.runtime.optimise.multi_start import PATIENCE, MultiStart
from metac.runtime.optimise.pytree_arrays import DoesNotFit
from metac.runtime.optimise.remeshing import DISAGREES, DISTORTED, INVERTED

AIM = 3.0
INVERTED_ELEMENT = InvertedElement("element 7 is inverted", where="reference", element=7, step=0)


@cache
def objective(lie, inverted_beyond):
    def loss(theta, inputs):
        x = inputs["base"] + theta["a"]
        return (x - inputs["aim"] + lie * theta["a"] ** 2) ** 2, {"x": x, "theta": theta["a"]}

    def failure_of(report):
        return INVERTED_ELEMENT if abs(float(report["theta"])) > inverted_beyond else None

    return Objective(loss, failure_of)


@dataclass
class Numbers:
    """The remesher, and the objectives on each mesh."""

    bound: float = 1.0
    lie: float = 0.0
    inverted_beyond: float = np.inf
    """theta beyond which every evaluation fails."""
    broken: bool = False
    """Whether no new mesh can be made."""
    meshable_from: float = 0.0
    """First frozen theta up to which no new mesh can be made either."""
    asked: list = field(default_factory=list)

    def on(self, base, aim=AIM):
        inputs = {"base": jnp.asarray(base, float), "aim": jnp.asarray(aim)}
        return objective(self.lie, self.inverted_beyond).at({}, inputs)

    def distorted(self, evaluation):
        return abs(float(evaluation.theta["a"])) > self.bound

    def may_fix(self, failure):
        return isinstance(failure, InvertedElement)

    def agrees(self, evaluation, frozen, stage):
        self.asked.append(len(frozen))
        return abs(self.lie) * float(evaluation.theta["a"]) ** 2 < 1e-3

    def at_rest(self, theta):
        return {"a": jnp.zeros_like(theta["a"])}

    def objective(self, frozen, stage):
        if self.broken or float(frozen[0].theta["a"]) < self.meshable_from:
            raise RuntimeFailure("gmsh gave no triangles", remedy="none")
        return self.on(sum(each.theta["a"] for each in frozen), AIM + stage)


def multi_start(remesher, method=None, stages=1, start=0.0, **settings):
    records, checkpoints = [], []

    def watch(record, checkpoint):
        records.append(record)
        checkpoints.append(checkpoint())

    made = MultiStart(
        objectives=[remesher.on(0.0, AIM + stage) for stage in range(stages)],
        start=lambda restart: {"a": jnp.asarray(start + 0.1 * restart)},
        method=method or FirstOrder(optax.adam(0.1)),
        describe=lambda report: {} if report is None else {"x": float(report["x"])},
        watch=watch,
        remesher=remesher,
        **{"steps": 200, "stop": lambda loss, step, change: loss < 1e-3} | settings,
    )
    return made, records, checkpoints


def remeshings(records):
    return [record["remeshed"] for record in records if "remeshed" in record]


@pytest.mark.parametrize("method", [lambda: FirstOrder(optax.adam(0.1)), QuasiNewton])
def test_a_distorted_mesh_is_replaced_and_the_optimisation_continues(method):
    run, records, _ = multi_start(Numbers(bound=0.7), method())
    state = run.run()
    reported = remeshings(records)
    assert len(reported) == len(state.frozen) >= 1 and {each["why"] for each in reported} == {DISTORTED}
    assert [each["number"] for each in reported] == list(range(1, len(reported) + 1))
    x = sum(float(each.theta["a"]) for each in state.best.frozen) + float(state.best.theta["a"])
    assert abs(x - AIM) < 0.04 and state.reason == "stop rule"
    for n, record in enumerate(records):
        if "remeshed" in record:
            assert record["step"] == records[n - 1]["step"] and "end" not in records[n - 1]
            assert record["remeshed"]["before"] == {"loss": records[n - 1]["loss"], "x": records[n - 1]["x"]}
            assert record["x"] == pytest.approx(records[n - 1]["x"], abs=1e-12)
    steps = [record["step"] for record in records if "remeshed" not in record]
    assert steps == list(range(len(steps))) and state.steps == steps[-1]


def test_a_stop_rule_that_holds_on_the_distorted_mesh_only_ends_nothing():
    remesher = Numbers(bound=np.inf, lie=0.02)
    run, records, _ = multi_start(remesher)
    state = run.run()
    assert remeshings(records)[0]["why"] == DISAGREES
    first = next(n for n, record in enumerate(records) if "remeshed" in record)
    assert records[first - 1]["loss"] < 1e-3 < records[first]["loss"] == records[first]["best"]
    x = sum(float(each.theta["a"]) for each in state.best.frozen) + float(state.best.theta["a"])
    assert state.reason == "stop rule" and abs(x - AIM) < 0.04
    assert remesher.asked == list(range(len(remesher.asked)))


def test_a_step_that_inverts_an_element_however_short_is_fixed_by_remeshing():
    run, records, _ = multi_start(
        Numbers(bound=np.inf, inverted_beyond=0.55), FirstOrder(optax.sgd(5.0)), start=0.5, steps=3
    )
    state = run.run()
    assert [each["why"] for each in remeshings(records)] == [INVERTED]
    assert records[1]["step"] == 0 and records[2]["step"] == 1 and records[2]["x"] > 0.55
    assert state.reason == "step limit" and not state.failed


def test_a_mesh_that_cannot_be_replaced_stays_and_that_is_reported():
    run, records, _ = multi_start(Numbers(bound=0.7, broken=True))
    state = run.run()
    failed = [record for record in records if "remeshed" in record]
    assert {record["remeshed"]["failed"] for record in failed} == {"gmsh gave no triangles"}
    assert set(np.diff([record["step"] for record in failed])) == {PATIENCE}
    assert state.remeshing_failed == failed[-1]["step"] and state.reason == "stop rule" and state.frozen == ()


def test_remeshing_that_failed_once_is_tried_again_some_steps_later():
    run, records, checkpoints = multi_start(Numbers(bound=0.7, meshable_from=1.2))
    end = run.run()
    reported = [record for record in records if "remeshed" in record]
    first, last = reported[0], reported[-1]
    assert "failed" in first["remeshed"] and "failed" not in last["remeshed"] and first["x"] < 1.2 < last["x"]
    assert end.frozen and end.remeshing_failed == -1 and end.reason == "stop rule"
    at = records.index(first)
    again, after, _ = multi_start(Numbers(bound=0.7, meshable_from=1.2))
    resumed = again.run(checkpoints[at])
    assert after[0]["step"] == first["step"] + 1 and resumed.best.loss == end.best.loss


def test_an_inversion_that_remeshing_does_not_fix_is_a_failure():
    run, records, _ = multi_start(
        Numbers(bound=np.inf, inverted_beyond=0.55, broken=True), FirstOrder(optax.sgd(5.0)), start=0.5
    )
    state = run.run()
    assert "element 7" in state.failure.message and "failed" in remeshings(records)[0]


def test_each_start_begins_on_the_first_mesh_and_a_stage_on_that_of_the_best():
    run, records, _ = multi_start(Numbers(bound=0.7), steps=12, restarts=3, stages=2)
    state = run.run()
    starts = [record["x"] for record in records if record["step"] == 0 and record["stage"] == 0]
    np.testing.assert_allclose(starts, [0.0, 0.1, 0.2], atol=1e-12)
    second = [record for record in records if record["stage"] == 1]
    first = min((record for record in records if record["stage"] == 0), key=lambda record: record["loss"])
    assert second[0]["x"] == pytest.approx(first["x"], abs=1e-12) and "remeshed" not in second[0]
    assert len(state.frozen) > 1 and state.seed.frozen == state.frozen[: len(state.seed.frozen)]


def test_at_the_step_limit_the_result_is_on_a_sound_mesh():
    run, records, _ = multi_start(Numbers(bound=0.45), steps=5)
    state = run.run()
    assert "remeshed" in records[-1] and records[-1]["end"] == "step limit" and len(state.best.frozen) == 1


@pytest.mark.parametrize("method", [lambda: FirstOrder(optax.adam(0.1)), QuasiNewton])
@pytest.mark.parametrize("settings", [{"bound": 0.7}, {"bound": np.inf, "lie": 0.02}])
def test_resuming_is_bit_identical_across_remeshings(method, settings):
    more = {"steps": 45, "restarts": 2, "stages": 2}
    run, records, checkpoints = multi_start(Numbers(**settings), method(), **more)
    end = run.run()
    assert remeshings(records)
    new = [n for n, record in enumerate(records) if "remeshed" in record]
    for at in {new[0] - 1, new[0], new[-1] - 1, new[-1], len(records) // 2}:
        again, after, _ = multi_start(Numbers(**settings), method(), **more)
        resumed = again.run(checkpoints[at])
        assert after == [
            record | {"seconds": other["seconds"]} for record, other in zip(records[at + 1 :], after, strict=True)
        ]
        assert jax.tree.all(jax.tree.map(np.array_equal, end.best.theta, resumed.best.theta))
        assert len(end.best.frozen) == len(resumed.best.frozen)


def test_a_checkpoint_of_another_format_is_refused():
    run, _, checkpoints = multi_start(Numbers(), steps=2)
    run.run()
    numbers = {name: value for name, value in checkpoints[-1]["numbers"].items() if name != "format"}
    with pytest.raises(DoesNotFit, match="another version"):
        run.run({"arrays": checkpoints[-1]["arrays"], "numbers": numbers})


def test_a_checkpoint_on_a_new_mesh_needs_the_remesher():
    run, _, checkpoints = multi_start(Numbers(bound=0.7))
    run.run()
    with pytest.raises(DoesNotFit, match="remeshed"):
        MultiStart(run.objectives, run.start, run.method, steps=5).run(checkpoints[-1])
