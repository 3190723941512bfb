"""Families of designs: the values of sweeps, of values set from outside, and restarts that run side by side."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

from metac.api.design import Design
from metac.api.swept_values import in_step, value_texts
from metac.compiler.interfaces.study import Restartable
from metac.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from metac.runtime.report.result_files import file_name
from metac.runtime.report.table import MET, MISSED, quantity
from metac.runtime.runs.atomic import write_json
from metac.runtime.runs.failures import FolderFailure

FAMILY = "family.json"
RESULTS = "results.json"
Over = Mapping[str, Sequence[str]]
"""By name of a parameter, object or field: the expressions that it takes in turn."""
MISMATCHES = {"M0301", "M0302", "M0403"}
"""Codes of fields that another definition does not have, or wants otherwise."""


@dataclass(frozen=True)
class Member:
    """One design of a family; `label` is empty where there is just one."""

    label: str
    design: Design
    restart: int = 0
    """Which random parameters its study starts from; more than 0 in a family of restarts only."""


@dataclass(frozen=True)
class MemberFolder:
    """A member on disk."""

    label: str
    folder: Path


@dataclass(frozen=True)
class Family:
    """The members in a folder; of `restarts` only the best counts, and one whose stop rule holds ends the others."""

    folder: Path
    members: tuple[MemberFolder, ...]
    restarts: bool = False


def family(design: Design, over: Over | None = None) -> list[Member]:
    """All members: each combination of the values in `over` and of the spec's sweeps, the last one changing fastest.

    The design alone, without a label, where there is nothing to choose.

    Raises:
        DiagnosticError: with the errors of all members, where the spec is wrong with some of the values.
    """
    over = over or {}
    members: list[Member] = []
    errors: dict[Diagnostic, list[Mapping[str, str]]] = {}
    for texts in product(*over.values()):
        values = dict(zip(over, texts, strict=True))
        try:
            members += _swept(design.set(values) if values else design, values)
        except DiagnosticError as error:
            for found in error.diagnostics:
                if found.severity == "error":
                    errors.setdefault(found, []).append(values)
    if errors:
        count = math.prod(len(texts) for texts in over.values())
        raise DiagnosticError(
            tuple(_with_values(found, where if len(where) < count else []) for found, where in errors.items())
        )
    return members


def _swept(design: Design, values: Mapping[str, str]) -> list[Member]:
    """The members of the spec's own sweeps, at certain values from outside."""
    # A sweep that was given one value from outside is in the label already.
    groups = in_step([sweep for sweep in design.graph.sweeps if sweep.name not in values])
    texts = {sweep.name: value_texts(sweep) for group in groups for sweep in group}
    members = []
    for chosen in product(*(range(len(group[0].values)) for group in groups)):
        places = {sweep.name: place for group, place in zip(groups, chosen, strict=True) for sweep in group}
        pairs = [*values.items(), *((name, texts[name][place]) for name, place in places.items())]
        label = " ".join(f"{name}={' '.join(text.split())}" for name, text in pairs)
        members.append(Member(label, design.choose(places) if places else design))
    return members


def _with_values(found: Diagnostic, where: Sequence[Mapping[str, str]]) -> Diagnostic:
    """An error with the values that it came with; and, where just a name was swapped, how to swap fields with it."""
    if not where:
        return found
    # What all members with this error share is what it is about; the values of one of them where they share none.
    common = {name: text for name, text in where[0].items() if all(values[name] == text for values in where)} or where[0]
    notes = (*found.notes, "with " + ", ".join(f"{name}={text}" for name, text in common.items()))
    swapped = next((name for name, text in common.items() if "." not in name and text.isidentifier()), None)
    if swapped is not None and found.code in MISMATCHES:
        notes += (
            f"a name alone keeps the fields that the spec gives `{swapped}`; with fields of its own: "
            f'--over "{swapped}={common[swapped]} {{ … }}"',
        )
    return replace(found, notes=notes)


