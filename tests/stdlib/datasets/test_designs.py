"""Labelled designs from tables: what is read, and what is told of those that hold none."""

import numpy as np
import pytest

from metac.compiler.interfaces.field_error import FieldError
from tests.library import constructor

Designs = constructor("dataset", "designs")
TABLE = """# measured last week
beam 1,E11 [MPa],beam 2,D1,nu12
0,1.5,1,2,0.3
1,2.5,0,4,-0.1
"""


def table(tmp_path, text, **fields):
    path = tmp_path / "cells.csv"
    path.write_text(text, encoding="utf-8")
    return Designs(source=str(path), **fields)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_columns_are_designs_labels_and_settings(tmp_path, separator):
    text = TABLE.replace(",", separator)
    found = table(tmp_path, text, labels=["nu12", "E11"], settings=["D1"])
    assert (found.label_names, found.label_units) == (("nu12", "E11"), ("", "MPa"))
    assert (found.features, found.setting_names) == (2, ("D1",))
    samples = found.samples()
    assert samples.designs.tolist() == [[0, 1], [1, 0]]
    np.testing.assert_array_equal(samples.labels, [[0.3, 1.5], [-0.1, 2.5]])
    np.testing.assert_array_equal(samples.settings, [[2], [4]])
    assert len(table(tmp_path, text, labels=["nu12", "E11"], settings=["D1"], limit=1).samples().designs) == 1


def test_what_is_read_depends_on_the_columns(tmp_path):
    one, other = (table(tmp_path, TABLE, labels=[name]).content for name in ("E11", "nu12"))
    assert one["source"] == other["source"] and one != other


@pytest.mark.parametrize(
    ("text", "fields", "field", "words"),
    [
        (TABLE, {}, "labels", "which of its columns"),
        (TABLE, {"labels": ["E22"]}, "labels", "no column `E22`"),
        (TABLE, {"labels": ["E11"], "settings": ["D2"]}, "settings", "no column `D2`"),
        (TABLE.replace("nu12", "D1"), {"labels": ["E11"]}, "source", "two columns `D1`"),
        (TABLE.replace("beam 2", ""), {"labels": ["E11"]}, "source", "without a heading"),
        (TABLE.replace("0.3", "soft"), {"labels": ["E11"]}, "source", "no table of numbers"),
        (TABLE.replace(",0.3", ""), {"labels": ["E11"]}, "source", "no table of numbers"),
        ("E11\n1.5\n", {"labels": ["E11"]}, "source", "no column for designs"),
        ("", {"labels": ["E11"]}, "source", "without a heading"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(tmp_path, text, fields, field, words):
    with pytest.raises(FieldError, match=words) as found:
        table(tmp_path, text, **fields)
    assert (found.value.code, found.value.field) == ("M0594", field)


def test_an_archive_names_its_labels_itself(tmp_path):
    np.savez(tmp_path / "cells.npz", designs=np.eye(2), labels=np.ones((2, 1)), label_names=np.array(["E11"]))
    assert Designs(source=str(tmp_path / "cells.npz")).label_names == ("E11",)
    with pytest.raises(FieldError, match="itself"):
        Designs(source=str(tmp_path / "cells.npz"), labels=["E11"])


def test_bytes_that_are_no_text_are_told(tmp_path):
    (tmp_path / "cells.csv").write_bytes(b"a,b\n\xff\xfe,1\n")
    with pytest.raises(FieldError) as found:
        Designs(source=str(tmp_path / "cells.csv"), labels=["b"])
    assert found.value.field == "source"
