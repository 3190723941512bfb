"""What a run folder says of its design and conditions, so that the run can be resumed, repeated or opened."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from metac.api.conditions import Conditions
from metac.runtime.linear_solvers.backend import chosen_solver
from metac.runtime.runs.environment import machine, versions
from metac.runtime.runs.folder import PLAN, SPEC, RunFolder

if TYPE_CHECKING:
    from metac.api.compilation import Compilation


def create_run_folder(design: Compilation, out: Path, conditions: Conditions) -> RunFolder:
    """Check the design and make its run folder: spec, plan, and all that is needed to resume or repeat the run.

    Raises:
        DiagnosticError: where the spec is wrong; no folder is made then.
        SolverUnavailable: if there is no such solver; no folder is made either.
        FolderFailure: if the folder cannot be used.
    """
    design.plan()
    conditions.solver = chosen_solver().name
    folder = RunFolder.create(out)
    try:
        describe_run(design, folder, conditions)
    except BaseException:
        folder.close()
        raise
    return folder


def describe_run(design: Compilation, folder: RunFolder, conditions: Conditions) -> None:
    """Write spec and plan into a run folder, and into `run.json` what is needed to make the design again."""
    from metac.dsl.formatter import format_module
    from metac.dsl.parser import parse

    plan = design.plan()
    folder.write(SPEC, format_module(parse(design.source).module))
    folder.write(PLAN, plan.canonical())
    folder.update(
        status="waiting",
        name=design.name,
        spec=str(Path(design.source.name).absolute()) if not design.source.name.startswith("<") else None,
        imports_from=str(design.folder.absolute()),
        overrides={
            name: {"text": value} if isinstance(value, str) else {"value": value} for name, value in design.overrides.items()
        },
        chosen=design.chosen,
        seed=conditions.seed,
        restart=conditions.restart,
        refinement=conditions.refinement,
        plan_hash=plan.hash,
        started=time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        solver=conditions.solver,
        versions=versions(),
        machine=machine(),
    )
