"""Running a design: study, verification, report; in a folder from which the run can be resumed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from metac.api.conditions import Conditions
from metac.api.reporting import report
from metac.api.run_folders import create_run_folder
from metac.api.study import run_studies
from metac.api.study_sequence import require_order
from metac.api.verification import verify
from metac.runtime.artefacts.watch import Watch, watched
from metac.runtime.errors import as_failure
from metac.runtime.linear_solvers.backend import chosen_solver
from metac.runtime.runs.folder import RunFolder
from metac.runtime.runs.progress import NoProgress, Progress
from metac.runtime.runs.recorder import Recorder

if TYPE_CHECKING:
    from metac.api.compilation import Compilation
    from metac.api.result import Result


def execute(
    design: Compilation,
    *,
    seed: int = 0,
    out: Path | None = None,
    progress: Progress | None = None,
    refinement: float = 2.0,
    figures: tuple[str, ...] = (),
) -> Result:
    """Run a design from the start; see `Design.run`."""
    conditions = Conditions(seed=seed, refinement=refinement, figures=figures, progress=progress or NoProgress())
    if out is None:
        conditions.solver = chosen_solver().name
        return pursue(design, None, conditions)
    folder = create_run_folder(design, out, conditions)
    try:
        return pursue(design, folder, conditions)
    finally:
        folder.close()


def pursue(design: Compilation, folder: RunFolder | None, conditions: Conditions) -> Result:
    """Run the studies, verify its result on a fresh mesh, and report; everything is written into the folder, if any.

    Raises:
        DiagnosticError: where the library cannot build what the spec asks for.
        RuntimeFailure: if not even a start could be simulated.
        Interrupted: where the user wants to stop; a checkpoint is written.
    """
    require_order(design.graph)
    progress = conditions.progress
    progress.phase("building mesh and program")
    with watched(Watch(progress.phase, progress.note, conditions.stop_requested)):
        program = design.program()
    conditions.recorder = _recorder(folder, conditions)
    with program.linked.errors.anywhere(lambda problem: as_failure(problem) is not None):
        found = run_studies(design, program, conditions.recorder, conditions)
        verification = verify(design, found, conditions)
        progress.phase("writing results")
        result = report(design, found, verification, folder, conditions)
    progress.end()
    return result


def _recorder(folder: RunFolder | None, conditions: Conditions) -> Recorder:
    steps = {"every_steps": conditions.checkpoint_steps} if conditions.checkpoint_steps else {}
    return Recorder(
        folder.path if folder else None,
        progress=conditions.progress,
        resumed=conditions.checkpoint,
        stop_requested=conditions.stop_requested,
        **steps,
    )
