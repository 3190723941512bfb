"""Tables as CSV (RFC 4180): cells that hold commas or quotation marks, as names of goals may, are quoted."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence


def table_bytes(rows: Iterable[Sequence[str]]) -> bytes:
    """The content of a file, a line each row."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def table_rows(text: str) -> list[list[str]]:
    """The rows of such a file."""
    return list(csv.reader(io.StringIO(text)))
