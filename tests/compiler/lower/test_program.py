"""Linking: classes from outside the library, inputs and constants, host and trace, and where errors are reported."""

# How often something was compiled is known to JAX alone.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

import textwrap

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.compiler.lower.linking import link
from metac.compiler.pipeline import check
from metac.compiler.plan import make_plan
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from metac.dsl.source import Source

DEFINITIONS = """
define generator points {
    count: Int = 3
    spread: Scalar = 1
    form = points
    python "lab.py:Points"
}
define body cloud {
    by:     Generator
    size:   Length
    grid:   Int = 4
    shift:  Length = none
    law:    Function[Scalar, Scalar] = x -> x^2
    edges:  [Length] = [1 mm, 2 mm]
    form = points
    python "lab.py:Cloud"
}
define load push {
    body: Body
    strain: Scalar
    steps: Int = 4
    range = 0 .. strain
    python "lab.py:Push"
}
define measure extent {
    of: Body
    python "lab.py:Extent" gives Length
}
define measure path {
    of: Load
    python "lab.py:Path" gives Curve[Scalar, Length]
}
define study look {
    vary: Generator
    stop: Condition[loss, step] = none
    python "lab.py:Look"
}
"""
LAB = """
from dataclasses import dataclass
from functools import cached_property
import jax, jax.numpy as jnp
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.values import Curve

built = []

@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Status:
    ok: jax.Array
    def failure(self, name):
        return None
    def instability(self, name):
        return None

@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Response:
    strain: jax.Array
    status: Status

@dataclass(frozen=True)
class Points:
    count: int
    spread: float
    def init(self, key):
        return self.spread * jax.random.normal(key, (self.count,))
    def at(self, theta):
        return theta * self.spread

class Cloud:
    def __init__(self, by, size, grid, shift, law, edges, built):
        assert shift is None and isinstance(edges, tuple) and isinstance(grid, int)
        self.points, self.size, self.law, self.edges, self.built = by, size, law, edges, built
    @staticmethod
    def build(grid):
        built.append(grid)
        if grid > 99:
            raise FieldError("grid", "too fine", help="coarser")
        return grid
    def fresh(self, refinement):
        return Cloud(self.points, self.size, 1, None, self.law, self.edges, self.built * refinement)

@dataclass(frozen=True)
class Push:
    body: object
    strain: float
    steps: int
    @cached_property
    def response(self):
        made.append(self)
        strain = self.strain * jnp.arange(1, self.steps + 1) / self.steps
        return Response(strain, Status(jnp.array(True)))

made = []

@dataclass(frozen=True)
class Extent:
    of: object
    @property
    def value(self):
        return self.of.size * self.of.law(self.of.points).sum() + sum(self.of.edges) + self.of.built

@dataclass(frozen=True)
class Path:
    of: object
    @property
    def value(self):
        return Curve(self.of.response.strain, self.of.response.strain * self.of.body.size)

class Look:
    def __init__(self, vary, stop):
        self.vary, self.stop, self.steps = vary, stop, 1
    def run(self, program, key, recorder, *, stages=None, resume=None):
        raise NotImplementedError
"""
SPEC = """
import "lab.meta"
param wanted: Length = 5 mm
param fine: Int = 4
param width: Length = 2 mm
param strain: Scalar = 10 %
generator g = points { count = 2 }
body c = cloud { by = g, size = width, grid = fine }
load p = push { body = c, strain = strain }
match extent(c) to wanted within 0.5 mm
match path(p) to e -> wanted * e for 0 .. 10 % weight 3
require extent(c) >= 1 mm
study s = look { vary = g, stop = loss < 1e-3 and step > 2 }
"""


@pytest.fixture
def laboratory(tmp_path):
    """`program(changes)` links the spec with pieces of text replaced."""

    def program(*changes, parameters=None):
        texts = {"lab.meta": DEFINITIONS, "lab.py": LAB, "spec.meta": SPEC}
        for old, new in changes:
            assert any(old in text for text in texts.values()), old
            texts = {name: text.replace(old, new) for name, text in texts.items()}
        for name, text in texts.items():
            (tmp_path / name).write_text(textwrap.dedent(text))
        checked = check(Source(str(tmp_path / "spec.meta"), texts["spec.meta"]))
        return link(make_plan(checked.design_or_raise(), parameters))

    return program


def codes(raised):
    return [found.code for found in raised.value.diagnostics]


