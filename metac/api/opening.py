"""Finished runs, opened from their folders."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from metac.api.conditions import Conditions
from metac.api.design import Design
from metac.api.result import Reached, Result
from metac.api.result_json import described_diagnostic, read_verdicts
from metac.api.run_folders import stored_design
from metac.runtime.report.reported import read as read_report
from metac.runtime.runs.failures import FolderFailure
from metac.runtime.runs.folder import HISTORY, RESULT, RunFolder
from metac.runtime.runs.history import read
from metac.runtime.runs.theta_file import read_theta


def open(path: str | Path) -> Result:
    """The result of a run, from its folder: `metac.open("runs/a").goals`.

    Numbers come from the folder. Mesh, program and drawings are made again when they are first asked for.

    Raises:
        FolderFailure: if it is not the folder of a run, or of one that has not come to its end.
    """
    folder = RunFolder.existing(Path(path))
    about = folder.about()
    summary = _summary(folder)
    design = stored_design(folder)
    conditions = Conditions(
        seed=int(about.get("seed", 0)),
        restart=int(about.get("restart", 0)),
        refinement=float(about.get("refinement", 2.0)),
        solver=str(about.get("solver", "")),
    )
    try:
        verdicts = read_verdicts(summary)
        reports = {name: read_report(name, entry) for name, entry in summary.get("reports", {}).items()}
        warnings = [described_diagnostic(each, "warning") for each in summary["warnings"]]
        failure = described_diagnostic(summary["failure"], "error") if summary["failure"] else None
    except (KeyError, TypeError, AttributeError) as error:
        raise FolderFailure(
            f"{folder.path / RESULT} is not what metac writes: {error}", remedy="run the spec again in another folder"
        ) from error
    return Result(
        name=design.name,
        goals={verdict.name: verdict for verdict in verdicts},
        reports=reports,
        history=read(folder.path / HISTORY),
        summary=summary,
        warnings=warnings,
        failure=failure,
        folder=folder.path,
        design=design,
        conditions=conditions,
        _reach=lambda: _reached(design, folder.path, conditions),
    )


def _summary(folder: RunFolder) -> dict[str, Any]:
    if not (folder.path / RESULT).is_file():
        raise FolderFailure(
            f"{folder.path} has no {RESULT}: the run has not come to its end",
            remedy=f"finish it: metac resume {folder.path}",
        )
    try:
        summary = json.loads(folder.read(RESULT))
    except ValueError as error:
        raise FolderFailure(
            f"{folder.path / RESULT} cannot be read: {error}", remedy="run the spec again in another folder"
        ) from error
    if not isinstance(summary, dict):
        raise FolderFailure(f"{folder.path / RESULT} holds no object", remedy="run the spec again in another folder")
    return summary


def _reached(design: Design, folder: Path, conditions: Conditions) -> Reached:
    """The design that the run ended with: its bodies are remeshed as they were in the run."""
    import jax

    from metac.api.body_drawings import draw
    from metac.api.contact_check import self_contacts
    from metac.api.loaded_states import loaded_states
    from metac.api.study import stage_inputs

    file = read_theta(folder)
    program: Any = design.program()
    inputs = stage_inputs(design, program)
    first = program.init(jax.random.fold_in(jax.random.key(conditions.seed), 0))
    frozen: list[dict[str, Any]] = []
    if file.frozen:
        moved = {name.rpartition("/")[0] for name in file.frozen[0]}
        frozen = file.frozen_theta({name: first[name] for name in moved})
        program = _remeshed(program, first, frozen, [inputs[stage] for stage in file.stages])
    theta = file.theta(first)
    states = loaded_states(program, design.graph, theta, inputs[-1])
    drawings, body = draw(design.graph, states, self_contacts(states))
    return Reached(program, theta, frozen, file.stages, drawings, body)


def _remeshed(
    program: Any, theta: Mapping[str, Any], frozen: Sequence[Mapping[str, Any]], inputs: Sequence[Mapping[str, Any]]
) -> Any:
    """The program after the remeshings of a run; the same movements give the same meshes."""
    for layer, values in zip(frozen, inputs, strict=True):
        (generator,) = layer
        program, theta = program.remeshed({**theta, **layer}, generator, values)
    return program
