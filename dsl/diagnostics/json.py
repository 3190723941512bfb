"""Diagnostics for editors and scripts, as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from metac.dsl.diagnostics.diagnostic import Diagnostic
from metac.dsl.source import Span

VERSION = 1
"""Raised when a key changes its meaning or goes; new keys may come at any time."""


def to_json(diagnostics: Iterable[Diagnostic]) -> str:
    """A JSON object with `version` and `diagnostics`; the same diagnostics give the same text."""
    return json.dumps({"version": VERSION, "diagnostics": to_data(diagnostics)}, ensure_ascii=False, indent=2) + "\n"


def to_data(diagnostics: Iterable[Diagnostic]) -> list[dict[str, Any]]:
    """Plain lists and dicts: code, severity, message, labels (the first is the place), notes, help, fix.

    Lines and columns count from 1, columns in Unicode code points; offsets count from 0; ends are exclusive.
    """
    return [
        {
            "code": found.code,
            "severity": found.severity,
            "message": found.message,
            "labels": [{**_place(label.span), "text": label.text} for label in found.labels],
            "notes": list(found.notes),
            "help": found.help,
            "fix": None if found.fix is None else {**_place(found.fix.span), "replacement": found.fix.replacement},
        }
        for found in diagnostics
    ]


def _place(span: Span) -> dict[str, Any]:
    return {"file": span.source.name, "start": _position(span, span.start), "end": _position(span, span.end)}


def _position(span: Span, offset: int) -> dict[str, int]:
    line, column = span.source.position(offset)
    return {"line": line, "column": column, "offset": offset}
