"""Calls and values come back as they went; nothing that could run is read."""

from __future__ import annotations

import io
import pickle
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metac.runtime.cluster.call_encoding import BadEncoding, answer, decode, encode, encode_call, name_of
from metac.runtime.datasets.cells.design_space import CellDesignSpace, Cells
from metac.runtime.datasets.cells.growth import make_seeds

PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.lists(inner).map(tuple),
    max_leaves=8,
)


@settings(max_examples=25, deadline=None)
@given(VALUES)
def test_values_come_back_as_they_went(value: Any) -> None:
    back = decode(encode(value))
    assert back == value
    assert repr(back) == repr(value), "of the same types"
    assert encode(back) == encode(value)


def test_arrays_and_records_come_back() -> None:
    cells = Cells(np.eye(4, dtype=bool)[None], np.array([[0.1, -0.0, np.inf, 1e-300]]))
    back = decode(encode((CellDesignSpace(8, 6, seed=3), cells, np.float32(0.1))))
    assert back[0] == CellDesignSpace(8, 6, seed=3)
    assert isinstance(back[1], Cells)
    for one, other in zip(back[1], cells, strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == other.dtype
    assert back[2] == np.float32(0.1) and back[2].dtype == np.float32


@pytest.mark.parametrize("value", [object(), {1: 2}, {2}, PurePosixPath("/"), np.array([object()]), CellDesignSpace])
def test_what_is_no_value_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match=r"can(not)? be sent"):
        encode(value)


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", pickle.dumps((1, 2)), encode((1, 2))[:-30], encode([np.arange(3)])[:200]]
)
def test_other_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(BadEncoding):
        decode(content)


def test_a_record_of_others_is_refused() -> None:
    for place in ("subprocess:Popen", "metac.runtime.cores:cores"):
        evil = encode(CellDesignSpace()).replace(b"metac.runtime.datasets.cells.design_space:CellDesignSpace", b"")
        with pytest.raises(BadEncoding):
            decode(evil)
        tree = f'{{"record":"{place}","fields":{{"args":"true"}}}}'.encode()
        file = io.BytesIO()
        np.savez(file, tree=np.frombuffer(tree, np.uint8))
        with pytest.raises(BadEncoding):
            decode(file.getvalue())


def test_a_call_is_made_and_named_by_its_content() -> None:
    space = CellDesignSpace(8, 8, least=0.3)
    call = encode_call(make_seeds, (space, 0))
    assert name_of(call) == name_of(encode_call(make_seeds, (CellDesignSpace(8, 8, least=0.3), 0)))
    assert name_of(call) != name_of(encode_call(make_seeds, (space, 1)))
    fine, made = decode(answer(call))
    assert fine
    np.testing.assert_array_equal(made.stiffness, make_seeds(space, 0).stiffness)


def test_what_goes_wrong_is_answered() -> None:
    fine, text = decode(answer(encode_call(divmod, (1, 0))))
    assert not fine and "ZeroDivisionError" in text
    fine, text = decode(answer(encode({"version": "0.0.0", "function": "os:getpid", "arguments": ()})))
    assert not fine and "the call is of metac 0.0.0" in text
    fine, text = decode(answer(b"nothing"))
    assert not fine