def test_loss_and_evaluation(laboratory):
    program = laboratory()
    theta = {"g": jnp.array([1.0, 2.0])}
    loss, evaluation = jax.jit(program.loss_and_evaluation)(theta)
    extent = 2 * 5 + 3 + 4
    goals = evaluation.goals
    assert goals["extent(c)"].value == extent
    assert goals["extent(c)"].contribution == pytest.approx(((extent - 5) / 5) ** 2)
    assert not bool(goals["extent(c)"].met)
    strain = np.array([0.025, 0.05, 0.075, 0.1])
    np.testing.assert_allclose(goals["path(p)"].target, 5 * strain)
    np.testing.assert_allclose(goals["path(p)"].contribution, 3 * np.mean((3 * strain / 0.5) ** 2))
    assert loss == pytest.approx(float(sum(goal.contribution for goal in goals.values())))
    assert list(evaluation.status) == ["p"] and bool(evaluation.status["p"].ok)
    (requirement,) = evaluation.requirements.values()
    assert bool(requirement.met)


def test_gradient_and_vmap(laboratory):
    program = laboratory()
    theta = {"g": jnp.array([1.0, 2.0])}
    slope = jax.grad(program.loss)(theta)["g"]
    np.testing.assert_allclose(slope, 2 * 12 / 25 * 2 * 2 * theta["g"], rtol=1e-12)
    batch = {"g": jnp.stack([theta["g"], 2 * theta["g"]])}
    losses = jax.vmap(program.loss)(batch)
    assert losses[1] == pytest.approx(float(program.loss({"g": batch["g"][1]})))


def test_init_within_another_function_is_init(laboratory):
    program, keys = laboratory(), jax.random.split(jax.random.key(3))
    alone = np.stack([program.init(key)["g"] for key in keys])
    np.testing.assert_allclose(jax.jit(program.init)(keys[1])["g"], alone[1], rtol=1e-14)
    np.testing.assert_allclose(jax.vmap(program.init)(keys)["g"], alone, rtol=1e-14)


def test_init_depends_on_the_key_and_the_name_only(laboratory):
    key = jax.random.key(3)
    first = laboratory().init(key)
    more = laboratory(("generator g =", "generator another = points {}\ngenerator g =")).init(key)
    np.testing.assert_array_equal(first["g"], more["g"])
    assert not np.allclose(more["another"][:2], more["g"])


def test_inputs_change_without_compiling_again(laboratory):
    program = laboratory()
    theta = {"g": jnp.array([1.0, 2.0])}
    compiled = jax.jit(program.loss)
    before = compiled(theta, program.inputs)
    inputs = {**program.inputs, "parameters": {**program.inputs["parameters"], "wanted": np.asarray(17.0)}}
    after = compiled(theta, inputs)
    assert compiled._cache_size() == 1
    assert after != before
    assert after == pytest.approx(float(laboratory(("= 5 mm", "= 17 mm")).loss(theta)))
    assert program.evaluate(theta, {"parameters": {"wanted": 17.0}}).goals["extent(c)"].contribution == pytest.approx(0)
    assert set(program.inputs["parameters"]) == {"wanted", "width", "strain"}
    assert program.inputs["goals"]["path(p).weight"] == 3
    assert program.inputs["fields"]["c.edges"] == (1, 2)


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        ({"wanted": 6.0}, "no inputs `wanted`; it has `fields`, `goals`, `parameters`"),
        ({"parameters": {"wantd": 6.0}}, "no input `wantd` among its parameters .*did you mean `wanted`"),
        ({"parameters": {"fine": 6}}, "no input `fine` among its parameters"),
        ({"fields": {"c.grid": 6}}, "no input `c.grid` among its fields"),
    ],
)
def test_an_input_that_is_none_is_refused(laboratory, inputs, told):
    program = laboratory()
    for method in (program.loss, program.evaluate, program.objects):
        with pytest.raises(ValueError, match=told):
            method({"g": jnp.array([1.0, 2.0])}, inputs)


def test_material_like_inputs_are_differentiable(laboratory):
    program = laboratory()
    theta = {"g": jnp.array([1.0, 2.0])}
    slope = jax.grad(lambda inputs: program.evaluate(theta, inputs).goals["extent(c)"].value)(program.inputs)
    assert slope["parameters"]["width"] == 5
    np.testing.assert_allclose(slope["fields"]["c.edges"], (1, 1))


def test_what_is_built_is_fixed(laboratory):
    program = laboratory()
    assert "fine" not in program.inputs["parameters"]
    assert program.objects({"g": jnp.zeros(2)})["c"].built == 4
    assert laboratory(parameters={"fine": 7}).objects({"g": jnp.zeros(2)})["c"].built == 7


def test_objects_are_shared_within_a_trace(laboratory):
    program = laboratory(("require extent(c) >= 1 mm", "require max(path(p)) >= 0 mm"))
    objects = program.objects({"g": jnp.zeros(2)})
    assert objects["p"].body is objects["c"]
    module = type(objects["p"]).response.func.__globals__
    module["made"].clear()
    jax.make_jaxpr(program.loss)({"g": jnp.zeros(2)})
    assert len(module["made"]) == 1


