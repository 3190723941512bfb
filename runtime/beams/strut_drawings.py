"""Struts from the straight lines of a drawing, DXF or SVG."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from metac.runtime.beams.strut_files import NEAR, NoStruts, SizedStrutNet, struts_of
from metac.runtime.beams.strut_net import coincident
from metac.runtime.dimensions import PLANE
from metac.runtime.geometry.drawn_curves import NoDrawnOutline

KNOWN = (".dxf", ".svg")
ON_LINE = 1e-9
"""Control points this near to a straight line, over their extent, are on it."""


def read_drawn_struts(path: Path, layer: str | None, unit: float | None) -> SizedStrutNet:
    """A beam for each straight line of a layer, of all where it is None; lines whose ends are at one place meet there.

    Args:
        path: of a .dxf or .svg file.
        layer: name of the layer, or of a group in an SVG file.
        unit: what a length of 1 is, mm; needed where the file does not say it.

    Raises:
        OSError: where the file cannot be opened.
        NoStruts: where it holds no frame, or curves that are not straight.
    """
    try:
        if path.suffix.lower() == ".svg":
            from metac.runtime.geometry.svg import read_svg_chains

            chains, scale = read_svg_chains(path, layer, unit)
            directions = np.array([1.0, -1.0])
        else:
            from metac.runtime.geometry.dxf import read_dxf_chains

            chains, scale = read_dxf_chains(path, layer, unit)
            directions = np.ones(PLANE)
    except NoDrawnOutline as problem:
        raise NoStruts(problem.message, problem.remedy or "", field=problem.field) from problem
    lines = [controls for chain in chains for controls in chain]
    for controls in lines:
        if not _straight(controls):
            (x, y), (u, v) = controls[0] * scale, controls[-1] * scale
            raise NoStruts(
                f"a curve from ({x:.4g}, {y:.4g}) to ({u:.4g}, {v:.4g}) mm is not straight: beams are",
                "draw it as lines, or put it on another layer",
            )
    if not lines:
        raise NoStruts("its lines have no length")
    ends = np.concatenate([controls[[0, -1]] for controls in lines]) * scale * directions
    first, number = coincident(ends, NEAR * float(np.ptp(ends, axis=0).max()))
    nodes, beams = ends[first], number.reshape(-1, 2)
    _, once, times = np.unique(np.sort(beams, axis=1), axis=0, return_index=True, return_counts=True)
    if times.max() > 1:
        (x, y), (u, v) = nodes[beams[once[int(times.argmax())]]]
        ends_of_it = f"from ({x:.4g}, {y:.4g}) to ({u:.4g}, {v:.4g}) mm"
        raise NoStruts(f"a line is drawn {times.max()} times, {ends_of_it}", "once is enough")
    return struts_of(nodes.tolist(), (beams + 1).tolist())


def _straight(controls: np.ndarray) -> bool:
    along = controls[-1] - controls[0]
    across = (controls - controls[0]) @ np.array([-along[1], along[0]])
    return bool(np.abs(across).max() <= ON_LINE * float(along @ along))
