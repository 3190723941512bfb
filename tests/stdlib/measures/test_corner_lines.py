"""Lines along edges of the cells of a system."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metac.compiler.interfaces.field_error import FieldError
from metac.stdlib.measures.corner_lines import corners_on


def test_corners_on_a_line():
    way = [(0, 2), (1, 2), (2, 2), (2, 1), (2, 0)]
    assert corners_on(((0.0, 10.0), (10.0, 10.0), (10.0, 0.0)), 5.0, 6, 2) == way


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (((0.0, 3.0), (10.0, 3.0)), "no corner of a cell"),
        (((0.0, 10.0), (35.0, 10.0)), "outside of the system"),
        (((0.0, 0.0), (10.0, 10.0)), "along edges of cells"),
        (((0.0, 0.0),), "two points at least"),
        (((0.0, 0.0), (5.0,)), "an x and a y"),
    ],
)
def test_lines_that_are_none_are_refused(line, message):
    with pytest.raises(FieldError, match=message):
        corners_on(line, 5.0, 6, 2)


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
def test_there_and_back_are_the_same_corners(row, left, right):
    line = ((0.1 * left, 0.1 * row), (0.1 * right, 0.1 * row))
    if left == right:
        with pytest.raises(FieldError, match="along edges"):
            corners_on(line, 0.1, 9, 9)
    else:
        found = corners_on(line, 0.1, 9, 9)
        assert found == corners_on(line[::-1], 0.1, 9, 9)[::-1]
        assert found[0] == (left, row) and found[-1] == (right, row) and len(found) == abs(left - right) + 1
