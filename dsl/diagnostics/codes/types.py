"""Types and physical dimensions."""

from __future__ import annotations

from metac.dsl.diagnostics.codes.entry import Entry

CODES: dict[str, Entry] = {}
