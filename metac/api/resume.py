"""Resuming a run that was interrupted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metac.api.conditions import Conditions
from metac.api.design import Design
from metac.api.execution import pursue
from metac.api.result import Result
from metac.api.run_folders import stored_overrides
from metac.compiler.interfaces.study import Amendable
from metac.dsl.diagnostics.diagnostic import Diagnostic
from metac.runtime.linear_solvers.backend import DEFAULT, asked_solver, using
from metac.runtime.runs.checkpoints import Checkpoint, latest
from metac.runtime.runs.environment import differences, versions
from metac.runtime.runs.failures import FolderFailure
from metac.runtime.runs.folder import HISTORY, PLAN, RESULT, RunFolder
from metac.runtime.runs.history import STUDY, read

if TYPE_CHECKING:
    from metac.compiler.graph import Node


class AlreadyFinished(Exception):
    """The run came to its end; `summary` is what its `result.json` holds."""

    def __init__(self, folder: Path, summary: dict[str, Any]) -> None:
        self.folder, self.summary = folder, summary
        super().__init__(f"{folder} is finished")


def resume(folder: RunFolder, design: Design, conditions: Conditions, changes: Mapping[str, Any] | None = None) -> Result:
    """Resume the run of a design in its folder, from the last checkpoint.

    On the same machine with the same versions, the result is that of a run that was never interrupted. `changes` are values
    of fields of the study that may change within a run, such as `fit.steps`; a finished run then continues.

    Raises:
        AlreadyFinished: if there is nothing left to do.
        FolderFailure: if the folder does not hold a run, or one that another meaning of the spec was made for.
        SolverUnavailable: if the solver that it was started with cannot be used, and no other one was asked for.
        DiagnosticError, RuntimeFailure, Interrupted: as `pursue`.
    """
    about = folder.about()
    _require_plan_of(folder, design)
    if changes:
        design = extended(folder, design, changes)
    plan = design.plan()
    if about.get("status") == "finished" and (folder.path / RESULT).exists():
        summary = json.loads(folder.read(RESULT))
        if plan.hash == about.get("plan_hash"):
            raise AlreadyFinished(folder.path, summary)
    if changes:
        folder.write(PLAN, plan.canonical())
        folder.update(overrides=stored_overrides(design), plan_hash=plan.hash)
    recorded = str(about.get("solver", DEFAULT))
    solver = asked_solver() or recorded
    with using(solver):
        changed = [f"the solver was {recorded}, now {solver}"] * (solver != recorded)
        return _resume(folder, design, conditions, about, solver, changed)


def _require_plan_of(folder: RunFolder, design: Design) -> None:
    """FolderFailure where the design is not the one that the run was started with."""
    if design.plan().hash != folder.about().get("plan_hash"):
        raise FolderFailure(
            f"the plan is not the one that {folder.path} was started with: a file that it reads or imports, or the library, "
            "has changed",
            remedy=f"start a new run, or bring back what {folder.path / PLAN} was made from",
        )


def extended(folder: RunFolder, design: Design, changes: Mapping[str, Any]) -> Design:
    """The design with other values of the study's fields that may change within a run.

    Raises:
        DiagnosticError: where the spec is wrong with these values.
        FolderFailure: if anything else than those fields changes: what was reached so far is no part of such a run.
    """
    other = design.set(changes)
    may_change = {name: _fields_that_may_change(other.graph.nodes[name]) for name in _unfinished(folder, other)}
    if _without(folder.read(PLAN), may_change) != _without(other.plan().canonical(), may_change):
        names = ", ".join(f"`{study}.{name}`" for study, fields in may_change.items() for name in fields) or "nothing"
        raise FolderFailure(
            f"{', '.join(changes)}: this changes what the run in {folder.path} is about; "
            f"within a run, only these may change: {names}",
            remedy=f"start another run from its result: metac run SPEC --set NAME=VALUE --start {folder.path}",
        )
    return other


def _unfinished(folder: RunFolder, design: Design) -> Sequence[str]:
    """The study that the last checkpoint stands in, and those behind it: what came before can no longer change."""
    studies, (checkpoint, _) = design.graph.studies, latest(folder.path)
    name = None if checkpoint is None else checkpoint.numbers.get(STUDY)
    return studies[studies.index(name) if name in studies else 0 :]


def _fields_that_may_change(study: Node) -> tuple[str, ...]:
    from metac.compiler.library.class_loading import load_class

    target = load_class(study.definition)
    return tuple(target.may_change) if isinstance(target, Amendable) else ()


def _without(plan: str, left_out: Mapping[str, Sequence[str]]) -> Any:
    """A canonical plan without some fields of its studies, given by the study's name."""
    form = json.loads(plan)
    for name, fields in left_out.items():
        node = form["nodes"].get(name, {"fields": {}})
        node["fields"] = {key: value for key, value in node["fields"].items() if key not in fields}
    return form


def _resume(
    folder: RunFolder, design: Design, conditions: Conditions, about: dict[str, Any], solver: str, changed: list[str]
) -> Result:
    changed = [*changed, *differences(about.get("versions", {}), versions())]
    if changed:
        message = "other versions than at the start: the run continues, but not bit for bit as without an interruption"
        conditions.warnings.append(Diagnostic("M0623", message, notes=tuple(changed), severity="warning"))
    checkpoint, damaged = latest(folder.path)
    conditions.warnings += [Diagnostic("M0622", message, severity="warning") for message in damaged]
    conditions.seed = int(about.get("seed", 0))
    conditions.restart = int(about.get("restart", 0))
    conditions.refinement = float(about.get("refinement", conditions.refinement))
    conditions.figures = tuple(about.get("figures", ()))
    conditions.checkpoint = checkpoint
    conditions.solver = solver
    conditions.earlier_seconds = _seconds_before(folder, checkpoint)
    for warning in conditions.warnings:
        conditions.progress.note(f"warning[{warning.code}]: {warning.message}")
    if checkpoint is not None:
        record = read(folder.path / HISTORY)[checkpoint.records - 1]
        of = f" of `{record[STUDY]}`" if STUDY in record else ""
        conditions.progress.note(f"resuming after step {record['step']}{of} ({checkpoint.records} records in the history)")
    elif about.get("status") != "waiting":
        conditions.progress.note("there is no checkpoint: starting from the beginning")
    folder.update(status="running")
    return pursue(design, folder, conditions)


def _seconds_before(folder: RunFolder, checkpoint: Checkpoint | None) -> float:
    """How long the steps up to a checkpoint took, in all sessions together."""
    if checkpoint is None:
        return 0.0
    return sum(float(record["seconds"]) for record in read(folder.path / HISTORY)[: checkpoint.records])
