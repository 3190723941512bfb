"""What a run folder says of its design and conditions, so that the run can be resumed, repeated or opened."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metac.api.conditions import Conditions
from metac.api.design import Design
from metac.compiler.elaborate.python_functions import PythonFunction
from metac.dsl.source import Source
from metac.runtime.linear_solvers.backend import chosen_solver
from metac.runtime.runs.environment import machine, versions
from metac.runtime.runs.failures import FolderFailure
from metac.runtime.runs.folder import IMPORTS, PLAN, SPEC, RunFolder

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
    """Write the spec, what it imports, and the plan into a run folder, and what else makes the design into `run.json`."""
    from metac.dsl.formatter import format_module
    from metac.dsl.parser import parse

    plan = design.plan()
    folder.write(SPEC, format_module(parse(design.source).module))
    for name, imported in design.imported.items():
        folder.write(f"{IMPORTS}/{name}", imported.text)
    folder.write(PLAN, plan.canonical())
    folder.update(
        status="waiting",
        name=design.name,
        spec=str(Path(design.source.name).absolute()) if not design.source.name.startswith("<") else None,
        imports_from=str(design.folder.absolute()),
        imported=list(design.imported),
        overrides=stored_overrides(design),
        chosen=design.chosen,
        seed=conditions.seed,
        restart=conditions.restart,
        refinement=conditions.refinement,
        figures=list(conditions.figures),
        plan_hash=plan.hash,
        started=time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        solver=conditions.solver,
        versions=versions(),
        machine=machine(),
    )


def stored_overrides(design: Compilation) -> dict[str, Any]:
    """Values from outside as `run.json` holds them: texts of the language, or values and functions of a Python program."""
    return {name: {_entry_of(value): value} for name, value in design.overrides.items()}


def _entry_of(value: Any) -> str:
    if isinstance(value, PythonFunction):
        return "function"
    return "text" if isinstance(value, str) else "value"


def _value_of(entry: Mapping[str, Any]) -> Any:
    """What `_entry_of` had named; KeyError where there is none of them."""
    if "function" in entry:
        return PythonFunction(entry["function"])
    return entry["text"] if "text" in entry else entry["value"]


def stored_design(folder: RunFolder) -> Design:
    """The design that a run folder was made for.

    Raises:
        FolderFailure: if the folder does not hold it.
    """
    about = folder.about()
    try:
        overrides = {name: _value_of(entry) for name, entry in about["overrides"].items()}
        imports_from = Path(about["imports_from"])
        chosen = {str(name): int(index) for name, index in about.get("chosen", {}).items()}
        imported = [str(name) for name in about.get("imported", ())]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise FolderFailure(
            f"{folder.path / 'run.json'} lacks {error}", remedy="start the run again in another folder"
        ) from error
    source = Source(str(folder.path / SPEC), folder.read(SPEC))
    name = about.get("name")
    return Design(
        source,
        folder=imports_from,
        overrides=overrides,
        chosen=chosen,
        name=None if name is None else str(name),
        imported={each: Source(str(folder.path / IMPORTS / each), folder.read(f"{IMPORTS}/{each}")) for each in imported},
    )
