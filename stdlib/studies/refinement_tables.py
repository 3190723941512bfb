"""What a refined system is told by: sheets that were solved for, how sound the result is, a figure of what was flipped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metac.runtime.assembly.pixel_sheet import unfolded
from metac.runtime.assembly.sheet import Soundness
from metac.runtime.errors import RuntimeFailure
from metac.runtime.report.drawings import Sketch
from metac.runtime.report.system_plots import draw_flipped_pixels
from metac.runtime.runs.csv_tables import table_bytes
from metac.stdlib.studies.cross_check import CrossCheck

SHEETS = ("step", "sheet", "rrmse", "rrmse_shape", "loss", "flipped_pixels", "changed_cells")
SOUNDNESS = ("sheet", "pieces", "largest_piece", "least_member_pixels", "least_gap_pixels")


@dataclass(frozen=True, eq=False)
class RefinedSheet:
    """One sheet that was solved for."""

    quarters: NDArray[np.bool_]
    """`[cell, y, x]` of free cells."""
    evaluation: Any
    """Of all pixels."""
    sound: Soundness
    failure: RuntimeFailure | None
    errors: tuple[float, float]
    """RRMSE, and that of the shape alone."""
    step: int
    """Steps before it."""


def refinement_sketch(
    tried: Sequence[RefinedSheet], best: RefinedSheet, places: NDArray[np.int64], checked: Sequence[CrossCheck]
) -> Sketch:
    """Figure and tables of a refinement.

    Args:
        tried: the start first.
        best: the result.
        places: `[row, column]`: which free cell each cell is.
        checked: what multigrid said of the result; none where it was not asked.
    """
    start = tried[0]
    names = ["before", *("refined" if each is best else "tried" for each in tried[1:])]
    rows = [_sheet_row(name, each, start, places) for name, each in zip(names, tried, strict=True)]
    finest = [_row(name, *_finest(each.sound)) for name, each in (("before", start), ("refined", best))]
    files = {".csv": table_bytes([SHEETS, *rows]), "-sheet.csv": table_bytes([SOUNDNESS, *finest])}
    if checked:
        files["-check.csv"] = table_bytes([CrossCheck._fields, *(_row(*each) for each in checked)])
    before, after = (unfolded(each.quarters, places) for each in (start, best))
    figure = draw_flipped_pixels(before, after, "solid that was added and removed")
    return Sketch("refinement", "", figure, {"before": before, "after": after}, files=files)


def words(start: RefinedSheet, best: RefinedSheet, checked: Sequence[CrossCheck]) -> str:
    """What was gained, and what is loose."""
    pieces = best.sound.pieces
    loose = f", {pieces - 1} pieces are loose" if pieces > 1 else ""
    agreement = f", multigrid agrees to {max(each.difference for each in checked):.1g}" if checked else ""
    if best is start:
        return (
            f"nothing was gained: no flip of pixels that leaves the sheet as sound lowers its exact loss{loose}{agreement}"
        )
    flips = int((best.quarters != start.quarters).sum())
    gained = f"RRMSE of all pixels {start.errors[0]:.3g} before, {best.errors[0]:.3g} now"
    return f"{gained}, {flips} pixels of quarters flipped{loose}{agreement}"


def _sheet_row(name: str, sheet: RefinedSheet, start: RefinedSheet, places: NDArray[np.int64]) -> tuple[str, ...]:
    flips = (sheet.quarters != start.quarters).sum(axis=(1, 2))[places]
    loss = "" if sheet.failure else float(sheet.evaluation.loss)
    errors = ("", "") if sheet.failure else sheet.errors
    return _row(sheet.step, name, *errors, loss, 4 * int(flips.sum()), int((flips > 0).sum()))


def _finest(sound: Soundness) -> tuple[int, float, float, float]:
    return sound.pieces, sound.largest, sound.member, sound.gap


def _row(*values: int | float | str) -> tuple[str, ...]:
    return tuple(f"{value:.6g}" if isinstance(value, float) else str(value) for value in values)
