"""A run's results as files: numbers, meshes, figures."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from metac.runtime.report.design_plots import draw_curve, draw_design, draw_loss, save
from metac.runtime.report.drawings import Drawing, Sketch, figure_of
from metac.runtime.report.mesh_export import write_vtu
from metac.runtime.report.verdicts import Verdict
from metac.runtime.runs.atomic import save_arrays, write_bytes, write_json
from metac.runtime.runs.folder import HISTORY, RESULT
from metac.runtime.runs.history import History


def write_results(
    folder: Path,
    summary: Mapping[str, Any],
    drawings: Sequence[Drawing | Sketch],
    found: Sequence[Verdict],
    history: Sequence[Mapping[str, Any]],
    title: str,
) -> list[str]:
    """Write everything into a folder and give the names of the figures and meshes, the most important first.

    The history is written only where the folder has none. `result.json` comes first, so that the numbers are safe whatever
    happens to the figures.

    Raises:
        OSError: if something cannot be written.
    """
    write_json(folder / RESULT, summary)
    if not (folder / HISTORY).exists():
        copy = History(folder / HISTORY)
        for record in history:
            copy.append(record)
        copy.close()
    names: list[str] = []
    bodies: set[str] = set()
    for drawing in drawings:
        if isinstance(drawing, Sketch):
            names += write_sketch(folder, drawing)
            bodies.add(drawing.name)
            continue
        if drawing.body not in bodies:
            names += write_body(folder, drawing)
            bodies.add(drawing.body)
        names += write_states(folder, drawing)
    for verdict in found:
        if verdict.abscissa is not None:
            names.append(write_curve(folder, verdict))
    if len(history) > 1:
        save(draw_loss(history, title), folder / "loss.png")
        names.append("loss.png")
    return names


def write_body(folder: Path, drawing: Drawing) -> list[str]:
    """`BODY.png` and `BODY.vtu` of the unloaded body."""
    name = file_name(drawing.body)
    save(draw_design(drawing.mesh, drawing.coordinates, drawing.body), folder / f"{name}.png")
    write_vtu(folder / f"{name}.vtu", drawing.mesh, drawing.coordinates)
    return [f"{name}.png", f"{name}.vtu"]


def write_sketch(folder: Path, sketch: Sketch) -> list[str]:
    """`NAME.png`, what it shows as `NAME.npz` where that can be saved, and its further files."""
    name = file_name(sketch.name)
    save(sketch.figure, folder / f"{name}.png")
    names = [f"{name}.png"]
    if sketch.arrays:
        save_arrays(folder / f"{name}.npz", sketch.arrays)
        names.append(f"{name}.npz")
    for end, content in sketch.files.items():
        write_bytes(folder / f"{name}{end}", content)
        names.append(f"{name}{end}")
    return names


def write_states(folder: Path, drawing: Drawing) -> list[str]:
    """`LOAD.png`, and `LOAD-01.vtu`, … one an increment; nothing where there is no load."""
    if not drawing.states:
        return []
    load = file_name(drawing.name)
    save(figure_of(drawing), folder / f"{load}.png")
    names = [f"{load}.png"]
    for number, state in enumerate(drawing.states, start=1):
        name = f"{load}-{number:02d}.vtu"
        fields = {"displacement": state.displacement, **state.fields}
        write_vtu(folder / name, drawing.mesh, drawing.coordinates, points=fields)
        names.append(name)
    return names


def write_curve(folder: Path, verdict: Verdict) -> str:
    """The figure of a goal that is a curve."""
    name = f"{file_name(verdict.name)}.png"
    label = f"{verdict.name} ({verdict.unit})" if verdict.unit else verdict.name
    figure = draw_curve(
        np.asarray(verdict.abscissa, dtype=float),
        np.asarray(verdict.value, dtype=float),
        None if verdict.target is None else np.asarray(verdict.target, dtype=float),
        fresh=None if verdict.fresh_value is None else np.asarray(verdict.fresh_value, dtype=float),
        tolerance=verdict.tolerance,
        labels=("strain", label),
        title=verdict.name,
    )
    save(figure, folder / name)
    return name


def file_name(name: str) -> str:
    """A name that every file system takes: `stress(pull)` becomes `stress-pull`."""
    return re.sub(r"[^\w.+-]+", "-", name).strip("-.") or "unnamed"
