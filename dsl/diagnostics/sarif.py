"""Diagnostics for continuous integration, as SARIF 2.1.0 (OASIS, *Static Analysis Results Interchange Format*)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from metac.dsl.diagnostics.codes import Entry
from metac.dsl.diagnostics.diagnostic import Diagnostic, Label

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def to_sarif(diagnostics: Iterable[Diagnostic], *, version: str, codes: Mapping[str, Entry], spec: str | None = None) -> str:
    """A SARIF log with one run; `version` is metac's. Only rules that are in use are listed, as `codes` explain them.

    What has no place in a text (a plug-in that cannot be read, a run that failed) is shown at the file `spec` as a whole.
    """
    found = list(diagnostics)
    rules = sorted({diagnostic.code for diagnostic in found})
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "metac",
                        "version": version,
                        "rules": [_rule(code, codes.get(code)) for code in rules],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(diagnostic, rules, spec) for diagnostic in found],
            }
        ],
    }
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def _rule(code: str, entry: Entry | None) -> dict[str, Any]:
    if entry is None:
        return {"id": code}
    return {"id": code, "shortDescription": {"text": entry.title}, "help": {"text": entry.explanation}}


def _result(found: Diagnostic, rules: list[str], spec: str | None) -> dict[str, Any]:
    text = "\n".join([found.message, *found.notes, *([f"help: {found.help}"] if found.help else [])])
    result: dict[str, Any] = {
        "ruleId": found.code,
        "ruleIndex": rules.index(found.code),
        "level": found.severity,
        "message": {"text": text},
        "locations": [_location(label) for label in found.labels[:1]],
    }
    if not found.labels and spec is not None:
        result["locations"] = [{"physicalLocation": {"artifactLocation": {"uri": _uri(spec)}}}]
    if found.labels[1:]:
        result["relatedLocations"] = [
            _location(label, identifier) for identifier, label in enumerate(found.labels[1:], start=1)
        ]
    if found.fix is not None:
        place = _physical(Label(found.fix.span))
        replacement = {"deletedRegion": place["region"], "insertedContent": {"text": found.fix.replacement}}
        result["fixes"] = [
            {"artifactChanges": [{"artifactLocation": place["artifactLocation"], "replacements": [replacement]}]}
        ]
    return result


def _location(label: Label, identifier: int | None = None) -> dict[str, Any]:
    location: dict[str, Any] = {"physicalLocation": _physical(label)}
    if identifier is not None:
        location["id"] = identifier
    if label.text:
        location["message"] = {"text": label.text}
    return location


def _physical(label: Label) -> dict[str, Any]:
    source = label.span.source
    line, column = source.position(label.span.start)
    end_line, end_column = source.position(label.span.end)
    region = {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}
    return {"artifactLocation": {"uri": _uri(source.name)}, "region": region}


def _uri(name: str) -> str:
    return quote(name.replace("\\", "/"))
