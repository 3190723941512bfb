"""Sweeps: a family of designs, one per value, or per combination of the values of several sweeps."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from metac.api.design import Design
from metac.runtime.report.table import MET, MISSED, quantity
from metac.runtime.report.verdicts import Verdict
from metac.runtime.report.writing import file_name
from metac.runtime.runs.atomic import write_json
from metac.runtime.runs.failures import FolderFailure

FAMILY = "family.json"


@dataclass(frozen=True)
class Member:
    """One design of a family; `label` is empty where there is just one."""

    label: str
    design: Design


def family(design: Design) -> list[Member]:
    """All members, the last sweep's values changing fastest; the design alone where it has no sweeps.

    Raises:
        DiagnosticError: where the spec is wrong.
    """
    sweeps = design.graph.sweeps
    if not sweeps:
        return [Member("", design)]
    members = []
    for values in product(*(sweep.values for sweep in sweeps)):
        pairs = [(sweep.name, value.span.text) for sweep, value in zip(sweeps, values, strict=True)]
        label = " ".join(f"{name}={' '.join(text.split())}" for name, text in pairs)
        chosen = {sweep.name: index_of(sweep.values, value) for sweep, value in zip(sweeps, values, strict=True)}
        members.append(Member(label, design.choose(chosen)))
    return members


def index_of(values: Sequence[Any], wanted: Any) -> int:
    """Where an expression stands among others, by identity: equal ones may be written at several places."""
    return next(index for index, value in enumerate(values) if value is wanted)


def folder_names(members: Sequence[Member]) -> list[str]:
    """One folder name a member: numbered, so that they are in order and never collide."""
    width = len(str(len(members)))
    return [f"{number:0{width}d}-{file_name(member.label)}"[:80] for number, member in enumerate(members, start=1)]


def write_family(folder: Path, names: Sequence[str], members: Sequence[Member]) -> None:
    """Note which folders belong together."""
    entries = [{"folder": name, "label": member.label} for name, member in zip(names, members, strict=True)]
    write_json(folder / FAMILY, {"members": entries})


def member_folders(folder: Path) -> list[tuple[str, Path]] | None:
    """Label and folder of each member of a family's folder; None where it is the folder of a single run.

    Raises:
        FolderFailure: if the list cannot be read.
    """
    path = folder / FAMILY
    if not path.is_file():
        return None
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["members"]
        return [(str(entry["label"]), folder / Path(str(entry["folder"])).name) for entry in entries]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FolderFailure(f"{path} cannot be read: {error}", remedy="resume its sub-folders one by one") from error


def overview(results: Sequence[tuple[str, Sequence[Verdict] | None]]) -> tuple[list[str], list[list[str]]]:
    """Headings and rows: what each member reached on each goal (on the fresh mesh where there is one), and its verdict."""
    goals = list(dict.fromkeys(verdict.name for _, found in results for verdict in found or ()))
    rows = []
    for label, found in results:
        known = {verdict.name: verdict for verdict in found or ()}
        cells = [_cell(known[goal]) if goal in known else "–" for goal in goals]
        verdict = "failed" if found is None else MET if all(item.final for item in found) else MISSED
        rows.append([label, *cells, verdict])
    return ["design", *goals, "verdict"], rows


def _cell(verdict: Verdict) -> str:
    confirmed = verdict.fresh_value is not None
    if verdict.single:
        return quantity(verdict.fresh_value if confirmed else verdict.value, verdict.unit)
    return f"off by {quantity(verdict.fresh_deviation if confirmed else verdict.deviation, verdict.unit)}"
