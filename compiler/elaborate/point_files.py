"""Columns of numbers from text files (CSV): comma, semicolon or tab between them, a decimal point in them."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from metac.compiler.diagnostics_sink import listing
from metac.dsl.diagnostics.suggest import suggest, suggest_file

LARGEST = 64 * 2**20
"""Bytes of a file."""
MOST_ROWS = 100_000
SEPARATORS = (";", "\t", ",")
"""The first that stands in the first row counts."""


class BadTable(Exception):
    """A file that is no table of numbers, and what to do about it."""

    def __init__(self, message: str, note: str | None = None, help: str | None = None) -> None:
        self.message, self.note, self.help = message, note, help
        super().__init__(message)


@dataclass(frozen=True)
class PointFile:
    """The cells of a file under the names of its columns; a file without a row of names numbers them from 1."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    """Each with the number of its line."""

    @classmethod
    def read(cls, path: Path) -> PointFile:
        """Read a file. Raises BadTable where it is none, or no table."""
        lines = [
            (number, line)
            for number, line in enumerate(_text(path).splitlines(), start=1)
            if line.strip() and not line.lstrip().startswith("#")
        ]
        if len(lines) > MOST_ROWS:
            raise BadTable(f"`{path.name}` has more than {MOST_ROWS:,} rows", help="keep every tenth of them")
        if not lines:
            raise BadTable(f"`{path.name}` holds no rows")
        separator = next((each for each in SEPARATORS if each in lines[0][1]), ",")
        cells = csv.reader((line for _, line in lines), delimiter=separator, skipinitialspace=True)
        try:
            rows = [(number, tuple(map(str.strip, row))) for (number, _), row in zip(lines, cells, strict=True)]
        except (csv.Error, ValueError) as problem:
            raise BadTable(f"`{path.name}` is no table: {problem}", help="leave out quotation marks") from None
        _, first = rows[0]
        named = not all(_is_number(cell) for cell in first)
        columns = first if named else tuple(str(place) for place in range(1, len(first) + 1))
        return cls(path.name, columns, tuple(rows[1:] if named else rows))._of_equal_length()

    def _of_equal_length(self) -> PointFile:
        for number, row in self.rows:
            if len(row) != len(self.columns):
                help = "numbers have a decimal point, and columns one separator between them"
                message = f"line {number} of `{self.name}` has {len(row)} cells, the first one {len(self.columns)}"
                raise BadTable(message, help=help)
        return self

    def place(self, column: str | int | None, default: int) -> int:
        """The place of a column that is named or counted from 1; of none the `default` if there are but two."""
        if column is None and len(self.columns) == 2:
            return default
        if isinstance(column, int) and 1 <= column <= len(self.columns):
            return column - 1
        if column in self.columns:
            return self.columns.index(str(column))
        note = f"its columns are {listing(self.columns)}"
        if column is None:
            word = "xy"[default]
            raise BadTable(f"`{self.name}` has {len(self.columns)} columns", note, f'say which is meant: `{word} = "…"`')
        meant = suggest(str(column), self.columns)
        help = f'did you mean `"{meant}"`?' if meant else None
        raise BadTable(f"`{self.name}` has no column `{column}`", note, help)

    def numbers(self, place: int) -> tuple[float, ...]:
        """A column as numbers. Raises BadTable at a cell that is none, or not finite."""
        return tuple(self._number(number, row[place], place) for number, row in self.rows)

    def _number(self, line: int, cell: str, place: int) -> float:
        where = f"line {line} of `{self.name}`, column `{self.columns[place]}`"
        try:
            value = float(cell)
        except ValueError:
            comma = _is_number(cell.replace(",", ".", 1))
            help = "write numbers with a decimal point" if comma else "leave out rows without a measured value"
            raise BadTable(f"{where}: `{cell[:40]}` is not a number", help=help) from None
        if not math.isfinite(value):
            raise BadTable(f"{where}: `{cell}` is not a finite number", help="leave out rows without a measured value")
        return value


def _text(path: Path) -> str:
    if path.exists() and not path.is_file():
        sort = "a folder" if path.is_dir() else "a device or pipe"
        raise BadTable(f"`{path}` is {sort}, not a file")
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise BadTable(f"there is no file `{path}`", help=_meant(path)) from None
    except (OSError, ValueError) as problem:
        raise BadTable(f"`{path}` cannot be read: {getattr(problem, 'strerror', None) or problem}") from None
    if len(data) > LARGEST:
        raise BadTable(f"`{path.name}` is larger than {LARGEST // 2**20} MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadTable(f"`{path.name}` is not UTF-8 text", help="save it as CSV in UTF-8") from None


def _meant(path: Path) -> str | None:
    try:
        names: Sequence[str] = [entry.name for entry in path.parent.iterdir() if entry.is_file()]
    except OSError:
        return None
    meant = suggest_file(path.name, names)
    return f"did you mean `{path.with_name(meant)}`?" if meant else None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
