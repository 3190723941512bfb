"""What a run folder says, as far as the run has come: finished, failed, interrupted or still going."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metac.api.result_json import read_verdicts
from metac.runtime.report.reported import Reported
from metac.runtime.report.reported import read as read_report
from metac.runtime.report.verdicts import Verdict
from metac.runtime.runs.failures import FolderFailure
from metac.runtime.runs.folder import HISTORY, PLAN, RESULT, SPEC, RunFolder
from metac.runtime.runs.history import read


@dataclass(frozen=True)
class RunContent:
    """The folder of one run."""

    path: Path
    about: Mapping[str, Any]
    """`run.json`: status, seed, versions, …"""
    spec: str
    """The text of the spec."""
    summary: Mapping[str, Any]
    """`result.json`; empty where the run has not come to its end."""
    verdicts: Sequence[Verdict]
    reports: Sequence[Reported]
    history: Sequence[Mapping[str, Any]]
    """One record a step; empty before the first."""

    @property
    def name(self) -> str:
        """Of the spec."""
        return str(self.about.get("name") or self.path.name)

    @property
    def status(self) -> str:
        """`running`, `interrupted`, `failed` or `finished`."""
        return str(self.about.get("status", "unknown"))


def read_run(path: Path) -> RunContent:
    """Read the folder of a run; what the run has not written yet is left empty.

    Raises:
        FolderFailure: if it is not the folder of a run, or a file in it is not what metac writes.
    """
    folder = RunFolder.existing(path)
    about, spec = folder.about(), folder.read(SPEC)
    summary = _summary(folder)
    history = read(path / HISTORY) if (path / HISTORY).is_file() else []
    try:
        verdicts = read_verdicts(summary) if summary else []
        reports = [read_report(name, entry) for name, entry in summary.get("reports", {}).items()]
    except (KeyError, TypeError, AttributeError) as error:
        raise not_ours(path / RESULT, str(error)) from error
    return RunContent(path, about, spec, summary, verdicts, reports, history)


def _summary(folder: RunFolder) -> dict[str, Any]:
    if not (folder.path / RESULT).is_file():
        return {}
    try:
        summary = json.loads(folder.read(RESULT))
    except ValueError as error:
        raise not_ours(folder.path / RESULT, str(error)) from error
    if not isinstance(summary, dict):
        raise not_ours(folder.path / RESULT, "it holds no object")
    return summary


def plan_parameters(folder: Path) -> dict[str, Any]:
    """The values that a run's parameters and sweeps have in its plan, in internal units.

    Raises:
        FolderFailure: if the plan is not there, or not what metac writes.
    """
    path = folder / PLAN
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["parameters"]
        return {str(name): value for name, value in found.items()}
    except OSError as error:
        raise FolderFailure(f"{path} cannot be read: {error.strerror}", remedy="name the folder of a run") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise not_ours(path, str(error)) from error


def not_ours(path: Path, why: str) -> FolderFailure:
    """A failure for a file of a run folder that metac did not write like this."""
    return FolderFailure(f"{path} is not what metac writes: {why}", remedy="run the spec again in another folder")
