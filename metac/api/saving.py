"""Results as run folders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from metac.api.report_page.page import write_page
from metac.api.run_folders import describe_run
from metac.runtime.report.result_files import write_results
from metac.runtime.runs import checkpoints
from metac.runtime.runs.atomic import save_arrays
from metac.runtime.runs.checkpoints import Checkpoint
from metac.runtime.runs.folder import THETA, RunFolder
from metac.runtime.runs.theta_file import theta_arrays

if TYPE_CHECKING:
    from metac.api.result import Result


def save(result: Result, path: Path, formats: Sequence[str] = ()) -> Path:
    """Write spec, plan, free parameters, last checkpoint, history, `result.json`, meshes and figures.

    Raises:
        FolderFailure: if the folder cannot be used.
    """
    folder = RunFolder.create(path)
    try:
        describe_run(result.design, folder, result.conditions)
        save_arrays(path / THETA, theta_arrays(result.theta, result._reached.frozen))  # pyright: ignore[reportPrivateUsage]
        checkpoint = _last_checkpoint(result)
        if checkpoint is not None:
            checkpoints.save(path, checkpoint)
        verdicts = tuple(result.goals.values())
        reports = tuple(result.reports.values())
        write_results(path, result.summary, result.drawings, verdicts, result.history, result.name, formats, reports)
        folder.update(status="failed" if result.failure else "finished")
        write_page(path)
    finally:
        folder.close()
    return path


def _last_checkpoint(result: Result) -> Checkpoint | None:
    if result.folder is not None:
        return checkpoints.latest(result.folder)[0]
    return result.conditions.recorder.checkpoint() if result.conditions.recorder is not None else None
