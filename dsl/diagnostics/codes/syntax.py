"""Syntax: what the text of a spec may look like."""

from __future__ import annotations

from metac.dsl.diagnostics.codes.entry import Entry

CODES: dict[str, Entry] = {}
