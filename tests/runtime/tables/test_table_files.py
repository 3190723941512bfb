"""Tables as files: what is written is read again as the same numbers; what is not known is no number."""

import csv
import math
import sys

import pytest

from metac.runtime.tables.parquet import ParquetUnavailable
from metac.runtime.tables.table_files import Column, write_table

NUMBERS = [0.1 + 0.2, math.nan, -1e-300, math.inf, None]
COLUMNS = [
    Column("design", "", ["a=1, b=2", 'of "soft"', "c", "d", "e"]),
    Column("E11", "MPa", NUMBERS),
    Column("G[1, 2]", "", [1 / 3] * 5),
    Column("count", "", [1, 2, 3, None, 2**53 + 1]),
]


def test_csv_keeps_all_digits_and_units(tmp_path):
    write_table(tmp_path / "a.csv", COLUMNS)
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        headings, *rows = csv.reader(file)
    assert headings == ["design", "E11 [MPa]", "G[1, 2] []", "count"]
    assert [row[0] for row in rows] == COLUMNS[0].cells
    assert [row[1] for row in rows] == ["0.30000000000000004", "", "-1e-300", "inf", ""]
    assert [float(row[2]) for row in rows] == [1 / 3] * 5
    assert [row[3] for row in rows] == ["1", "2", "3", "", "9007199254740993"]
    assert [column.empty for column in COLUMNS] == [0, 2, 0, 1]


def test_parquet_keeps_all_digits_and_units(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is an extra: metac-design[parquet]")
    write_table(tmp_path / "a.parquet", COLUMNS)
    found = parquet.read_table(tmp_path / "a.parquet")
    assert found.column_names == [column.name for column in COLUMNS]
    assert [field.metadata[b"unit"] for field in found.schema] == [b"", b"MPa", b"", b""]
    assert [str(field.type) for field in found.schema] == ["string", "double", "double", "int64"]
    assert found.column("design").to_pylist() == COLUMNS[0].cells
    assert found.column("E11").to_pylist() == [0.1 + 0.2, None, -1e-300, math.inf, None]
    assert found.column("count").to_pylist() == COLUMNS[3].cells


def test_without_pyarrow_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ParquetUnavailable):
        write_table(tmp_path / "a.parquet", COLUMNS)
    assert not list(tmp_path.iterdir())
