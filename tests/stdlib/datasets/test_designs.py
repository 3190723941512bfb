"""Labelled designs from tables: what is read, and what is told of those that hold none."""

import sys

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


def test_a_heading_in_quotes_may_hold_the_separator(tmp_path):
    text = 'beam 1,"stiffness(rve)[1, 1] [MPa]"\n1,2.5\n'
    found = table(tmp_path, text, labels=["stiffness(rve)[1, 1]"])
    assert (found.label_names, found.label_units) == (("stiffness(rve)[1, 1]",), ("MPa",))


@pytest.fixture
def parquet(tmp_path):
    """Writes columns, with units where they have any in their metadata; gives the fields of a data set."""
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is an extra: metac-design[parquet]")
    writer = pytest.importorskip("pyarrow.parquet")

    def write(columns, units=None):
        arrays = {name: pyarrow.array(values) for name, values in columns.items()}
        units = {name: {"unit": unit} for name, unit in (units or {}).items()}
        fields = [pyarrow.field(name, array.type, metadata=units.get(name)) for name, array in arrays.items()]
        written = pyarrow.Table.from_arrays(list(arrays.values()), schema=pyarrow.schema(fields))
        writer.write_table(written, tmp_path / "cells.parquet")
        return {"source": str(tmp_path / "cells.parquet")}

    return write


COLUMNS = {"beam 1": [0, 1], "E11 [MPa]": [1.5, 2.5], "beam 2": [True, False], "D1": [2, 4], "G[1, 2]": [0.1 + 0.2, -0.1]}


def test_parquet_is_read_as_text_is(parquet):
    found = Designs(**parquet(COLUMNS, {"G[1, 2]": ""}), labels=["G[1, 2]", "E11"], settings=["D1"])
    assert (found.label_names, found.label_units) == (("G[1, 2]", "E11"), ("", "MPa"))
    samples = found.samples()
    assert samples.designs.tolist() == [[0, 1], [1, 0]]
    np.testing.assert_array_equal(samples.labels, [[0.1 + 0.2, 1.5], [-0.1, 2.5]])
    np.testing.assert_array_equal(samples.settings, [[2], [4]])


@pytest.mark.parametrize(
    ("columns", "fields", "field", "words"),
    [
        (COLUMNS, {}, "labels", "which of its columns"),
        (COLUMNS, {"labels": ["E22"]}, "labels", "no column `E22`"),
        (COLUMNS | {"name": ["a", "b"]}, {"labels": ["E11"]}, "source", "`name` holds string"),
        (COLUMNS | {"D1": [2, None]}, {"labels": ["E11"]}, "source", "1 cells of the column `D1` are empty"),
        ({"E11": [1.5]}, {"labels": ["E11"]}, "source", "no column for designs"),
    ],
)
def test_what_is_wrong_in_parquet_is_told_at_its_field(parquet, columns, fields, field, words):
    with pytest.raises(FieldError, match=words) as found:
        Designs(**parquet(columns), **fields)
    assert (found.value.code, found.value.field) == ("M0594", field)


def test_what_is_no_parquet_is_told(parquet, tmp_path):
    (tmp_path / "other.parquet").write_text(TABLE)
    with pytest.raises(FieldError, match="cannot be read as a table") as found:
        Designs(source=str(tmp_path / "other.parquet"), labels=["E11"])
    assert (found.value.code, found.value.field) == ("M0580", "source")


def test_parquet_without_pyarrow_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "cells.parquet").write_bytes(b"PAR1")
    with pytest.raises(FieldError, match=r"cells\.parquet: .* not installed") as found:
        Designs(source=str(tmp_path / "cells.parquet"), labels=["E11"])
    assert (found.value.code, found.value.field) == ("M0580", "source")
    assert found.value.help is not None and "metac-design[parquet]" in found.value.help


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
