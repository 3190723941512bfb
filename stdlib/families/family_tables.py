"""Families as tables: every sample, and how good each family is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from metac.runtime.families.decoded_family import SUMMARY_HEADINGS, DecodedFamily

SAMPLES = ("family", "position", "C11 (MPa)", "C12 (MPa)", "C22 (MPa)", "C66 (MPa)", "distance (MPa)")
JUDGED = ("one piece", "once repaired", "kept")


def sample_rows(families: Sequence[DecodedFamily]) -> list[list[str]]:
    """One for each decoded cell, headings first."""
    rows = [[*SAMPLES, *JUDGED]]
    for number, family in enumerate(families, start=1):
        kept = np.isin(np.arange(len(family.positions)), family.kept)
        judged = zip(family.cells.one_piece, family.cells.sound, kept, strict=True)
        for position, entries, distance, verdicts in zip(
            family.positions, family.cells.stiffness, family.distances, judged, strict=True
        ):
            numbers = (position, *entries, distance)
            rows.append(
                [str(number), *(f"{value:.6g}" for value in numbers), *("yes" if each else "no" for each in verdicts)]
            )
    return rows


def summary_rows(families: Sequence[DecodedFamily]) -> list[list[str]]:
    """One for each family, headings first."""
    rows = [[str(number), *family.summary().texts()] for number, family in enumerate(families, start=1)]
    return [["family", *SUMMARY_HEADINGS], *rows]
