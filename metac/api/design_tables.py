"""Tables of designs: the members of a sweep with what each reached, and the labelled designs of a data set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metac.api.family import Family, read_family, status_of, verdict_of
from metac.api.run_content import RunContent, not_ours, plan_parameters, read_run
from metac.api.run_folders import stored_design
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.types.types import NumberType
from metac.compiler.types.units import internal_unit
from metac.runtime.runs.failures import FolderFailure
from metac.runtime.runs.folder import RESULT, RunFolder
from metac.runtime.tables.table_files import Cell, Column

ARCHIVE = ".npz"


@dataclass(frozen=True)
class DesignTable:
    """One row a design."""

    columns: Sequence[Column]
    left_out: Sequence[str] = ()
    """Names of what has more than a number a design: tensors and curves that are reported."""


def design_table(source: Path) -> DesignTable:
    """The table of a sweep's folder, or of an .npz file of labelled designs; numbers in internal units.

    Raises:
        FolderFailure: M0620, if it is neither.
        DiagnosticError: if the spec of a sweep is wrong by now, as where a definition of its own is gone.
    """
    if source.suffix.lower() == ARCHIVE and not source.is_dir():
        return _labelled(source)
    family = read_family(source)
    if family is None:
        raise FolderFailure(
            f"{source} is neither the folder of a sweep nor a file of labelled designs",
            remedy="name the folder that `metac sweep` printed, or an .npz file in the folder of a run of `sample`",
        )
    return members_table(family, [read_run(place.folder) for place in family.members])


def members_table(family: Family, runs: Sequence[RunContent]) -> DesignTable:
    """What varies, what was found, goals, reports, the loss and the verdict of a sweep's members, whose folders were read.

    Raises as `design_table`.
    """
    labels = [place.label for place in family.members]
    ends = [_end(run) for run in runs]
    found = [each.values for each in ends]
    names = list(dict.fromkeys(name for each in found for name in each))
    many = [name for name in names if any(isinstance(each[name][1], list) for each in found if name in each)]
    columns = [Column("design", "", labels), *_given(runs)]
    for name in (name for name in names if name not in many):
        unit = next(each[name][0] for each in found if name in each)
        columns.append(Column(name, unit, [each[name][1] if name in each else None for each in found]))
    columns.append(Column("loss", "", [each.loss for each in ends]))
    columns.append(Column("verdict", "", [each.verdict for each in ends]))
    return DesignTable(_told_apart(columns), many)


@dataclass(frozen=True)
class _End:
    """How a member ended, or how it stands; `values` by name with their unit."""

    values: Mapping[str, tuple[str, Any]]
    loss: float | None
    verdict: str


def _end(run: RunContent) -> _End:
    if not run.summary:
        return _End({}, None, status_of(run.about))
    try:
        loss = run.summary["loss"]
        return _End(dict(_values(run)), None if loss is None else float(loss), verdict_of(run.summary))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise not_ours(run.path / RESULT, f"{type(error).__name__}: {error}") from error


def _values(run: RunContent) -> Iterator[tuple[str, tuple[str, Any]]]:
    """By name unit and value of what was found and reached; of a target of many numbers the deviation."""
    for name, entry in (run.summary.get("varied") or {}).items():
        yield f"{name} found", (entry["unit"], entry["value"])
    for each in run.verdicts:
        # Of a curve that failed the value is missing, its target is there.
        many = isinstance(each.value, list) or isinstance(each.target, list)
        name = f"{each.name} deviation" if many else each.name
        yield name, (each.unit, each.deviation if many else each.value)
        if each.checked:
            yield f"{name} on a fresh mesh", (each.unit, each.fresh_deviation if many else each.fresh_value)
    for each in run.reports:
        for where, on_mesh in each.meshes:
            failed = on_mesh.failure is not None and not isinstance(on_mesh.value, list)
            yield f"{each.name}{where}", (each.unit, None if failed else on_mesh.value)


def _given(runs: Sequence[RunContent]) -> list[Column]:
    """The numbers of parameters and sweeps that differ; objects are in the name of the design."""
    given = [plan_parameters(run.path) for run in runs]
    columns = []
    for name in dict.fromkeys(name for each in given for name in each):
        cells: list[Cell] = [each.get(name) for each in given]
        numbers = all(cell is None or (isinstance(cell, int | float) and not isinstance(cell, bool)) for cell in cells)
        if numbers and len(set(cells)) > 1:
            # Whole numbers of a length are lengths all the same: one kind of number a column.
            whole = all(isinstance(cell, int) for cell in cells)
            columns.append((name, cells if whole else [None if cell is None else float(cell) for cell in cells]))
    units = _units(runs[0]) if columns else {}
    return [Column(name, units.get(name, ""), cells) for name, cells in columns]


def _units(run: RunContent) -> dict[str, str]:
    """Of the spec's parameters and sweeps; they are the same in all members."""
    graph = stored_design(RunFolder.existing(run.path)).graph
    named = [
        *((name, each.type) for name, each in graph.parameters.items()),
        *((each.name, each.type) for each in graph.sweeps),
    ]
    return {name: internal_unit(kind.dimension) for name, kind in named if isinstance(kind, NumberType)}


def _told_apart(columns: Sequence[Column]) -> list[Column]:
    """With a number behind a name that is there already, as of a parameter that is called `loss`."""
    found: dict[str, Column] = {}
    for column in columns:
        name, number = column.name, 1
        while name in found:
            number += 1
            name = f"{column.name} ({number})"
        found[name] = Column(name, column.unit, column.cells)
    return list(found.values())


def _labelled(source: Path) -> DesignTable:
    """Features, settings, labels: what `designs` reads, from a table too."""
    from metac.stdlib.datasets.designs import Designs

    try:
        data = Designs(source=str(source.absolute()), labels=(), settings=(), limit=None)
        samples = data.samples()
    except FieldError as error:
        raise FolderFailure(error.message, remedy=error.help or "name an .npz file of labelled designs") from error
    columns = [Column(f"feature {n}", "", samples.designs[:, n - 1].tolist()) for n in range(1, data.features + 1)]
    columns += [Column(name, "", samples.settings[:, n].tolist()) for n, name in enumerate(data.setting_names)]
    named = zip(data.label_names, data.label_units, strict=True)
    columns += [Column(name, unit, samples.labels[:, n].tolist()) for n, (name, unit) in enumerate(named)]
    return DesignTable(_told_apart(columns))
