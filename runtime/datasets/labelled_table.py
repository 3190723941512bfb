"""Labelled designs as a table: CSV with a line of headings, or Parquet; one sample a row."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metac.runtime.regular_files import require_regular
from metac.runtime.tables import parquet

SEPARATORS = ",;\t"
HEADING = re.compile(r"^(.*?)\s*(?:\[([^\]]*)\])?$")
"""A name, and maybe a unit in brackets."""


class UnfitTable(Exception):
    """A table does not hold labelled designs; `field` says which field of the data set is to blame."""

    def __init__(self, field: str, message: str, remedy: str | None = None) -> None:
        super().__init__(message)
        self.field, self.message, self.remedy = field, message, remedy


def read_labelled_table(path: Path, labels: Sequence[str], settings: Sequence[str]) -> dict[str, NDArray[Any]]:
    """The arrays of an .npz file of designs: columns of `labels` and `settings` by name, all others are the designs.

    Raises:
        OSError: where the file cannot be read.
        ParquetUnavailable: where it is a Parquet file, and pyarrow is missing.
        UnfitTable: where columns are missing or double, or a cell holds no number.
    """
    require_regular(path)
    read = _read_parquet if path.suffix.lower() == parquet.ENDING else _read_csv
    return read(path, labels, settings)


def _read_csv(path: Path, labels: Sequence[str], settings: Sequence[str]) -> dict[str, NDArray[Any]]:
    with path.open(encoding="utf-8-sig") as file:
        lines = (line for line in file if line.strip() and not line.startswith("#"))
        heading = next(lines, "").rstrip("\r\n")
        separator = max(SEPARATORS, key=heading.count)
        # Names in quotes may hold a separator, as `stiffness(rve)[1, 1]` does.
        try:
            headings = next(csv.reader([heading], delimiter=separator, skipinitialspace=True)) or [""]
        except csv.Error as error:
            raise UnfitTable("source", f"has no line of headings: {error}") from None
        columns = _Columns([_name_and_unit(text) for text in headings], labels, settings)
        try:
            values = np.loadtxt(lines, delimiter=separator, ndmin=2)
        except (ValueError, UnicodeDecodeError) as error:
            raise UnfitTable("source", f"is no table of numbers below its headings: {error}") from None
    count = len(columns.found)
    if values.shape[1:] != (count,) and values.size:
        raise UnfitTable("source", f"has {count} headings over {values.shape[1]} columns")
    return columns.arrays(values.reshape(-1, count))


def _read_parquet(path: Path, labels: Sequence[str], settings: Sequence[str]) -> dict[str, NDArray[Any]]:
    pyarrow = parquet.require_pyarrow()
    try:
        with path.open("rb") as opened, pyarrow.parquet.ParquetFile(opened) as file:
            columns = _Columns([_of_field(field) for field in file.schema_arrow], labels, settings)
            table = file.read()
    except pyarrow.ArrowException as error:
        raise OSError(str(error)) from error
    return columns.arrays(
        np.column_stack([_numbers(column, field) for column, field in zip(table.columns, table.schema, strict=True)])
    )


def _of_field(field: Any) -> tuple[str, str]:
    """Name and unit; of a file of others the unit may stand in the name, as in a table of text."""
    unit = (field.metadata or {}).get(parquet.UNIT)
    return _name_and_unit(field.name) if unit is None else (field.name, unit.decode("utf-8", "replace"))


def _numbers(column: Any, field: Any) -> NDArray[np.float64]:
    types = parquet.require_pyarrow().types
    if not (types.is_integer(field.type) or types.is_floating(field.type) or types.is_boolean(field.type)):
        raise UnfitTable("source", f"is no table of numbers: the column `{field.name}` holds {field.type}")
    if column.null_count:
        raise UnfitTable(
            "source", f"is no table of numbers: {column.null_count} cells of the column `{field.name}` are empty"
        )
    return column.to_numpy().astype(float)


class _Columns:
    """Names and units of columns, and which of them are what. Raises `UnfitTable` where they do not fit."""

    def __init__(self, found: Sequence[tuple[str, str]], labels: Sequence[str], settings: Sequence[str]) -> None:
        _require_names(found)
        self.found = found
        self._labels, self._settings = _chosen(found, labels, "labels"), _chosen(found, settings, "settings")
        self._features = [place for place in range(len(found)) if place not in self._labels + self._settings]
        if not self._features:
            raise UnfitTable("source", "has no column for designs beside `labels` and `settings`")

    def arrays(self, values: NDArray[np.float64]) -> dict[str, NDArray[Any]]:
        """`[row, column]` -> what an .npz file of designs holds."""
        return {
            "designs": values[:, self._features],
            "labels": values[:, self._labels],
            "settings": values[:, self._settings],
            "label_names": np.array([self.found[place][0] for place in self._labels]),
            "label_units": np.array([self.found[place][1] for place in self._labels]),
            "setting_names": np.array([self.found[place][0] for place in self._settings], dtype=str),
        }


def _name_and_unit(text: str) -> tuple[str, str]:
    match = HEADING.match(text.strip())
    return (match[1], match[2] or "") if match is not None else (text, "")


def _require_names(found: Sequence[tuple[str, str]]) -> None:
    names = [name for name, _ in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None or not all(names):
        what = "a column without a heading" if twice is None else f"two columns `{twice}`"
        raise UnfitTable("source", f"has {what}")


def _chosen(columns: Sequence[tuple[str, str]], wanted: Sequence[str], field: str) -> list[int]:
    names = [name for name, _ in columns]
    for name in wanted:
        if name not in names:
            shown = ", ".join(f"`{each}`" for each in names[:12]) + (", …" if len(names) > 12 else "")
            raise UnfitTable(field, f"has no column `{name}`", f"columns: {shown}")
    return [names.index(name) for name in wanted]
