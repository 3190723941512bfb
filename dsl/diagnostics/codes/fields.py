"""Fields of constructors: missing, unknown, out of range."""

from __future__ import annotations

from metac.dsl.diagnostics.codes.entry import Entry

CODES: dict[str, Entry] = {}
