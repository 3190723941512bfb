"""Parts of lists and tensors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metac.compiler.constant_values import value_or_none
from metac.compiler.pipeline import check
from metac.dsl.source import Source

C = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]


def value(spec, text):
    found = spec.design(f"let C = {C}\nlet v = {text}\nparam p: Scalar = v\nmaterial m = mat {{ E = p * 1 MPa }}")
    return value_or_none(found.parameters["p"].default)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sum(C[1, :])", 6),
        ("sum(C[:, 2])", 15),
        ("C[:, 2][3]", 8),
        ("sum(C[:, :])", 45),
        ("sum(C[:])", 45),
        ("det(C[1 .. 2, 2 .. 3])", -3),
        ("sum(C[1 .. 3 by 2, 1])", 8),
        ("[1, 2, 3][2 .. 3][1]", 2),
        ("sum([1, 2, 3, 4][:])", 10),
        ("{ let n = 2, sum(C[1 .. n, 1]) }", 5),
        ("C[2 .. 2, 1][1]", 4),
        ("(C.T)[1, :][2]", 4),
        ("dot(C[1, :], C[:, 1])", 30),
    ],
)
def test_values(spec, text, expected):
    assert value(spec, text) == pytest.approx(expected)


ends = st.tuples(st.integers(1, 3), st.integers(1, 3)).filter(lambda pair: pair[0] <= pair[1])


@given(ends, ends)
def test_parts_are_those_of_numpy(rows, columns):
    part = f"C[{rows[0]} .. {rows[1]}, {columns[0]} .. {columns[1]}]"
    text = f"let C = {C}\nparam p: Scalar = 100*sum({part}) + {part}[1, 1]"
    design = check(Source("<part>", text)).design
    expected = np.array(C)[rows[0] - 1 : rows[1], columns[0] - 1 : columns[1]]
    assert design is None or value_or_none(design.parameters["p"].default) == 100 * expected.sum() + expected[0, 0]
    assert design is not None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[1, 2, 3][2 .. 4]", "M0408"),
        ("[1, 2, 3][0 .. 2]", "M0408"),
        ("[1, 2, 3][3 .. 1]", "M0408"),
        ("[1, 2, 3][1 .. 2, :]", "M0408"),
        ("3[:]", "M0408"),
        ("[1, 2, 3][1 .. 2.5]", "M0411"),
        ("[1, 2, 3][1 mm .. 2 mm]", "M0402"),
        ("[1, 2, 3][1 .. n]", "M0408"),
    ],
)
def test_errors(spec, text, code):
    assert spec.codes(f"param n: Int = 2\nlet a = {text}") == [code]


def test_a_law_may_take_parts_of_its_tensors(spec):
    law = """define material law {
    E: Pressure
    energy(F) = E/2*(sum(i in 1 .. 3, dot(F[i, :], F[i, :])) - dim - 2*log(det(F[1 .. 3, :])))
}
"""
    assert spec.codes(law + "material m = law { E = 3 MPa }\nbody b = block { material = m }") == []
