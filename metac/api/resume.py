"""Resuming a run that was interrupted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from metac.api.conditions import Conditions
from metac.api.design import Design
from metac.api.execution import pursue
from metac.api.result import Result
from metac.dsl.diagnostics.diagnostic import Diagnostic
from metac.dsl.source import Source
from metac.runtime.linear_solvers.backend import DEFAULT, asked_solver, using
from metac.runtime.runs.checkpoints import Checkpoint, latest
from metac.runtime.runs.environment import differences, versions
from metac.runtime.runs.failures import FolderFailure
from metac.runtime.runs.folder import HISTORY, PLAN, RESULT, SPEC, RunFolder
from metac.runtime.runs.history import read


class AlreadyFinished(Exception):
    """The run came to its end; `summary` is what its `result.json` holds."""

    def __init__(self, folder: Path, summary: dict[str, Any]) -> None:
        self.folder, self.summary = folder, summary
        super().__init__(f"{folder} is finished")


def stored_design(folder: RunFolder) -> Design:
    """The design that a run folder was made for.

    Raises:
        FolderFailure: if the folder does not hold it.
    """
    about = folder.about()
    try:
        overrides = {
            name: entry["text"] if "text" in entry else entry["value"] for name, entry in about["overrides"].items()
        }
        imports_from = Path(about["imports_from"])
        chosen = {str(name): int(index) for name, index in about.get("chosen", {}).items()}
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise FolderFailure(
            f"{folder.path / 'run.json'} lacks {error}", remedy="start the run again in another folder"
        ) from error
    source = Source(str(folder.path / SPEC), folder.read(SPEC))
    name = about.get("name")
    return Design(source, folder=imports_from, overrides=overrides, chosen=chosen, name=None if name is None else str(name))


def resume(folder: RunFolder, design: Design, conditions: Conditions) -> Result:
    """Resume the run of a design in its folder, from the last checkpoint.

    On the same machine with the same versions, the result is that of a run that was never interrupted.

    Raises:
        AlreadyFinished: if there is nothing left to do.
        FolderFailure: if the folder does not hold a run, or one that another meaning of the spec was made for.
        SolverUnavailable: if the solver that it was started with cannot be used, and no other one was asked for.
        DiagnosticError, RuntimeFailure, Interrupted: as `pursue`.
    """
    import json

    about = folder.about()
    if about.get("status") == "finished" and (folder.path / RESULT).exists():
        raise AlreadyFinished(folder.path, json.loads(folder.read(RESULT)))
    plan = design.plan()
    if plan.hash != about.get("plan_hash"):
        raise FolderFailure(
            f"the plan is not the one that {folder.path} was started with: an imported file or the library has changed",
            remedy=f"start a new run, or bring back what {folder.path / PLAN} was made from",
        )
    recorded = str(about.get("solver", DEFAULT))
    solver = asked_solver() or recorded
    with using(solver):
        changed = [f"the solver was {recorded}, now {solver}"] * (solver != recorded)
        return _resume(folder, design, conditions, about, solver, changed)


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
    conditions.checkpoint = checkpoint
    conditions.solver = solver
    conditions.earlier_seconds = _seconds_before(folder, checkpoint)
    for warning in conditions.warnings:
        conditions.progress.note(f"warning[{warning.code}]: {warning.message}")
    if checkpoint is not None:
        step = checkpoint.numbers["position"]["step"]
        conditions.progress.note(f"resuming after step {step} ({checkpoint.records} records in the history)")
    elif about.get("status") != "waiting":
        conditions.progress.note("there is no checkpoint: starting from the beginning")
    folder.update(status="running")
    return pursue(design, folder, conditions)


def _seconds_before(folder: RunFolder, checkpoint: Checkpoint | None) -> float:
    """How long the steps up to a checkpoint took, in all sessions together."""
    if checkpoint is None:
        return 0.0
    return sum(float(record["seconds"]) for record in read(folder.path / HISTORY)[: checkpoint.records])
