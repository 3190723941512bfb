"""What `report` asks for, as it is shown and written: values on every mesh, judged by nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

import numpy as np

from metac.runtime.report.table import FAILED, OPEN, quantity

HEADINGS = ("report", "value", "on a fresh mesh", "remark")
APPLIED = "applied strain or load factor"
"""What runs along a curve, where nothing says it."""


@dataclass(frozen=True)
class OnMesh:
    """The value on one mesh; internal units, None for what is not a number; a critical strain may be infinite."""

    value: Any
    """A number, or nested lists for a curve (its ordinate over the increments) and a tensor; None where there is none."""
    abscissa: Any = None
    """`[increment]` of a curve."""
    failure: str | None = None
    """Why there is no value, or not all of it."""
    unstable: Mapping[str, str] = field(default_factory=dict)
    """Loads that it reads whose paths end on an unstable branch, and what that means."""

    @property
    def known(self) -> bool:
        """Whether every number of it is there."""
        return self.failure is None and not _gaps(self.value)


@dataclass(frozen=True)
class Reported:
    """One report."""

    name: str
    unit: str
    own: OnMesh
    fresh: OnMesh | None = None
    """None where there is no fresh mesh."""
    second_order: OnMesh | None = None
    """None where second-order elements were not asked for."""
    over: str | None = None
    """What the abscissa of a curve is."""
    note: str | None = None
    """What speaks against its values."""

    @property
    def meshes(self) -> list[tuple[str, OnMesh]]:
        """The values on each mesh that there is, and which it is, as words that follow on."""
        meshes = (("", self.own), (" on a fresh mesh", self.fresh), (" with second-order elements", self.second_order))
        return [(where, each) for where, each in meshes if each is not None]

    @property
    def failures(self) -> list[str]:
        """Why values are missing, and on which mesh."""
        return [f"{each.failure or 'it is not a number'}{where}" for where, each in self.meshes if not each.known]


def rows(reports: Sequence[Reported]) -> list[tuple[str, ...]]:
    """One row a report, in the order of `HEADINGS`."""
    found = []
    for each in reports:
        fresh = OPEN if each.fresh is None else shown(each.fresh, each.unit)
        if each.second_order is not None:
            fresh += f"; second order: {shown(each.second_order, each.unit)}"
        found.append((each.name, shown(each.own, each.unit), fresh, each.note or OPEN))
    return found


def shown(found: OnMesh, unit: str) -> str:
    """A number, the ends of a curve's values, or where to look."""
    if found.value is None or (found.failure is not None and found.abscissa is None):
        return FAILED  # What an inaccurate solve leaves is a number as any other.
    if np.ndim(found.value) == 0:
        return quantity(found.value, unit)
    if found.abscissa is None:
        return "see result.json"
    values = [value for value in found.value if value is not None]
    if not values:
        return FAILED
    ends = f"{min(values):.4g} … {quantity(max(values), unit)}"
    return ends if found.known else f"{ends}, then failed"


def as_csv(report: Reported) -> str:
    """A curve as a table: abscissa and value on each mesh, with units in the head."""
    applied = report.over or APPLIED
    name = f"{report.name} [{report.unit}]" if report.unit else report.name
    columns: list[tuple[str, Sequence[Any]]] = []
    for where, each in report.meshes:
        if each.abscissa is not None:
            columns += [(f"{applied}{where}", each.abscissa), (f"{name}{where}", each.value)]
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(head for head, _ in columns)
    table.writerows(zip_longest(*(values for _, values in columns)))
    return text.getvalue()


def described(report: Reported) -> dict[str, Any]:
    """What `result.json` says."""
    entry: dict[str, Any] = {"unit": report.unit, **_described(report.own)}
    if report.over is not None:
        entry["over"] = report.over
    if report.fresh is not None:
        entry["fresh_mesh"] = _described(report.fresh)
    if report.second_order is not None:
        entry["second_order"] = _described(report.second_order)
    if report.note is not None:
        entry["note"] = report.note
    return entry


def _described(found: OnMesh) -> dict[str, Any]:
    named = {"abscissa": found.abscissa, "failure": found.failure}
    return {"value": found.value} | {key: value for key, value in named.items() if value is not None}


def read(name: str, entry: dict[str, Any]) -> Reported:
    """A report of `result.json`, as it was written."""

    def on(values: dict[str, Any] | None) -> OnMesh | None:
        return None if values is None else OnMesh(_numbers(values["value"]), values.get("abscissa"), values.get("failure"))

    own = on(entry)
    assert own is not None
    others = on(entry.get("fresh_mesh")), on(entry.get("second_order"))
    return Reported(name, entry["unit"], own, *others, entry.get("over"), entry.get("note"))


def _numbers(value: Any) -> Any:
    """JSON has no infinity: it is written as a text."""
    if isinstance(value, list):
        return [_numbers(item) for item in value]
    return float(value) if isinstance(value, str) else value


def _gaps(value: Any) -> bool:
    return any(map(_gaps, value)) if isinstance(value, list) else value is None
