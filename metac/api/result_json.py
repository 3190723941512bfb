"""What `result.json` says."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from metac.api.drawing_check import described_difference
from metac.api.study_sequence import EndedStudy
from metac.dsl.diagnostics.diagnostic import Diagnostic, Severity
from metac.runtime.report.reported import described
from metac.runtime.report.verdicts import Verdict, all_met
from metac.runtime.runs.history import STUDY

if TYPE_CHECKING:
    from metac.api.contact_check import LoadContact
    from metac.api.study import StudyResult
    from metac.api.verification import Verification
    from metac.runtime.mesh.closed_gaps import ClosedGaps


def summarise(name: str, found: StudyResult, verification: Verification, seconds: float) -> dict[str, Any]:
    """Numbers with their units, verdicts, how the run went; JSON values throughout.

    Args:
        name: of the design.
        found: what the study ended with.
        verification: of its result.
        seconds: how long the run took, in all its sessions together.
    """
    fresh, failure, last = verification.fresh, verification.failure, found.studies[-1] if found.studies else None
    timed = [record["seconds"] for record in _without_first(found.history) if "remeshed" not in record]
    return {
        "name": name,
        "met": failure is None and all_met(verification.verdicts),
        "loss": _finite(found.evaluation.loss),
        "loss_on_fresh_mesh": _finite(fresh.evaluation.loss) if fresh.evaluation is not None else None,
        "fresh_bodies": list(fresh.bodies),
        "second_order_bodies": list(verification.second_order.bodies),
        "goals": {verdict.name: _goal(verdict) for verdict in verification.verdicts},
        **({"reports": {each.name: described(each) for each in verification.reports}} if verification.reports else {}),
        **({"varied": verification.varied} if verification.varied else {}),
        **({"fit": dict(last.fit)} if last is not None and last.fit else {}),
        "loads": {name: _load(name, verification) for name in verification.own_contacts},
        "drawn": {name: described_difference(each) for name, each in verification.drawn.items()},
        "studies": [_study(study, found.history) for study in found.studies],
        "steps": sum(study.steps for study in found.studies),
        "remeshed": [_remeshed(record) for record in found.history if "remeshed" in record],
        "ended": last.reason if last is not None else "no study",
        "seconds": seconds,
        "seconds_per_step": sum(timed) / len(timed) if timed else None,
        "failure": _described(failure) if failure else None,
        "warnings": [_described(warning) for warning in verification.warnings],
    }


def _study(study: EndedStudy, history: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One of the studies, which ran in this order, each from what the one before left."""
    own = [record["seconds"] for record in history if record.get(STUDY, study.name) == study.name]
    entry = {"name": study.name, "steps": study.steps, "ended": study.reason, "loss": study.loss, "seconds": sum(own)}
    return entry | ({"fit": dict(study.fit)} if study.fit else {})


