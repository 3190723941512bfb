"""Parquet through pyarrow: an extra (`metac-design[parquet]`), so nothing imports it before such a file is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

ENDING = ".parquet"
INSTALL = 'install it by: pip install "metac-design[parquet]"'
UNIT = b"unit"
"""Key of a column's unit in its metadata."""


class ParquetUnavailable(Exception):
    """pyarrow is not installed."""


def require_pyarrow() -> Any:
    """The module `pyarrow`, with `pyarrow.parquet`. Raises `ParquetUnavailable` where it cannot be imported."""
    try:
        pyarrow = import_module("pyarrow")
        import_module("pyarrow.parquet")
    except ImportError as error:
        raise ParquetUnavailable("Parquet needs pyarrow, which is not installed") from error
    return pyarrow
