"""Going on with a run that was interrupted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from metac.api.design import Design
from metac.api.execution import Conditions, pursue
from metac.api.result import Result
from metac.dsl.diagnostics.diagnostic import Diagnostic
from metac.dsl.source import Source
from metac.runtime.linear_solvers.backend import DEFAULT, asked_solver, using
from metac.runtime.runs.checkpoints import latest
from metac.runtime.runs.environment import differences, versions
from metac.runtime.runs.failures import FolderFailure
from metac.runtime.runs.folder import PLAN, RESULT, SPEC, RunFolder


class AlreadyFinished(Exception):
    """The run came to its end; `summary` is what its `result.json` holds."""

    def __init__(self, folder: Path, summary: dict[str, Any]) -> None:
        self.folder, self.summary = folder, summary
        super().__init__(f"{folder} is finished")


def kept_design(folder: RunFolder) -> Design:
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
            f"{folder.path / 'run.json'} lacks {error}", remedy="start the run anew in another folder"
        ) from error
    return Design(
        Source(str(folder.path / SPEC), folder.read(SPEC)), folder=imports_from, overrides=overrides, chosen=chosen
    )


def resume(folder: RunFolder, design: Design, conditions: Conditions) -> Result:
    """Go on with a design in its folder, from the last checkpoint.

    On the same machine with the same versions, the result is that of a run that was never interrupted.

    Raises:
        AlreadyFinished: if there is nothing to go on with.
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
            remedy=f"start anew, or bring back what {folder.path / PLAN} was made from",
        )
    recorded = str(about.get("solver", DEFAULT))
    solver = asked_solver() or recorded
    with using(solver):
        return _go_on(folder, design, conditions, about, [f"the solver was {recorded}, now {solver}"] * (solver != recorded))


def _go_on(folder: RunFolder, design: Design, conditions: Conditions, about: dict[str, Any], changed: list[str]) -> Result:
    changed = [*changed, *differences(about.get("versions", {}), versions())]
    if changed:
        message = "other versions than at the start: the run goes on, but not bit for bit as if it had not been interrupted"
        conditions.warnings.append(Diagnostic("M0623", message, notes=tuple(changed), severity="warning"))
    checkpoint, damaged = latest(folder.path)
    conditions.warnings += [Diagnostic("M0622", message, severity="warning") for message in damaged]
    conditions.seed = int(about.get("seed", 0))
    conditions.restart = int(about.get("restart", 0))
    conditions.refinement = float(about.get("refinement", conditions.refinement))
    conditions.checkpoint = checkpoint
    for warning in conditions.warnings:
        conditions.progress.note(f"warning[{warning.code}]: {warning.message}")
    if checkpoint is not None:
        step = checkpoint.numbers["position"]["step"]
        conditions.progress.note(f"going on after step {step} ({checkpoint.records} records in the history)")
    elif about.get("status") != "waiting":
        conditions.progress.note("there is no checkpoint: starting from the beginning")
    folder.tell(status="running")
    return pursue(design, folder, conditions)
