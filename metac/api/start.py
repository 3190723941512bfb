"""Runs that start from the result of another one."""

from __future__ import annotations

import json
from pathlib import Path

from metac.api.design import Design
from metac.compiler.elaborate.override_values import OptionText
from metac.compiler.interfaces.study import StartableFromResult
from metac.compiler.library.class_loading import load_class
from metac.dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from metac.runtime.runs.theta_file import read_theta


def started_from(design: Design, folder: Path | None) -> Design:
    """The design whose study starts from the result in a run's folder; the design itself where there is none.

    Raises:
        DiagnosticError: where the spec is wrong, or has no study that could start from a result.
        FolderFailure: if the folder does not hold a result.
    """
    if folder is None:
        return design
    read_theta(folder)
    nodes = design.graph.nodes
    targets = {name: load_class(nodes[name].definition) for name in design.graph.studies[:1]}
    fields = [f"{name}.{each.start_field}" for name, each in targets.items() if isinstance(each, StartableFromResult)]
    if not fields:
        message = "--start: the spec has no study that could start from a result"
        if len(design.graph.studies) > 1:
            message = f"--start: the first study, `{design.graph.studies[0]}`, cannot start from a result"
        raise DiagnosticError((Diagnostic("M0504", message, help="add `study fit = optimize { vary = … }`"),))
    text = json.dumps(str(folder.absolute()), ensure_ascii=False)
    return design.set({fields[0]: OptionText(text, "--start")})
