"""Closed outlines in files of drawing programs, by the sort of the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from metac.runtime.dimensions import PLANE
from metac.runtime.geometry.drawn_curves import NoDrawnOutline, closed_outlines
from metac.runtime.geometry.outline import Outline

KNOWN = (".dxf", ".svg", ".csv")


def read_outlines(
    path: Path, layer: str | None, unit: float | None, tolerance: float | None
) -> tuple[tuple[Outline, ...], np.ndarray]:
    """All closed outlines of a layer, of the whole drawing where it is None, in mm with y upwards.

    Args:
        path: of the file, .dxf, .svg or .csv.
        layer: name of the layer, capitals and small letters alike.
        unit: what a length of 1 is, mm; needed where the file does not say it.
        tolerance: farthest distance from the drawn curve, mm; None for 1e-4 of an outline's extent.

    Returns:
        The outlines, and `[2]`: the sign of the file's own x and y in them; -1 where y points down in the file.

    Raises:
        OSError: where the file cannot be opened.
        NoDrawnOutline: where it holds none, or one that is open, or crosses itself or another.
    """
    ending = path.suffix.lower()
    if ending == ".svg":
        from metac.runtime.geometry.svg import read_svg_chains

        chains, scale = read_svg_chains(path, layer, unit)
        upwards = np.array([1.0, -1.0])
        return closed_outlines(chains, scale * upwards, tolerance), upwards
    if ending == ".csv":
        from metac.runtime.geometry.point_lists import read_point_outlines

        return read_point_outlines(path, layer, unit, tolerance), np.ones(PLANE)
    if ending == ".dxf":
        from metac.runtime.geometry.dxf import read_dxf_chains

        chains, scale = read_dxf_chains(path, layer, unit)
        return closed_outlines(chains, np.full(PLANE, scale), tolerance), np.ones(PLANE)
    raise NoDrawnOutline("it is of no known sort", f"drawings are read from {', '.join(KNOWN)} files")
