"""What an assembled system is told by: the sheets of every round, the choices, and a figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metac.runtime.assembly.incompatibility import Fit
from metac.runtime.assembly.sheet import Soundness, soundness
from metac.runtime.assembly.stock import CellStock
from metac.runtime.report.drawings import Sketch
from metac.runtime.report.system_plots import draw_assembly
from metac.runtime.runs.csv_tables import table_bytes
from metac.stdlib.studies.assembly_round import Round
from metac.stdlib.studies.cross_check import CrossCheck
from metac.stdlib.studies.property_stage import relative_error

SHEETS = ("round", "sheet", "rrmse", "rrmse_shape", "loss")
SHEET = ("pieces", "largest_piece", "loose_in", "least_member_pixels", "least_gap_pixels", "disconnected")
CHOICES = ("round", "cost", "bound", "gap", "sweeps", "geometric", "mechanical", "disconnected")


def assembly_sketch(
    rounds: Sequence[Round],
    number: int,
    best: Round,
    compared: Sequence[tuple[str, Any]],
    entries: NDArray[np.float64],
    stock: CellStock,
    checked: Sequence[CrossCheck],
) -> Sketch:
    """Figure and tables of what was chosen.

    Args:
        rounds: as they were, before cells were exchanged.
        number: of the one that was gone on with, from 1.
        best: that one, with cells exchanged.
        compared: name and evaluation of sheets to compare with.
        entries: `[row, column, 4]`: the stiffness that was wanted, MPa.
        stock: what the cells were chosen from.
        checked: what multigrid said of the result; none where it was not asked.
    """
    sheets = [*_sheets(rounds, number, best), *((number, *each) for each in compared)]
    table = [_row(index, sheet, *relative_error(made), float(made.loss)) for index, sheet, made in sheets]
    named = [*((str(index), each) for index, each in enumerate(rounds, 1)), (f"{number}, exchanged", best)]
    whole = sheet_of(best, stock)
    finest = (whole.pieces, whole.largest, _cells(whole.loose), whole.member, whole.gap, _pairs(best.fit))
    files = {
        "-sheet.csv": table_bytes([SHEET, _row(*finest)]),
        ".csv": table_bytes([SHEETS, *table]),
        "-choices.csv": table_bytes([CHOICES, *(_choice(name, each) for name, each in named)]),
    }
    if checked:
        files["-check.csv"] = table_bytes([CrossCheck._fields, *(_row(*each) for each in checked)])
    figure = draw_assembly(entries, stock.stiffness[best.chosen], stock.scale, "wanted and chosen")
    arrays = {"cells": stock.numbers[best.chosen].astype(float), "wanted": entries}
    return Sketch("assembly", "", figure, arrays, files=files)


def sheet_of(found: Round, stock: CellStock) -> Soundness:
    """Whether a choice is one piece, and how fine it is."""
    rows, columns = stock.quarters.shape[1:]
    return soundness(stock.picture(found.chosen), (2 * rows, 2 * columns))


def words(found: Round, stock: CellStock) -> str:
    """How good a choice is, which neighbours hang together by nothing, and what is loose."""
    whole = sheet_of(found, stock)
    loose = f", {whole.pieces - 1} pieces are loose, in cells {_cells(whole.loose)}" if whole.pieces > 1 else ""
    apart = len(found.fit.disconnected)
    pairs = f", {apart} pairs of neighbours are disconnected: {_pairs(found.fit)}" if apart else ""
    made = found.assembled
    proven = f", at most {100 * made.gap:.2g} % above the least" if np.isfinite(made.bound) else ", cells exchanged"
    return f"cost {made.energy:.4g}{proven}{pairs}{loose}"


def _sheets(rounds: Sequence[Round], number: int, best: Round) -> list[tuple[int, str, Any]]:
    """Round, name and evaluation of each sheet of the table."""
    found = []
    for index, each in enumerate(rounds, 1):
        found += [(index, "stage one", each.wanted), (index, "chosen, homogenised", each.homogenised)]
        found += [] if each.exact is None else [(index, "chosen, all pixels", each.exact)]
    if best.exact is not None:
        found += [(number, "exchanged, homogenised", best.homogenised), (number, "exchanged, all pixels", best.exact)]
    return found


def _choice(name: str, found: Round) -> tuple[str, ...]:
    made, fit = found.assembled, found.fit
    # Cells are exchanged among other candidates than the bound is of.
    proven = (made.energy, made.bound, made.gap, made.sweeps) if np.isfinite(made.bound) else (made.energy, "", "", "")
    return _row(name, *proven, fit.geometric, fit.mechanical, _pairs(fit))


def _row(*values: int | float | str) -> tuple[str, ...]:
    return tuple(f"{value:.6g}" if isinstance(value, float) else str(value) for value in values)


def _cells(cells: Sequence[tuple[int, int]]) -> str:
    """Rows and columns, from 1."""
    return "; ".join(f"({row + 1}, {column + 1})" for row, column in cells)


def _pairs(fit: Fit) -> str:
    """Rows and columns, from 1, of neighbours between which nothing is solid."""
    return "; ".join(f"({a + 1}, {b + 1})-({c + 1}, {d + 1})" for (a, b), (c, d) in fit.disconnected)
