"""What a page says in words: how a run ended, how it went, with what, and how to repeat it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from metac.api.run_content import RunContent
from metac.runtime.report.plain_progress import duration, remeshing_text
from metac.runtime.report.verdicts import Verdict
from metac.runtime.runs.history import STUDY


def outcome(run: RunContent) -> tuple[str, str]:
    """How the run stands, as a word for its looks (`met`, `missed`, `failed`, `open`) and as a sentence."""
    if run.status == "failed" or run.summary.get("failure"):
        return "failed", "The run failed" + (": what follows is the best design before that." if run.summary else ".")
    if not run.summary:
        taken = f"{len(run.history)} records so far" if run.history else "nothing is recorded yet"
        words = {"interrupted": "The run was interrupted", "running": "The run was going on when this page was made"}
        return "open", f"{words.get(run.status, 'The run has not come to its end')}: {taken}. Nothing is judged yet."
    judged = [verdict for verdict in run.verdicts if verdict.met is not None or not verdict.final]
    if not judged:
        return "met", "Done. Nothing had to be met."
    met = [verdict for verdict in judged if verdict.final]
    if len(met) == len(judged):
        return "met", f"Every goal and requirement is met{_where(run)}."
    return "missed", f"{len(judged) - len(met)} of {len(judged)} goals and requirements are not met."


def _where(run: RunContent) -> str:
    def checked(verdict: Verdict) -> bool:
        return verdict.checked

    return ", also on a fresh mesh" if any(map(checked, run.verdicts)) else ""


def story(run: RunContent) -> list[str]:
    """How the run went, one sentence an event: its start, studies, stages, restarts, remeshings and end."""
    lines = []
    for number, record in enumerate(run.history):
        before = run.history[number - 1] if number else {}
        loss = f"loss {record['loss']:.4g}" if isinstance(record.get("loss"), (int, float)) else "no loss"
        if "remeshed" in record:
            lines.append(_sentence(remeshing_text(record)))
        elif not number:
            of = f"Study {record[STUDY]}" if STUDY in record else "Start"
            lines.append(f"{of}: {loss}, after {duration(record.get('seconds', 0))} of building and compiling.")
        elif record.get(STUDY) != before.get(STUDY):
            lines.append(f"Study {record[STUDY]}: {loss}, from what {before[STUDY]} left.")
        elif record.get("restart") != before.get("restart"):
            lines.append(f"Restart {record['restart'] + 1}: {loss}.")
        elif record.get("stage") != before.get("stage"):
            lines.append(f"Stage {record['stage'] + 1}: {loss}.")
        if "end" in record:
            of = f" of study {record[STUDY]}" if STUDY in record else ""
            lines.append(f"End{of} after step {record['step']}: {loss} ({record['end']}).")
    return lines


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def facts(run: RunContent) -> list[tuple[str, str]]:
    """With what the run was made, as pairs of a name and a value."""
    about, summary = run.about, run.summary
    machine = about.get("machine", {})
    found = [
        ("status", run.status),
        ("started", about.get("started")),
        ("ended", about.get("ended")),
        ("steps", _steps(summary)),
        ("ended by", summary.get("ended")),
        ("time", duration(summary["seconds"]) if summary.get("seconds") is not None else None),
        ("seed", about.get("seed")),
        ("values set from outside", ", ".join(f"{name} = {value}" for name, value in _settings(run))),
        ("solver", about.get("solver")),
        ("fresh mesh", f"{about['refinement']:g} times finer" if about.get("refinement") else None),
        ("plan", about.get("plan_hash")),
        ("machine", ", ".join(str(each) for each in (machine.get("system"), f"{machine.get('cores')} cores") if each)),
        ("versions", ", ".join(f"{name} {version}" for name, version in about.get("versions", {}).items())),
    ]
    return [(name, str(value)) for name, value in found if value not in (None, "")]


def _steps(summary: Mapping[str, Any]) -> object:
    """In all, and of each study where there are several."""
    studies = summary.get("studies", [])
    if len(studies) < 2:
        return summary.get("steps")
    each = ", ".join(f"{study['name']} {study['steps']}" for study in studies)
    return f"{summary['steps']} ({each})"


def command(run: RunContent) -> str:
    """The command that makes the run again, from the user's spec or from the copy in the folder."""
    spec = run.about.get("spec")
    parts = ["metac", "run", str(spec) if spec and Path(str(spec)).suffix == ".meta" else str(run.path / "spec.meta")]
    for name, value in _settings(run):
        parts += ["--set", f"{name}={value}"]
    parts += ["--seed", str(run.about.get("seed", 0))]
    return shlex.join(parts)


def _settings(run: RunContent) -> list[tuple[str, str]]:
    """Values set from outside, as texts of the language, or of JSON where a Python program gave them."""
    given = run.about.get("overrides", {}).items()
    return [(name, each.get("text") or each.get("function") or json.dumps(each.get("value"))) for name, each in given]
