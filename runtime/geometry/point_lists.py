"""Outlines as tables of points, CSV: as digitisers and measuring microscopes write them."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from metac.runtime.geometry.curve import OutlineSpline
from metac.runtime.geometry.drawn_curves import (
    LARGEST_FILE,
    SIZES,
    TOLERANCE,
    NoDrawnOutline,
    faithful,
    require_beside_each_other,
)
from metac.runtime.geometry.outline import Outline
from metac.runtime.regular_files import require_regular

COLUMNS = (("x_mm", "y_mm"), ("outline", "x_mm", "y_mm"))
CORNER = np.deg2rad(30)
"""A sharper turn from one chord to the next is a corner; the curve is smooth through all other points."""
DENSER = 24
"""Steps from one point to the next where a curve is drawn through them."""


def read_point_outlines(path: Path, layer: str | None, unit: float | None, tolerance: float | None) -> tuple[Outline, ...]:
    """The closed curves through the points of a table with columns `x_mm,y_mm`, or `outline,x_mm,y_mm` for several.

    Args:
        path: of the file.
        layer: name of an outline, as the column `outline` has it; all of them where it is None.
        unit: must be left out or 1 mm, since the columns say it.
        tolerance: farthest distance from the curve through all points, mm; None for 1e-4 of its extent.

    Raises:
        OSError: where the file cannot be opened.
        NoDrawnOutline: where it holds no such table, or where a curve crosses itself or another.
    """
    if unit not in (None, 1.0):
        raise NoDrawnOutline(f"its columns are in mm, not in units of {unit:g} mm", "leave `unit` out", field="unit")
    groups = _read(path)
    if layer is not None:
        chosen = {name: points for name, points in groups.items() if name.casefold() == layer.casefold()}
        if not chosen:
            shown = ", ".join(f"`{name}`" for name in list(groups)[:12])
            raise NoDrawnOutline(f"there is no outline `{layer}`", f"outlines: {shown}", field="layer")
        groups = chosen
    found = [_through(name, np.array(points), tolerance) for name, points in groups.items()]
    require_beside_each_other([outline.polygon.exterior for outline in found])
    return tuple(found)


def _read(path: Path) -> dict[str, list[tuple[float, float]]]:
    require_regular(path)
    with path.open("rb") as opened:
        content = opened.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise NoDrawnOutline(f"it has more than {LARGEST_FILE:,} bytes", "take fewer points")
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise NoDrawnOutline("this is no text in UTF-8", "export it as CSV") from None
    columns: tuple[str, ...] = ()
    groups: dict[str, list[tuple[float, float]]] = {}
    for number, row in enumerate(csv.reader(lines), start=1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or cells[0].startswith("#"):
            continue
        if not columns:
            columns = tuple(cell.lower() for cell in cells)
            if columns not in COLUMNS:
                wanted = " or ".join(f"`{','.join(names)}`" for names in COLUMNS)
                raise NoDrawnOutline(f"line {number}: expected the columns {wanted}", "begin the table with them")
            continue
        try:
            x, y = (float(cell) for cell in cells[-2:])
        except ValueError:
            raise NoDrawnOutline(f"line {number}: `{','.join(cells[-2:])}` are no two numbers", "mend it") from None
        if len(cells) != len(columns) or not np.isfinite([x, y]).all():
            raise NoDrawnOutline(f"line {number}: expected {len(columns)} values, numbers that are finite", "mend it")
        groups.setdefault(cells[0] if len(columns) > 2 else "", []).append((x, y))
    if not groups:
        raise NoDrawnOutline("there are no points", f"a table begins with `{','.join(COLUMNS[0])}`")
    return groups


def _through(name: str, points: np.ndarray, tolerance: float | None) -> Outline:
    """The closed curve through points `[point, 2]`, mm."""
    named = f"outline `{name}`" if name else "the outline"
    if len(points) > 1 and np.array_equal(points[0], points[-1]):
        points = points[:-1]
    if len(points) < 3:
        raise NoDrawnOutline(f"{named} has {len(points)} points, three are needed", "give more of them")
    extent = float(np.ptp(points, axis=0).max())
    if not SIZES[0] <= extent <= SIZES[1]:
        raise NoDrawnOutline(f"{named} is {extent:.4g} mm large", "its columns are in mm")
    before, after = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
    same = np.flatnonzero((np.abs(after) < 1e-12 * extent).all(axis=1))
    if len(same):
        x, y = points[same[0]]
        raise NoDrawnOutline(f"{named} has a point twice, at ({x:.6g}, {y:.6g}) mm", "leave one of them out")
    turns = np.arctan2(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0], (before * after).sum(axis=1))
    given = Outline(points, tuple(np.flatnonzero(np.abs(turns) > CORNER).tolist()))
    curve = OutlineSpline(given)
    dense = curve.at(curve.refined(DENSER).ravel())
    if not Outline(dense).polygon.is_valid:
        raise NoDrawnOutline(f"{named} crosses itself", "list its points in turn, once each, and enough of them")
    corners = np.zeros(len(dense), bool)
    corners[[DENSER * corner for corner in given.corners]] = True
    return faithful(dense, corners, tolerance or TOLERANCE * extent)
