"""Keys of values: what differs has another key, what is the same has the same one."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from metac.compiler import graph
from metac.compiler.cache_key import LONGEST, canonical, canonical_text, digest
from metac.compiler.types import types
from metac.dsl.source import Source, Span

SPAN = Span(Source("<text>", "x"), 0, 1)
OTHER_SPAN = Span(Source("other", "yy"), 1, 2)


def variable(name, span=SPAN):
    return graph.Variable(name, types.NumberType(), span)


def constant(value, span=SPAN):
    return graph.Constant(value, types.NumberType(), span)


def apply(operator, *arguments, span=SPAN):
    return graph.Apply(operator, arguments, types.NumberType(), span)


def interval(*ends):
    return graph.Interval(*(None if end is None else constant(end) for end in ends), types.NumberType(), SPAN)


X, Y = variable("x"), variable("y")
DIFFERENT = [
    None,
    True,
    False,
    0,
    1,
    -1,
    1.5,
    2**53,
    2**53 + 1,
    float("nan"),
    float("inf"),
    float("-inf"),
    "x",
    "nan",
    [],
    [1],
    [[1]],
    [1, 2],
    [2, 1],
    {},
    {"x": 1},
    {"y": 1},
    {"x": 2},
    constant("x"),
    constant("y"),
    X,
    Y,
    graph.Parameter("x", types.NumberType(), SPAN),
    graph.Reference("x", types.NumberType(), SPAN),
    apply("+", X, Y),
    apply("-", X, Y),
    apply("-", Y, X),
    apply("-", X),
    interval(0, 1, None),
    interval(0, 2, None),
    interval(1, 1, None),
    interval(0, 1, 1),
    graph.Function((X,), X, None, types.NumberType(), SPAN),
    graph.Function((Y,), X, None, types.NumberType(), SPAN),
    graph.Function((X,), Y, None, types.NumberType(), SPAN),
    graph.Function((X, Y), X, None, types.NumberType(), SPAN),
    graph.Function((X,), X, interval(0, 1, None), types.NumberType(), SPAN),
    np.zeros(4),
    np.zeros((2, 2)),
    np.zeros((4, 1)),
    np.zeros(4, np.float32),
    np.zeros(4, np.int64),
    np.array([0.0, 1.0, 0.0, 0.0]),
    np.ones(4),
    apply("+", *([X] * LONGEST)),
    apply("+", *([X] * (LONGEST - 1)), Y),
]


def test_different_values_have_different_keys():
    keys = [digest(value) for value in DIFFERENT]
    same = [(a, b) for (a, one), (b, other) in combinations(enumerate(keys), 2) if one == other]
    assert same == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (2, np.float64(2.0)),
        (2, np.array(2)),
        ((1, 2), [1, 2]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (graph.Sequence((X, Y), types.NumberType(), SPAN), [X, Y]),
        (apply("+", X, Y), apply("+", variable("x", OTHER_SPAN), variable("y", OTHER_SPAN), span=OTHER_SPAN)),
        (np.zeros((2, 3)), np.zeros((3, 2)).T),
    ],
)
def test_the_same_value_has_the_same_key(one, other):
    assert digest(one) == digest(other)


def test_references_go_by_the_given_names():
    reference = graph.Reference("_1", types.NumberType(), SPAN)
    assert canonical(reference, {"_1": "#abc"}) == {"node": "#abc"} and canonical(reference) == {"node": "_1"}


def test_what_has_no_key_is_refused():
    with pytest.raises(TypeError, match="object cannot be part of a cache key"):
        digest([object()])


def test_parts_that_are_used_twice_at_every_level_have_a_short_form():
    value = X
    for _ in range(200):
        value = apply("add", value, value)
    assert len(canonical_text(canonical(value))) < 3 * LONGEST