def _without_first(history: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The records but for the first of each study, which compiles."""
    return (record for before, record in pairwise(history) if record.get(STUDY) == before.get(STUDY))


def _finite(value: Any) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None


def _load(name: str, verification: Verification) -> dict[str, Any]:
    entry: dict[str, Any] = {"self_contact": _contact(verification.own_contacts[name])}
    if name in verification.simulated_contacts:
        entry["contact"] = _simulated(verification.simulated_contacts[name])
    if name in verification.fresh.contacts:
        entry["fresh_mesh"] = {"self_contact": _contact(verification.fresh.contacts[name])}
    return entry


def _simulated(found: ClosedGaps | None) -> dict[str, Any] | None:
    """Where walls of a body that simulates contact first touch, and the widest gap that is left where they do."""
    if found is None:
        return None
    return {"increment": found.increment, "place_mm": list(found.place), "gap_mm": found.gap}


def _contact(found: LoadContact | None) -> dict[str, Any] | None:
    """Where a body first passes through itself; `increment` counts from 1."""
    if found is None:
        return None
    return {
        "increment": found.contact.increment,
        "strain": found.strain,
        "place_mm": list(found.contact.place),
        "kind": found.contact.kind.value,
    }


def _remeshed(record: Mapping[str, Any]) -> dict[str, Any]:
    """Why bodies were remeshed, or why that failed, with the values on the mesh before and after."""
    about = record["remeshed"]
    place = {key: record[key] for key in (STUDY, "stage", "restart", "step") if key in record}
    entry: dict[str, Any] = place | {"why": about["why"]}
    if "failed" in about:
        return entry | {"failed": about["failed"]}
    for key in ("loss", "jacobian"):
        if key in record:
            entry[key] = {"before": about["before"].get(key), "after": record[key]}
    before, after = about["before"].get("goals", {}), record.get("goals", {})
    values = {name: ("value" if "value" in goal else "deviation") for name, goal in after.items()}
    entry["goals"] = {
        name: {"of": key, "before": before[name][key], "after": after[name][key]} for name, key in values.items()
    }
    return entry


def _goal(verdict: Verdict) -> dict[str, Any]:
    entry: dict[str, Any] = {"sense": verdict.sense, "unit": verdict.unit, "value": verdict.value, "met": verdict.met}
    named = {
        "target": verdict.target,
        "abscissa": verdict.abscissa,
        "over": verdict.over,
        "lower": verdict.lower,
        "upper": verdict.upper,
        "tolerance": verdict.tolerance,
        "deviation": verdict.deviation,
    }
    entry |= {key: value for key, value in named.items() if value is not None}
    entry["contribution"] = verdict.contribution
    if verdict.checked:
        entry["fresh_mesh"] = {
            "value": verdict.fresh_value,
            "met": verdict.fresh_met,
            "deviation": verdict.fresh_deviation,
            "contribution": verdict.fresh_contribution,
        }
        if verdict.fresh_abscissa is not None:
            entry["fresh_mesh"]["abscissa"] = verdict.fresh_abscissa
    if verdict.second_order_checked:
        entry["second_order"] = {
            "value": verdict.second_order_value,
            "met": verdict.second_order_met,
            "deviation": verdict.second_order_deviation,
        }
    if verdict.mesh_error is not None:
        entry["mesh_error"] = verdict.mesh_error
    if verdict.reason is not None:
        entry["reason"] = verdict.reason
    entry["verdict"] = verdict.final
    return entry


def _described(diagnostic: Diagnostic) -> dict[str, Any]:
    return {"code": diagnostic.code, "message": diagnostic.message, "notes": list(diagnostic.notes), "help": diagnostic.help}


def described_diagnostic(entry: Mapping[str, Any], severity: Severity) -> Diagnostic:
    """A diagnostic of `result.json`; it has no place."""
    return Diagnostic(entry["code"], entry["message"], notes=tuple(entry["notes"]), help=entry["help"], severity=severity)


def read_verdicts(summary: Mapping[str, Any]) -> list[Verdict]:
    """The verdicts that `result.json` holds, as they were written.

    Raises:
        KeyError, TypeError, AttributeError: if it is not what `summarise` makes.
    """
    return [_verdict(name, entry) for name, entry in summary["goals"].items()]


def _verdict(name: str, entry: Mapping[str, Any]) -> Verdict:
    fresh, richer = entry.get("fresh_mesh"), entry.get("second_order")
    names = ("target", "abscissa", "over", "lower", "upper", "tolerance", "deviation", "reason")
    return Verdict(
        name=name,
        sense=entry["sense"],
        unit=entry["unit"],
        value=_numbers(entry["value"]),
        met=entry["met"],
        contribution=entry["contribution"],
        checked=fresh is not None,
        fresh_value=None if fresh is None else _numbers(fresh["value"]),
        fresh_met=None if fresh is None else fresh["met"],
        fresh_deviation=None if fresh is None else fresh["deviation"],
        fresh_contribution=None if fresh is None else fresh["contribution"],
        fresh_abscissa=None if fresh is None else fresh.get("abscissa"),
        second_order_checked=richer is not None,
        second_order_value=None if richer is None else _numbers(richer["value"]),
        second_order_met=None if richer is None else richer["met"],
        second_order_deviation=None if richer is None else richer["deviation"],
        **{key: entry.get(key) for key in names},
    )


def _numbers(value: Any) -> Any:
    """JSON has no infinity: it is written as a text."""
    if isinstance(value, list):
        return [_numbers(item) for item in value]
    return float(value) if isinstance(value, str) else value
