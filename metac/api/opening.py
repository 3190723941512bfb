"""Finished runs, opened from their folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from metac.api.conditions import Conditions
from metac.api.design import Design
from metac.api.result import Reached, Result
from metac.api.result_json import described_diagnostic
from metac.api.run_content import not_ours, read_run
from metac.api.run_folders import stored_design
from metac.runtime.runs.failures import FolderFailure
from metac.runtime.runs.folder import RESULT, RunFolder
from metac.runtime.runs.theta_file import read_theta


def open(path: str | Path) -> Result:
    """The result of a run, from its folder: `metac.open("runs/a").goals`.

    Numbers come from the folder. Mesh, program and drawings are made again when they are first asked for.

    Raises:
        FolderFailure: if it is not the folder of a run, or of one that has not come to its end.
    """
    run = read_run(Path(path))
    if not run.summary:
        raise FolderFailure(
            f"{run.path} has no {RESULT}: the run has not come to its end",
            remedy=f"finish it: metac resume {run.path}",
        )
    design = stored_design(RunFolder.existing(run.path))
    conditions = Conditions(
        seed=int(run.about.get("seed", 0)),
        restart=int(run.about.get("restart", 0)),
        refinement=float(run.about.get("refinement", 2.0)),
        solver=str(run.about.get("solver", "")),
    )
    try:
        warnings = [described_diagnostic(each, "warning") for each in run.summary["warnings"]]
        failure = described_diagnostic(run.summary["failure"], "error") if run.summary["failure"] else None
    except (KeyError, TypeError, AttributeError) as error:
        raise not_ours(run.path / RESULT, str(error)) from error
    return Result(
        name=design.name,
        goals={verdict.name: verdict for verdict in run.verdicts},
        reports={each.name: each for each in run.reports},
        history=run.history,
        summary=run.summary,
        warnings=warnings,
        failure=failure,
        folder=run.path,
        design=design,
        conditions=conditions,
        _reach=lambda: _reached(design, run.path, conditions),
        _in_memory=False,
    )


def _reached(design: Design, folder: Path, conditions: Conditions) -> Reached:
    """The design that the run ended with: its bodies are remeshed as they were in the run."""
    import jax

    from metac.api.body_drawings import draw
    from metac.api.contact_check import self_contacts
    from metac.api.loaded_states import loaded_states
    from metac.api.study import stage_inputs
    from metac.api.study_sequence import remade

    file = read_theta(folder)
    program: Any = design.program()
    inputs = stage_inputs(design, program)
    first = program.init(jax.random.fold_in(jax.random.key(conditions.seed), 0))
    theta, frozen = file.theta(first), file.movements(first)
    program = remade(program, theta, frozen, inputs)
    states = loaded_states(program, design.graph, theta, inputs[-1])
    drawings, body = draw(design.graph, states, self_contacts(states))
    return Reached(program, theta, frozen, drawings, body)
