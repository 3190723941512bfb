"""The study `optimize`: what varies, what it tells, when it stops, what it does with a failed load."""

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.fem.status import Status
from metac.runtime.optimise.optimisation_loop import StepFailed
from metac.runtime.runs.recorder import Recorder
from metac.stdlib.studies.evaluations import describe, first_failure
from tests.library import constructor

Adam = constructor("optimiser", "adam")
Optimize = constructor("study", "optimize")


def status(converged):
    zeros, counts = jnp.zeros(2), jnp.zeros(2, int)
    return Status(
        converged=jnp.array([True, converged]),
        iterations=counts,
        residual=zeros,
        cutbacks=counts,
        linear_residual=zeros,
        smallest_determinant=zeros + 1,
        smallest_determinant_element=counts,
        reference_jacobian=jnp.array(1.0),
        reference_jacobian_element=jnp.array(0),
        not_finite=jnp.array(False),
        negative_eigenvalues=counts,
        lowest_eigenvalue=zeros + 1,
        critical_point=jnp.array(jnp.nan),
        switched=zeros > 0,
    )


class Program:
    """Two generators; the loss falls with both, so that one that is not varied must stay where it is."""

    def __init__(self):
        self.inputs = {"aim": jnp.asarray(1.0)}
        self.rest = {}

    def name_of(self, generator):
        return {"first": "warp", "second": "other"}[generator]

    def init(self, key):
        return {name: jax.random.normal(jax.random.fold_in(key, n), (2,)) for n, name in enumerate(("warp", "other"))}

    def loss_and_evaluation(self, theta, inputs=None, replace=None, starts=None):
        aim = (inputs or self.inputs)["aim"]
        loss = sum(jnp.sum((part - aim) ** 2) for part in theta.values())
        return loss, Evaluation(loss)


@jax.tree_util.register_pytree_node_class
class Evaluation:
    def __init__(self, loss):
        self.loss, self.goals, self.status, self.starts = loss, {}, {}, {}

    def tree_flatten(self):
        return (self.loss,), None

    @classmethod
    def tree_unflatten(cls, _, leaves):
        return cls(*leaves)


def run(key=0, stages=None, **settings):
    recorder = Recorder()
    settings = {"vary": ("first",), "using": Adam(rate=0.05), "steps": 20} | settings
    return Optimize(**settings).run(Program(), jax.random.key(key), recorder, stages=stages), recorder.records


def test_only_the_named_generator_varies():
    drawn = Program().init(jax.random.fold_in(jax.random.key(0), 0))
    for vary, moves, stays in (("first", "warp", "other"), ("second", "other", "warp")):
        outcome, _ = run(vary=(vary,))
        assert np.array_equal(outcome.theta[stays], drawn[stays])
        assert not np.array_equal(outcome.theta[moves], drawn[moves])


def test_several_generators_vary_together():
    drawn = Program().init(jax.random.fold_in(jax.random.key(0), 0))
    both, alone = run(vary=("first", "second"), steps=5)[0], run(vary=("first",), steps=5)[0]
    # The loss is a sum over both, so that each goes the way it goes alone.
    np.testing.assert_allclose(both.theta["warp"], alone.theta["warp"], rtol=1e-12)
    assert not np.array_equal(both.theta["other"], drawn["other"])
    assert both.loss < alone.loss


def test_generators_that_cannot_vary_are_refused():
    unlike = (SimpleNamespace(bounds=(0.0, 1.0)), SimpleNamespace())
    for vary, using, field in (((), Adam(rate=0.05), "vary"), (unlike, constructor("optimiser", "mma")(), "using")):
        with pytest.raises(FieldError) as caught:
            Optimize(vary=vary, using=using)
        assert caught.value.field == field and caught.value.code == "M0537"


def test_it_stops_by_its_rule_on_loss_or_step():
    outcome, records = run(stop=lambda loss, step, change: step >= 3)
    assert outcome.reason == "stop rule" and outcome.steps == 3 and len(records) == 4
    limit = run()[1][10]["loss"]
    outcome, records = run(stop=lambda loss, step, change: jnp.asarray(loss) < limit * 1.0001)
    assert records[-1]["step"] == 10


def test_no_steps_evaluate_the_start():
    outcome, records = run(steps=0)
    assert outcome.steps == 0 and len(records) == 1 and outcome.loss == records[0]["loss"]


def test_the_report_belongs_to_the_best():
    outcome, records = run(using=Adam(rate=3.0), steps=6)
    assert float(outcome.report.loss) == outcome.loss == min(record["loss"] for record in records)


def test_stages_change_the_inputs():
    outcome, records = run(stages=[{"aim": jnp.asarray(0.0)}, {"aim": jnp.asarray(5.0)}])
    assert {record["stage"] for record in records} == {0, 1}
    assert float(outcome.report.loss) == outcome.loss == min(r["loss"] for r in records if r["stage"] == 1)


def test_the_failed_load_is_named():
    failed = first_failure(SimpleNamespace(status={"push": status(True), "pull": status(False)}))
    assert failed is not None and failed.subject == "pull" and "pull" in failed.message
    assert first_failure(SimpleNamespace(status={"push": status(True)})) is None


def test_a_start_that_fails_raises(monkeypatch):
    monkeypatch.setattr(
        "metac.stdlib.studies.optimize.first_failure",
        lambda e: first_failure(SimpleNamespace(status={"pull": status(False)})),
    )
    with pytest.raises(StepFailed, match="at the start: pull"):
        run()


def test_curves_are_described_by_their_deviation():
    goals = {
        "nu": SimpleNamespace(value=np.array(-0.5), deviation=np.array(0.1), contribution=np.array(1.0)),
        "s": SimpleNamespace(value=np.ones(3), deviation=np.array(0.2), contribution=np.array(2.0)),
    }
    reported = describe(SimpleNamespace(goals=goals, status={}))["goals"]
    assert reported == {"nu": {"value": -0.5, "contribution": 1.0}, "s": {"deviation": 0.2, "contribution": 2.0}}


def test_whole_numbers_have_no_gradient():
    program = Program()
    program.init = lambda key: {"warp": jnp.zeros(2, int), "other": jnp.zeros(2)}
    study = Optimize(vary=["first"], using=Adam(rate=0.1), steps=1)
    with pytest.raises(FieldError, match="`warp` have the type int64") as caught:
        study.run(program, jax.random.key(0), Recorder())
    assert (caught.value.field, caught.value.code) == ("vary", "M0537")