def test_replaced_objects(laboratory):
    program = laboratory()
    theta = {"g": jnp.array([1.0, 2.0])}
    fresh = program.objects(theta)["c"].fresh(2)
    assert program.evaluate(theta, replace={"c": fresh}).goals["extent(c)"].value == 2 * 5 + 3 + 8
    objects = program.objects(theta, replace={"c": fresh})
    # A copy of its own, so that what it computes once and keeps belongs to one trace.
    assert objects["p"].body is objects["c"] is not fresh and vars(objects["c"]) == vars(fresh)


def test_studies_get_generators_and_conditions(laboratory):
    program = laboratory()
    study = program.studies["s"]
    assert program.name_of(study.vary) == "g"
    assert bool(study.stop(1e-4, 3)) is True
    assert bool(study.stop(loss=1e-4, step=1)) is False
    with pytest.raises(ValueError, match="no generator"):
        program.name_of(object())


def test_a_class_that_needs_concrete_values_gets_them(laboratory):
    asks = (
        "    def init(self, key):",
        "    def __post_init__(self):\n        assert self.spread > 0\n    def init(self, key):",
    )
    program = laboratory(asks)
    assert "g.spread" not in program.inputs["fields"]
    assert "g.spread" in laboratory().inputs["fields"]
    assert np.isfinite(program.loss(program.init(jax.random.key(0))))


def test_printable(laboratory):
    program = laboratory()
    assert "lambda" in program.jaxpr()
    assert "func.func" in program.hlo()


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (("grid = fine", "grid = 100"), "M0540", "too fine"),
        (("lab.py:Points", "missing.py:Points"), "M0570", "missing.py"),
        (("lab.py:Points", "no_such_module:Points"), "M0578", "no_such_module"),
        (("lab.py:Points", "lab.py:Pints"), "M0571", "Pints"),
        (("built = []", "built = [1 / 0]"), "M0570", "cannot be imported"),
        (("edges, built):", "built):"), "M0572", "does not fit"),
        (("def build(grid)", "def build(grid, colour)"), "M0572", "does not fit"),
        (("return theta * self.spread", "return theta.no_such"), "M0573", "no_such"),
        (("return self.spread * jax", "return 1 / 0 * jax"), "M0573", "ZeroDivisionError"),
        (("self.of.size * self", "float(self.of.size) * self"), "M0573", "Concretization"),
        (("def build(grid)", "def build(grid, by)"), "", ""),
    ],
)
def test_mistakes_of_classes_are_located(laboratory, change, code, words):
    if not code:
        assert laboratory(change).studies
        return
    with pytest.raises(DiagnosticError) as raised:
        program = laboratory(change)
        jax.eval_shape(program.loss, jax.eval_shape(program.init, jax.random.key(0)))
    assert codes(raised) == [code]
    assert words in raised.value.diagnostics[0].message + "".join(raised.value.diagnostics[0].notes)
    assert raised.value.diagnostics[0].labels


def test_what_is_built_may_compute_where_a_program_is_traced(laboratory):
    counted = "return grid\n    def fresh", "return int(jax.jit(jnp.sum)(jnp.ones(grid)))\n    def fresh"
    program, plain = laboratory(counted), laboratory()
    theta = program.init(jax.random.key(0))
    assert float(program.loss(theta)) == float(plain.loss(theta))


def test_building_from_free_parameters_is_refused(laboratory):
    extra = ("study s", "body d = cloud { by = g, size = extent(c), grid = fine }\nmatch extent(d) to 1 mm\nstudy s")
    with pytest.raises(DiagnosticError) as raised:
        laboratory(extra, ("def build(grid)", "def build(grid, size)"))
    assert codes(raised) == ["M0574"]


def test_laws_are_judged_with_the_values_given(laboratory):
    law = """
define material brittle {
    k: Pressure
    energy(F) = k/2*(tr(F.T*F) - dim - 2*log(det(F)))
}
"""
    material = "material m = brittle { k = stiff }\nparam stiff: Pressure = 1 MPa\nstudy s"
    changes = (("define study", law + "define study"), ("study s", material))
    assert laboratory(*changes).plan.parameters["stiff"] == 1
    with pytest.raises(DiagnosticError) as raised:
        laboratory(*changes, parameters={"stiff": -1.0})
    assert codes(raised) == ["M0552"]


def test_classes_of_laws_judge_the_values_given(laboratory):
    """Before anything is computed, though the program makes them with traced values."""
    material = "material m = ogden { mu = [stiff], alpha = [2], K = 1 MPa }\nparam stiff: Pressure = 1 MPa\nstudy s"
    assert laboratory(("study s", material)).plan.parameters["stiff"] == 1
    with pytest.raises(DiagnosticError) as raised:
        laboratory(("study s", material), parameters={"stiff": -1.0})
    assert codes(raised) == ["M0540"]
