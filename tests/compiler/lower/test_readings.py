"""A curve that is read where its load has no values: interpolation would give the nearest one, and nothing would tell."""

import jax.numpy as jnp
import pytest

import metac
from metac.compiler.graph_walk import Bindings
from metac.compiler.interfaces.values import Curve
from metac.compiler.lower.expression import evaluate_expression
from metac.compiler.lower.goals import goal_value, requirement_value
from metac.compiler.lower.reports import report_value
from metac.runtime.report.verdicts import UNREAD, verdicts

SPEC = """\
symmetry g      = p4 { cell = 20 mm }
material rubber = neo_hookean { E = 50 MPa, nu = 0.3 }
shape    pores  = tiled { motif = circle { radius = 3 mm, at = [0.25, 0.25] }, symmetry = g }
body     sheet  = specimen { shape = pores, cells = [1, 1], material = rubber }
load     pull   = tension { body = sheet, along = y, strain = 4 %, increments = 2 }
load     other  = tension { body = sheet, along = y, strain = 4 %, increments = 2 }
"""
CURVES = {  # the other load's path, followed by its length, has ended early
    "pull": Curve(jnp.array([0.02, 0.04]), jnp.array([2.0, 4.0])),
    "other": Curve(jnp.array([0.01, 0.03]), jnp.array([1.0, 3.0])),
}


def evaluator(graph):
    """Values of expressions where the measures of the spec's loads have these curves."""
    scope = Bindings(parameters={}, reference=lambda name: CURVES[graph.nodes[name].fields["of"].node])
    return lambda part, key="": None if part is None else evaluate_expression(part, scope, jnp)


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("match stress(pull)(3 %) to 3 MPa within 1 MPa", True),
        ("match stress(pull)(4 %) to 4 MPa within 1 MPa", True),
        ("match stress(pull)(1 %) to 2 MPa within 1 MPa", False),
        ("match stress(other)(4 %) to 3 MPa within 1 MPa", False),
        ("match 2 * stress(other)(4 %) to 6 MPa within 1 MPa", False),
        ("minimize stress(other)(4 %)", False),
        ("match stress(pull) to e -> 100 MPa * e within 1 MPa", True),
        ("match stress(pull) - stress(other) to 0 MPa within 9 MPa scale 1 MPa", False),
        ("match stress(pull) - max(stress(other)) to 0 MPa within 9 MPa scale 1 MPa", True),
        ("match stress(pull) to e -> stress(other)(e) within 9 MPa", False),
        ("match stress(pull) to e -> stress(other)(e) within 9 MPa for 0 .. 3 %", True),
        ("match stress(pull) to e -> stress(other)(e / 2) within 9 MPa", True),
    ],
)
def test_a_goal_is_not_met_where_it_reads_beyond_a_curve(line, read):
    graph = metac.compile(SPEC + line).graph
    (goal,) = graph.goals
    found = goal_value(goal, evaluator(graph))
    assert bool(found.read) is read
    if found.met is not None:
        assert bool(found.met) is read
    evaluation = type("Evaluation", (), {"goals": {goal.name: found}, "requirements": {}})
    (verdict,) = verdicts(evaluation, senses={goal.name: goal.sense})
    assert verdict.final is read and verdict.reason == (None if read else UNREAD)


def test_requirements_and_reports_tell_it_too():
    graph = metac.compile(SPEC + "require stress(other)(4 %) <= 9 MPa\nreport stress(other)(4 %)\nreport stress(pull)").graph
    evaluate = evaluator(graph)
    assert not bool(requirement_value(graph.requirements[0], evaluate).met)
    assert [bool(report_value(each, evaluate, {}).read) for each in graph.reports] == [False, True]
