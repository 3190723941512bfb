"""Tables of numbers and texts as CSV or Parquet: one heading a column, with its unit, one row a design."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from metac.runtime.runs.atomic import replacing
from metac.runtime.tables import parquet

ENDINGS = (".csv", parquet.ENDING)
Cell: TypeAlias = "str | int | float | None"


@dataclass(frozen=True)
class Column:
    """A column; `unit` is empty for a bare number and a text."""

    name: str
    unit: str
    cells: Sequence[Cell]
    """`[row]`: all texts, or all numbers, where None or NaN stands for a value that is not known."""

    @property
    def heading(self) -> str:
        """`E11 [MPa]`; a name that ends in a bracket itself gets an empty unit, so that its own is not read as one."""
        return f"{self.name} [{self.unit}]" if self.unit or self.name.endswith("]") else self.name

    @property
    def empty(self) -> int:
        """How many cells hold no value."""
        return sum(_known(cell) is None for cell in self.cells)


def write_table(path: Path, columns: Sequence[Column]) -> None:
    """Write a table, CSV or Parquet by the ending, whole or not at all; what is not known is an empty cell.

    Numbers keep all their digits: read again they are the same.

    Raises:
        ParquetUnavailable: where pyarrow is missing.
        OSError: where the file cannot be written.
    """
    write = _write_parquet if path.suffix.lower() == parquet.ENDING else _write_csv
    if write is _write_parquet:
        parquet.require_pyarrow()
    with replacing(path) as temporary:
        write(temporary, columns)


def _write_csv(path: Path, columns: Sequence[Column]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([column.heading for column in columns])
        # `csv` writes a float by `repr`, which is the shortest text that is read as the same number, and None as nothing.
        writer.writerows(zip(*(map(_known, column.cells) for column in columns), strict=True))


def _write_parquet(path: Path, columns: Sequence[Column]) -> None:
    pyarrow = parquet.require_pyarrow()
    fields, arrays = [], []
    for column in columns:
        cells = [_known(cell) for cell in column.cells]
        kinds = {type(cell) for cell in cells if cell is not None}
        kind = pyarrow.string() if kinds == {str} else pyarrow.int64() if kinds == {int} else pyarrow.float64()
        fields.append(pyarrow.field(column.name, kind, metadata={parquet.UNIT: column.unit.encode()}))
        arrays.append(pyarrow.array(cells, kind))
    pyarrow.parquet.write_table(pyarrow.Table.from_arrays(arrays, schema=pyarrow.schema(fields)), path)


def _known(cell: Cell) -> Cell:
    return None if isinstance(cell, float) and math.isnan(cell) else cell
