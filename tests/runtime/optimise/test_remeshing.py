"""New ground within a descent: when it is laid, what is frozen into it, and that resumed runs end in the same bits.

The design is one number, `x = frozen + theta`; ground wears as theta moves away from zero, and what it tells of x is then
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
from metac.runtime.optimise.methods.method import QuasiNewton, Transformed
from metac.runtime.optimise.multi_start import PATIENCE, Campaign
from metac.runtime.optimise.pytree_arrays import DoesNotFit
from metac.runtime.optimise.remeshing import DISAGREES, FOLDED, WORN

AIM = 3.0
FOLDED_ELEMENT = InvertedElement("element 7 is inverted", where="reference", element=7, step=0)


@cache
def objective(lie, folds):
    def loss(theta, inputs):
        x = inputs["base"] + theta["a"]
        return (x - inputs["aim"] + lie * theta["a"] ** 2) ** 2, {"x": x, "theta": theta["a"]}

    def judge(report):
        return FOLDED_ELEMENT if abs(float(report["theta"])) > folds else None

    return Objective(loss, judge)


@dataclass
class Numbers:
    """The renewal, and the objectives on each ground."""

    bound: float = 1.0
    lie: float = 0.0
    folds: float = np.inf
    """theta beyond which every sample fails."""
    broken: bool = False
    """Whether new ground cannot be laid."""
    mends: float = 0.0
    """theta of the first layer up to which it cannot be laid either."""
    asked: list = field(default_factory=list)

    def on(self, base, aim=AIM):
        inputs = {"base": jnp.asarray(base, float), "aim": jnp.asarray(aim)}
        return objective(self.lie, self.folds).at({}, inputs)

    def worn(self, sample):
        return abs(float(sample.theta["a"])) > self.bound

    def cures(self, failure):
        return isinstance(failure, InvertedElement)

    def agrees(self, sample, frozen, stage):
        self.asked.append(len(frozen))
        return abs(self.lie) * float(sample.theta["a"]) ** 2 < 1e-3

    def rest(self, theta):
        return {"a": jnp.zeros_like(theta["a"])}

    def objective(self, frozen, stage):
        if self.broken or float(frozen[0].theta["a"]) < self.mends:
            raise RuntimeFailure("gmsh gave no triangles", remedy="none")
        return self.on(sum(layer.theta["a"] for layer in frozen), AIM + stage)


def campaign(ground, method=None, stages=1, start=0.0, **settings):
    records, snapshots = [], []

    def watch(record, snapshot):
        records.append(record)
        snapshots.append(snapshot())

    made = Campaign(
        objectives=[ground.on(0.0, AIM + stage) for stage in range(stages)],
        start=lambda restart: {"a": jnp.asarray(start + 0.1 * restart)},
        method=method or Transformed(optax.adam(0.1)),
        describe=lambda report: {} if report is None else {"x": float(report["x"])},
        watch=watch,
        renewal=ground,
        **{"steps": 200, "stop": lambda loss, step, change: loss < 1e-3} | settings,
    )
    return made, records, snapshots


def renewals(records):
    return [record["remeshed"] for record in records if "remeshed" in record]


@pytest.mark.parametrize("method", [lambda: Transformed(optax.adam(0.1)), QuasiNewton])
def test_worn_ground_is_renewed_and_the_design_goes_on(method):
    run, records, _ = campaign(Numbers(bound=0.7), method())
    standing = run.run()
    told = renewals(records)
    assert len(told) == len(standing.frozen) >= 1 and {each["why"] for each in told} == {WORN}
    assert [each["number"] for each in told] == list(range(1, len(told) + 1))
    x = sum(float(layer.theta["a"]) for layer in standing.best.frozen) + float(standing.best.theta["a"])
    assert abs(x - AIM) < 0.04 and standing.reason == "stop rule"
    for n, record in enumerate(records):
        if "remeshed" in record:
            assert record["step"] == records[n - 1]["step"] and "end" not in records[n - 1]
            assert record["remeshed"]["before"] == {"loss": records[n - 1]["loss"], "x": records[n - 1]["x"]}
            assert record["x"] == pytest.approx(records[n - 1]["x"], abs=1e-12)
    steps = [record["step"] for record in records if "remeshed" not in record]
    assert steps == list(range(len(steps))) and standing.steps == steps[-1]


def test_a_stop_rule_that_holds_on_worn_ground_only_ends_nothing():
    ground = Numbers(bound=np.inf, lie=0.02)
    run, records, _ = campaign(ground)
    standing = run.run()
    assert renewals(records)[0]["why"] == DISAGREES
    first = next(n for n, record in enumerate(records) if "remeshed" in record)
    assert records[first - 1]["loss"] < 1e-3 < records[first]["loss"] == records[first]["best"]
    x = sum(float(layer.theta["a"]) for layer in standing.best.frozen) + float(standing.best.theta["a"])
    assert standing.reason == "stop rule" and abs(x - AIM) < 0.04
    assert ground.asked == list(range(len(ground.asked)))


def test_a_step_that_folds_the_mesh_however_short_is_cured():
    run, records, _ = campaign(Numbers(bound=np.inf, folds=0.55), Transformed(optax.sgd(5.0)), start=0.5, steps=3)
    standing = run.run()
    assert [each["why"] for each in renewals(records)] == [FOLDED]
    assert records[1]["step"] == 0 and records[2]["step"] == 1 and records[2]["x"] > 0.55
    assert standing.reason == "step limit" and not standing.failed


def test_ground_that_cannot_be_renewed_serves_on_and_that_is_told():
    run, records, _ = campaign(Numbers(bound=0.7, broken=True))
    standing = run.run()
    refused = [record for record in records if "remeshed" in record]
    assert {record["remeshed"]["failed"] for record in refused} == {"gmsh gave no triangles"}
    assert set(np.diff([record["step"] for record in refused])) == {PATIENCE}
    assert standing.refused == refused[-1]["step"] and standing.reason == "stop rule" and standing.frozen == ()


def test_ground_that_was_refused_once_is_renewed_some_steps_later():
    run, records, snapshots = campaign(Numbers(bound=0.7, mends=1.2))
    end = run.run()
    told = [record for record in records if "remeshed" in record]
    assert "failed" in told[0]["remeshed"] and told[0]["x"] < 1.2 < told[-1]["x"] and "failed" not in told[-1]["remeshed"]
    assert end.frozen and end.refused == -1 and end.reason == "stop rule"
    at = records.index(told[0])
    again, after, _ = campaign(Numbers(bound=0.7, mends=1.2))
    resumed = again.run(snapshots[at])
    assert after[0]["step"] == told[0]["step"] + 1 and resumed.best.loss == end.best.loss


def test_a_fold_without_cure_is_a_failure():
    run, records, _ = campaign(Numbers(bound=np.inf, folds=0.55, broken=True), Transformed(optax.sgd(5.0)), start=0.5)
    standing = run.run()
    assert "element 7" in standing.failure.message and "failed" in renewals(records)[0]


def test_each_restart_begins_on_the_first_ground_and_a_stage_on_that_of_the_best():
    run, records, _ = campaign(Numbers(bound=0.7), steps=12, restarts=3, stages=2)
    standing = run.run()
    starts = [record["x"] for record in records if record["step"] == 0 and record["stage"] == 0]
    np.testing.assert_allclose(starts, [0.0, 0.1, 0.2], atol=1e-12)
    second = [record for record in records if record["stage"] == 1]
    first = min((record for record in records if record["stage"] == 0), key=lambda record: record["loss"])
    assert second[0]["x"] == pytest.approx(first["x"], abs=1e-12) and "remeshed" not in second[0]
    assert len(standing.frozen) > 1 and standing.seed.frozen == standing.frozen[: len(standing.seed.frozen)]


def test_at_the_step_limit_the_result_stands_on_sound_ground():
    run, records, _ = campaign(Numbers(bound=0.45), steps=5)
    standing = run.run()
    assert "remeshed" in records[-1] and records[-1]["end"] == "step limit" and len(standing.best.frozen) == 1


@pytest.mark.parametrize("method", [lambda: Transformed(optax.adam(0.1)), QuasiNewton])
@pytest.mark.parametrize("settings", [{"bound": 0.7}, {"bound": np.inf, "lie": 0.02}])
def test_going_on_is_bit_identical_across_new_ground(method, settings):
    more = {"steps": 45, "restarts": 2, "stages": 2}
    run, records, snapshots = campaign(Numbers(**settings), method(), **more)
    end = run.run()
    assert renewals(records)
    new = [n for n, record in enumerate(records) if "remeshed" in record]
    for at in {new[0] - 1, new[0], new[-1] - 1, new[-1], len(records) // 2}:
        again, after, _ = campaign(Numbers(**settings), method(), **more)
        resumed = again.run(snapshots[at])
        assert after == [
            record | {"seconds": other["seconds"]} for record, other in zip(records[at + 1 :], after, strict=True)
        ]
        assert jax.tree.all(jax.tree.map(np.array_equal, end.best.theta, resumed.best.theta))
        assert len(end.best.frozen) == len(resumed.best.frozen)


def test_a_snapshot_on_new_ground_needs_the_renewal():
    run, _, snapshots = campaign(Numbers(bound=0.7))
    run.run()
    with pytest.raises(DoesNotFit, match="meshed anew"):
        Campaign(run.objectives, run.start, run.method, steps=5).run(snapshots[-1])