def restarts_of(design: Design) -> list[Member]:
    """A study's restarts as designs with one descent each; the design alone where it has none, or just one.

    Also where there are several studies: the next one starts from the best of all restarts.

    Raises:
        DiagnosticError: where the spec is wrong.
    """
    from metac.compiler.constant_values import evaluate
    from metac.compiler.library.class_loading import load_class

    graph = design.graph
    for name in graph.studies if len(graph.studies) == 1 else ():
        node = graph.nodes[name]
        target = load_class(node.definition)
        if not isinstance(target, Restartable):
            continue
        number = evaluate(node.fields[target.restarts_field], design.plan().parameters)
        assert isinstance(number, int)
        if number > 1:
            single = design.set({f"{name}.{target.restarts_field}": 1})
            return [Member(f"restart {n + 1}", single, n) for n in range(number)]
    return [Member("", design)]


def folder_names(members: Sequence[Member]) -> list[str]:
    """One folder name a member: numbered, so that they are in order and never collide."""
    width = len(str(len(members)))
    return [f"{number:0{width}d}-{file_name(member.label)}"[:80] for number, member in enumerate(members, start=1)]


def write_family(folder: Path, names: Sequence[str], members: Sequence[Member], *, restarts: bool = False) -> Family:
    """Note which folders belong together."""
    entries = [{"folder": name, "label": member.label} for name, member in zip(names, members, strict=True)]
    write_json(folder / FAMILY, {"restarts": restarts, "members": entries})
    places = (MemberFolder(member.label, folder / name) for name, member in zip(names, members, strict=True))
    return Family(folder, tuple(places), restarts)


def read_family(folder: Path) -> Family | None:
    """The family that a folder holds; None where it is the folder of a single run.

    Raises:
        FolderFailure: if the list cannot be read.
    """
    path = folder / FAMILY
    if not path.is_file():
        return None
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        places = (MemberFolder(str(entry["label"]), folder / Path(str(entry["folder"])).name) for entry in known["members"])
        return Family(folder, tuple(places), bool(known.get("restarts", False)))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FolderFailure(f"{path} cannot be read: {error}", remedy="resume its sub-folders one by one") from error


def overview(results: Sequence[tuple[str, Mapping[str, Any] | None, str]]) -> tuple[list[str], list[list[str]]]:
    """Headings and rows: what each member reached on each goal (on the fresh mesh where there is one), and its verdict.

    Args:
        results: by member its label, what its `result.json` holds, and what to say where there is none.
    """
    goals = list(dict.fromkeys(name for _, summary, _ in results if summary for name in summary["goals"]))
    rows = []
    for label, summary, otherwise in results:
        known = summary["goals"] if summary else {}
        cells = [_cell(known[goal]) if goal in known else "–" for goal in goals]
        rows.append([label, *cells, otherwise if summary is None else verdict_of(summary)])
    return ["design", *goals, "verdict"], rows


def verdict_of(summary: Mapping[str, Any]) -> str:
    """One word for a `result.json`."""
    return "failed" if summary.get("failure") else MET if summary["met"] else MISSED


def status_of(about: Mapping[str, Any]) -> str:
    """How a member stands that has no result: what its `run.json` says, in the words of a table."""
    status = str(about.get("status", "failed"))
    return {"waiting": "not started", "finished": "failed"}.get(status, status)


def _cell(goal: Mapping[str, Any]) -> str:
    fresh = goal.get("fresh_mesh") or {}
    counts = fresh if fresh.get("value") is not None else goal
    if isinstance(goal["value"], list):
        return f"off by {quantity(counts.get('deviation'), goal['unit'])}"
    return quantity(counts["value"], goal["unit"])


def best_of(results: Sequence[Mapping[str, Any] | None]) -> int | None:
    """Which result of several restarts counts: one that meets the goals before others, then the lowest loss."""
    known = [(not result["met"], result["loss"], number) for number, result in enumerate(results) if result is not None]
    return min(known)[-1] if known else None
