"""A design whose program is a quadratic: everything around the mechanics, without the mechanics."""

# Fakes have no more of designs and programs than runs read of them.
# pyright: reportIncompatibleMethodOverride=false, reportArgumentType=false, reportOptionalSubscript=false

import hashlib
import json
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.api.design import Design
from metac.compiler.lower.evaluation import Evaluation, GoalValue
from metac.compiler.lower.implementation import ErrorLocator
from metac.dsl.source import Source, Span
from metac.runtime.fem.status import Status
from metac.stdlib.studies.optimize import Optimize
from tests.library import constructor, make

Adam = constructor("optimiser", "adam")
Lbfgs = constructor("optimiser", "lbfgs")


def definition(target: str = "", *, discretised: bool = False, responds: bool = False) -> SimpleNamespace:
    """What runs read of a definition: its class, and the flags of its kind."""
    return SimpleNamespace(target=target, kind=SimpleNamespace(discretised=discretised, responds=responds))


DEFINITION = definition("metac.stdlib.studies.optimize:Optimize")
SPEC = "param wanted: Scalar = 2\n"


def status(ok):
    """A status of two increments."""
    many, counts = jnp.zeros(2), jnp.zeros(2, int)
    return Status(
        converged=jnp.broadcast_to(ok, 2),
        iterations=counts,
        residual=many,
        cutbacks=counts,
        linear_residual=many,
        smallest_determinant=many + 1,
        smallest_determinant_element=counts,
        reference_jacobian=jnp.asarray(1.0),
        reference_jacobian_element=jnp.asarray(0),
        not_finite=jnp.asarray(False),
        negative_eigenvalues=counts,
        lowest_eigenvalue=many + 1,
        critical_point=jnp.asarray(jnp.nan),
        switched=many > 0,
    )


@dataclass
class FakeProgram:
    """The first parameter should become `wanted`; fails where it leaves [-limit, limit]."""

    studies: dict[str, Optimize]
    wanted: float
    limit: float
    shift: float = 0.0
    """What a fresh mesh adds to the value."""
    offset: float = 0.0
    """What every evaluation adds to the value of the goal."""
    linked = SimpleNamespace(errors=ErrorLocator({}, {}))

    @property
    def inputs(self):
        return {"wanted": jnp.asarray(self.wanted)}

    @property
    def rest(self):
        return {}

    def name_of(self, generator):
        return generator

    def init(self, key):
        return {"warp": {"a": jax.random.normal(key, (3,))}, "other": jnp.ones(2)}

    def loss_and_evaluation(self, theta, inputs=None, replace=None, starts=None):
        shift = replace["design"].shift if replace else 0.0
        value = theta["warp"]["a"][0] + shift
        miss = value - inputs["wanted"]
        rest = jnp.sum(theta["warp"]["a"][1:] ** 2 * jnp.array([1.0, 10.0]))
        known = {"target": inputs["wanted"], "deviation": jnp.abs(miss), "tolerance": jnp.asarray(0.01)}
        goal = GoalValue(value + self.offset, miss**2, **known)
        loss = miss**2 + rest
        return loss, Evaluation(loss, {"position(pull)": goal}, {}, {"pull": status(jnp.abs(value) < self.limit)})

    def loss(self, theta, inputs=None):
        return self.loss_and_evaluation(theta, inputs)[0]

    def evaluate(self, theta, inputs=None, replace=None):
        return self.loss_and_evaluation(theta, inputs, replace)[1]

    def evaluate_and_read(self, theta, inputs, replace, read):
        return self.evaluate(theta, inputs, replace), read(self.objects(theta, inputs, replace))

    def objects(self, theta, inputs=None, replace=None):
        design = SimpleNamespace(fresh=lambda refinement: SimpleNamespace(shift=self.shift))
        return {
            "design": design,
            "fit": None,
            **self.studies,
            "pull": SimpleNamespace(response=SimpleNamespace(strain=jnp.ones(1), displacement=jnp.ones(1))),
        }


@dataclass
class FakePlan:
    text: str

    @property
    def hash(self):
        return hashlib.sha256(self.text.encode()).hexdigest()

    def canonical(self):
        return self.text


class FakeDesign(Design):
    """Settings: steps, restarts, using, limit, shift, wanted; `study = False` for none, `more` steps of a second one."""

    @property
    def settings(self):
        return {
            "steps": 12,
            "restarts": 1,
            "more": 0,
            "using": "adam",
            "limit": 1e9,
            "shift": 0.0,
            "offset": 0.0,
            "wanted": 2.0,
        } | self.overrides

    @property
    def diagnostics(self):
        return ()

    @property
    def graph(self):
        body = SimpleNamespace(kind="body", fields={}, span=SPAN, definition=definition(discretised=True))
        from metac.compiler.graph import Reference

        fields = {"body": Reference("design", None, SPAN)}
        load = SimpleNamespace(kind="load", fields=fields, span=SPAN, definition=definition(responds=True))
        goal = SimpleNamespace(name="position(pull)", sense="match", span=SPAN, measure=SimpleNamespace(type=None))
        study = SimpleNamespace(kind="study", fields={}, span=SPAN, definition=DEFINITION)
        return SimpleNamespace(
            nodes={"design": body, "pull": load, "fit": study} | ({"more": study} if int(self.settings["more"]) else {}),
            goals=(goal,),
            requirements=(),
            reports=(),
            studies=("fit", "more") if int(self.settings["more"]) else ("fit",),
            stages=(),
            sweeps=(),
            varied=frozenset(),
        )

    graph_if_sound = graph

    def plan(self, stage=0):
        known = {name: str(value) for name, value in self.settings.items()}
        fields = {name: known.pop(name) for name in ("steps", "restarts")}
        nodes = {"fit": {"fields": fields}, "more": {"fields": {"steps": known.pop("more")}}}
        return FakePlan(json.dumps({"nodes": nodes, "others": known}, sort_keys=True))

    def program(self):
        known = self.settings
        using = Adam(rate=0.3) if known["using"] == "adam" else Lbfgs()
        vary, restarts = ("warp",), int(known["restarts"])
        studies = {"fit": make("study", "optimize", vary=vary, using=using, steps=int(known["steps"]), restarts=restarts)}
        if int(known["more"]):
            studies["more"] = make("study", "optimize", vary=vary, using=Adam(rate=0.1), steps=int(known["more"]))
        return FakeProgram(
            studies if known.get("study", True) else {},
            *(float(known[name]) for name in ("wanted", "limit", "shift", "offset")),
        )


SOURCE = Source("fake.meta", SPEC)
SPAN = Span(SOURCE, 0, 5)


@pytest.fixture
def fake():
    """Makes fake designs."""

    def make(**settings):
        design = FakeDesign(SOURCE, folder=Path())
        return design.set(settings) if settings else design

    return make


@pytest.fixture
def fake_everywhere(monkeypatch):
    """`load`, `stored_design` and all else give fake designs."""
    # What is first imported while the class is another one would keep that for all tests after this one.
    for name in ("family", "inspection", "opening", "resume", "start", "swept_values"):
        import_module(f"metac.api.{name}")
    monkeypatch.setattr("metac.api.design.Design", FakeDesign)
    monkeypatch.setattr("metac.api.run_folders.Design", FakeDesign)
    return FakeDesign


def thetas_equal(left, right):
    """Bit for bit."""
    return jax.tree.all(jax.tree.map(lambda a, b: np.array_equal(np.asarray(a), np.asarray(b)), left, right))


@pytest.fixture
def same():
    return thetas_equal
