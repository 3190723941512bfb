"""The third part of a run: figures, `result.json` and files, and the `Result` for Python programs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from metac.api.body_drawings import draw
from metac.api.report_page.page import write_page
from metac.api.result import Reached, Result
from metac.api.result_json import summarise
from metac.runtime.report.result_files import write_results
from metac.runtime.runs.atomic import save_arrays
from metac.runtime.runs.folder import THETA, RunFolder
from metac.runtime.runs.theta_file import theta_arrays

if TYPE_CHECKING:
    from metac.api.compilation import Compilation
    from metac.api.conditions import Conditions
    from metac.api.study import StudyResult
    from metac.api.verification import Verification


def report(
    design: Compilation, found: StudyResult, verification: Verification, folder: RunFolder | None, conditions: Conditions
) -> Result:
    """Draw the design, summarise the run, and write everything into the folder, if any.

    Raises:
        OSError: if something cannot be written.
    """
    drawings, body = draw(design.graph, verification.states, verification.own_contacts)
    drawings = [*found.sketches, *drawings]
    reached = Reached(found.program, found.theta, found.frozen, drawings, body)
    summary = summarise(design.name, found, verification, conditions.earlier_seconds + found.seconds)
    if folder is not None:
        save_arrays(folder.path / THETA, theta_arrays(found.theta, found.frozen))
        formats, reports = conditions.figures, verification.reports
        write_results(folder.path, summary, drawings, verification.verdicts, found.history, design.name, formats, reports)
        status = "failed" if verification.failure else "finished"
        folder.update(status=status, ended=time.strftime("%Y-%m-%dT%H:%M:%S%z"))
        write_page(folder.path)
    return Result(
        name=design.name,
        goals={verdict.name: verdict for verdict in verification.verdicts},
        reports={each.name: each for each in verification.reports},
        history=found.history,
        summary=summary,
        warnings=verification.warnings,
        failure=verification.failure,
        folder=folder.path if folder else None,
        design=design,
        conditions=conditions,
        _reach=lambda: reached,
    )
