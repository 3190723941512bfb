"""What an assembled system is told by: the sheets of every round, the choices, and a figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metac.runtime.assembly.incompatibility import Fit
from metac.runtime.assembly.stock import CellStock
from metac.runtime.report.drawings import Sketch
from metac.runtime.report.system_plots import draw_assembly
from metac.runtime.runs.csv_tables import table_bytes
from metac.stdlib.studies.assembly_round import Round
from metac.stdlib.studies.property_stage import relative_error

SHEETS = ("round", "sheet", "rrmse", "rrmse_shape", "loss")
CHOICES = ("round", "cost", "bound", "gap", "sweeps", "geometric", "mechanical", "disconnected")


def assembly_sketch(
    rounds: Sequence[Round],
    number: int,
    best: Round,
    compared: Sequence[tuple[str, Any]],
    entries: NDArray[np.float64],
    stock: CellStock,
) -> Sketch:
    """Figure and tables of what was chosen.

    Args:
        rounds: as they were, before cells were exchanged.
        number: of the one that was gone on with, from 1.
        best: that one, with cells exchanged.
        compared: name and evaluation of sheets to compare with.
        entries: `[row, column, 4]`: the stiffness that was wanted, MPa.
        stock: what the cells were chosen from.
    """
    sheets = [*_sheets(rounds, number, best), *((number, *each) for each in compared)]
    table = [_row(index, sheet, *relative_error(made), float(made.loss)) for index, sheet, made in sheets]
    named = [*((str(index), each) for index, each in enumerate(rounds, 1)), (f"{number}, exchanged", best)]
    files = {
        ".csv": table_bytes([SHEETS, *table]),
        "-choices.csv": table_bytes([CHOICES, *(_choice(name, each) for name, each in named)]),
    }
    figure = draw_assembly(entries, stock.stiffness[best.chosen], stock.scale, "wanted and chosen")
    arrays = {"cells": stock.numbers[best.chosen].astype(float), "wanted": entries}
    return Sketch("assembly", "", figure, arrays, files=files)


def words(found: Round) -> str:
    """How good a choice is, and which neighbours hang together by nothing."""
    apart = len(found.fit.disconnected)
    pairs = f", {apart} pairs of neighbours are disconnected: {_pairs(found.fit)}" if apart else ""
    return f"cost {found.assembled.energy:.4g}, at most {100 * found.assembled.gap:.2g} % above the least{pairs}"


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
    proven = (made.energy, made.bound, made.gap, made.sweeps)
    return _row(name, *proven, fit.geometric, fit.mechanical, _pairs(fit))


def _row(*values: int | float | str) -> tuple[str, ...]:
    return tuple(f"{value:.6g}" if isinstance(value, float) else str(value) for value in values)


def _pairs(fit: Fit) -> str:
    """Rows and columns, from 1, of neighbours between which nothing is solid."""
    return "; ".join(f"({a + 1}, {b + 1})-({c + 1}, {d + 1})" for (a, b), (c, d) in fit.disconnected)
