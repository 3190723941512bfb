"""Labelled designs as a table: a line of headings, then one sample a line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metac.runtime.regular_files import require_regular

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
        UnfitTable: where columns are missing or double, or a cell holds no number.
    """
    require_regular(path)
    with path.open(encoding="utf-8-sig") as file:
        lines = (line for line in file if line.strip() and not line.startswith("#"))
        heading = next(lines, "").rstrip("\r\n")
        separator = max(SEPARATORS, key=heading.count)
        columns = _columns(heading, separator)
        chosen = _chosen(columns, labels, "labels"), _chosen(columns, settings, "settings")
        features = [place for place in range(len(columns)) if place not in chosen[0] + chosen[1]]
        if not features:
            raise UnfitTable("source", "has no column for designs beside `labels` and `settings`")
        try:
            values = np.loadtxt(lines, delimiter=separator, ndmin=2)
        except (ValueError, UnicodeDecodeError) as error:
            raise UnfitTable("source", f"is no table of numbers below its headings: {error}") from None
    if values.shape[1:] != (len(columns),) and values.size:
        raise UnfitTable("source", f"has {len(columns)} headings over {values.shape[1]} columns")
    values = values.reshape(-1, len(columns))
    return {
        "designs": values[:, features],
        "labels": values[:, chosen[0]],
        "settings": values[:, chosen[1]],
        "label_names": np.array([columns[place][0] for place in chosen[0]]),
        "label_units": np.array([columns[place][1] for place in chosen[0]]),
        "setting_names": np.array([columns[place][0] for place in chosen[1]], dtype=str),
    }


def _columns(heading: str, separator: str) -> list[tuple[str, str]]:
    """Name and unit of each."""
    found = []
    for text in heading.split(separator):
        match = HEADING.match(text.strip().strip('"'))
        assert match is not None
        found.append((match[1], match[2] or ""))
    names = [name for name, _ in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None or not all(names):
        what = "a column without a heading" if twice is None else f"two columns `{twice}`"
        raise UnfitTable("source", f"has {what}")
    return found


def _chosen(columns: Sequence[tuple[str, str]], wanted: Sequence[str], field: str) -> list[int]:
    names = [name for name, _ in columns]
    for name in wanted:
        if name not in names:
            shown = ", ".join(f"`{each}`" for each in names[:12]) + (", …" if len(names) > 12 else "")
            raise UnfitTable(field, f"has no column `{name}`", f"columns: {shown}")
    return [names.index(name) for name in wanted]
