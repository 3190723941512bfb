"""Failures of a run: a solver that does not converge, an element turned inside out."""

from __future__ import annotations

from metac.dsl.diagnostics.codes.entry import Entry

CODES: dict[str, Entry] = {}
