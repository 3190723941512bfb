"""Targets of tensors some of whose components do not matter."""

# What is missing fails the test.
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportArgumentType=false, reportCallIssue=false

import json
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import metac
from metac.api.result_json import _goal, read_verdicts
from metac.compiler.elaborate.partial_targets import partial_target
from metac.compiler.lower.goals import goal_value
from metac.dsl.parser import parse
from metac.dsl.source import Source
from metac.runtime.report.table import rows
from metac.runtime.report.verdicts import verdicts
from metac.runtime.runs.atomic import plain
from metac.stdlib.measures.attainable import _blocks
from metac.stdlib.studies.remeshing import largest_difference

CELL = """\
material soft  = linear_elastic { E = 1 MPa, nu = 0.3, plane = stress }
material stiff = linear_elastic { E = 100 MPa, nu = 0.3, plane = stress }
generator field = density { pixels = [3, 3] }
body cell = pixels { density = field, size = 1 mm, materials = [soft, stiff] }
load rve  = periodic { body = cell }
match stiffness(rve) to TARGET weight 2 within 0.5 MPa
"""
PARTIAL = "1 MPa * [[30, 5, none], [none, 20, none], none]"
ASKED = np.array([[True, True, False], [False, True, False], [False, False, False]])
WANTED = np.array([[30.0, 5, 0], [0, 20, 0], [0, 0, 0]])


def design(target):
    return metac.compile(CELL.replace("TARGET", target))


def asked(text, shape):
    (statement,) = parse(Source("<test>", f"match C to {text}\n")).module.statements
    return partial_target(statement.target, shape)[1]


def goal_at(value):
    """The goal `PARTIAL` where the stiffness has this value, MPa."""
    (goal,) = design(PARTIAL).graph.goals
    known = {"measure": value, "target": WANTED, "tolerance": 0.5, "weight": 2.0}
    return goal_value(goal, lambda part, key: None if part is None else known[key])


@settings(max_examples=30)
@given(st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=2, max_size=2), st.sampled_from(["", "2*", "-"]))
def test_which_components_are_asked_for(mask, before):
    text = ", ".join(f"[{', '.join('1.5' if each else 'none' for each in row)}]" for row in mask)
    assert asked(f"{before}[{text}]", (2, 3)) == (None if all(map(all, mask)) else mask)


def test_rows_sums_and_shapes():
    assert asked("[none, [1, 2]]", (2, 2)) == [[False, False], [True, True]]
    assert asked("[[1, none], [1, 1]] + [[1, 1], [none, 1]]/2", (2, 2)) == [[True, False], [False, True]]
    assert asked("[1, none, x]", (3,)) == [True, False, True]
    assert asked("[[1, none], [1, 1]]", (3, 3)) is None, "the shape is told elsewhere"


VALUE = np.array([[33.0, 4, 7], [4, 21, 8], [7, 8, 9]])


def test_only_what_is_asked_counts():
    goal = goal_at(VALUE)
    off = (VALUE - WANTED)[ASKED]
    assert goal.scale == 30 and len(goal.residuals) == 3
    assert goal.contribution == pytest.approx(2 * np.mean((off / 30) ** 2), rel=1e-12)
    assert goal.deviation == 3 and goal.tolerance == 0.5 and not goal.met
    np.testing.assert_array_equal(np.isnan(goal.target), ~ASKED)
    np.testing.assert_array_equal(np.asarray(goal.target)[ASKED], WANTED[ASKED])
    assert goal_at(np.where(ASKED, WANTED, 99.0)).met


def test_what_is_not_asked_does_not_reach_the_gradient():
    """Not even where it is no number."""
    with jax.enable_x64(True):
        broken = jnp.asarray(np.where(ASKED, VALUE, np.nan))
        gradient = np.asarray(jax.grad(lambda value: goal_at(value).contribution)(broken))
    np.testing.assert_allclose(gradient, np.where(ASKED, 2 * 2 * (VALUE - WANTED) / 30**2 / 3, 0), rtol=1e-12)


def test_remeshing_compares_what_is_asked():
    goal, other = goal_at(VALUE), goal_at(VALUE + np.where(ASKED, 0.25, 1e6))
    assert largest_difference(goal, other) == 0.25


def test_the_verdict_and_its_table_leave_out_what_is_not_asked():
    evaluation = SimpleNamespace(goals={"C": goal_at(VALUE)}, requirements={})
    (verdict,) = verdicts(evaluation, units={"C": "MPa"})
    assert verdict.target == [[30, 5, None], [None, 20, None], [None, None, None]] and verdict.complete
    assert verdict.deviation == 3 and not verdict.final
    assert rows([verdict])[0][1:3] == ("tensor, 3 of 9", "off by 3 MPa")
    (again,) = read_verdicts({"goals": {"C": json.loads(json.dumps(plain(_goal(verdict))))}})
    assert again == verdict


def test_plans_of_other_masks_have_other_hashes():
    texts = ("[[30 MPa, 0, 0], [0, 20 MPa, 0], [0, 0, 0]]", "[[30 MPa, none, 0], [0, 20 MPa, 0], [0, 0, 0]]", PARTIAL)
    assert len({design(text).plan().hash for text in texts}) == 3


def test_known_blocks_of_a_matrix():
    matrix = np.array([[1.0, np.nan, 2], [np.nan, 3, np.nan], [2, np.nan, 4]])
    assert [block.tolist() for block, _ in _blocks(matrix)] == [[[3.0]], [[1.0, 2.0], [2.0, 4.0]]]
