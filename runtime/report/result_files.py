"""A run's results as files: numbers, meshes, figures."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from metac.runtime.report.design_plots import draw_curve, draw_design, draw_loss, save
from metac.runtime.report.drawings import Drawing, Sketch, figure_of, is_strain
from metac.runtime.report.guide import GUIDE, guide
from metac.runtime.report.mesh_export import write_vtu
from metac.runtime.report.reported import APPLIED, OnMesh, Reported, as_csv
from metac.runtime.report.verdicts import Verdict
from metac.runtime.runs.atomic import save_arrays, write_bytes, write_json, write_text
from metac.runtime.runs.folder import HISTORY, RESULT
from metac.runtime.runs.history import History

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def write_results(
    folder: Path,
    summary: Mapping[str, Any],
    drawings: Sequence[Drawing | Sketch],
    found: Sequence[Verdict],
    history: Sequence[Mapping[str, Any]],
    title: str,
    formats: Sequence[str] = (),
    reports: Sequence[Reported] = (),
) -> list[str]:
    """Write everything into a folder and give the names of the figures and meshes, the most important first.

    The history is written only where the folder has none. `result.json` comes first, so that the numbers are safe whatever
    happens to the figures. Figures are PNG; with `formats`, such as `svg` and `pdf`, there are `NAME-figure.svg`, … beside.

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
            names += write_sketch(folder, drawing, formats)
            bodies.add(drawing.name)
            continue
        if drawing.body not in bodies:
            names += write_body(folder, drawing, formats)
            bodies.add(drawing.body)
        names += write_states(folder, drawing, formats)
    for verdict in found:
        if verdict.abscissa is not None:
            names += write_curve(folder, verdict, formats)
    if len(history) > 1:
        names += write_figure(folder, "loss", draw_loss(history, title), formats)
    names += write_reports(folder, reports, formats)
    write_text(folder / GUIDE, guide(folder))
    return names


def write_figure(folder: Path, name: str, figure: Figure, formats: Sequence[str] = ()) -> list[str]:
    """`NAME.png`, and `NAME-figure.FORMAT` for each further format: `NAME.svg` may be a drawing to be cut."""
    save(figure, folder / f"{name}.png")
    for form in formats:
        save(figure, folder / f"{name}-figure.{form}", form)
    return [f"{name}.png", *(f"{name}-figure.{form}" for form in formats)]


def write_body(folder: Path, drawing: Drawing, formats: Sequence[str] = ()) -> list[str]:
    """`BODY.png` and `BODY.vtu` of the unloaded body."""
    name = file_name(drawing.body)
    figure = draw_design(drawing.mesh, drawing.coordinates, drawing.body, drawing.cells.get("material"))
    names = write_figure(folder, name, figure, formats)
    write_vtu(folder / f"{name}.vtu", drawing.mesh, drawing.coordinates, cells=drawing.cells)
    return [*names, f"{name}.vtu", *write_files(folder, name, drawing.files)]


def write_sketch(folder: Path, sketch: Sketch, formats: Sequence[str] = ()) -> list[str]:
    """`NAME.png`, what it shows as `NAME.npz` where that can be saved, and its further files."""
    name = file_name(sketch.name)
    names = write_figure(folder, name, sketch.figure, formats)
    if sketch.arrays:
        save_arrays(folder / f"{name}.npz", sketch.arrays)
        names.append(f"{name}.npz")
    return [*names, *write_files(folder, name, sketch.files)]


def write_files(folder: Path, name: str, files: Mapping[str, bytes]) -> list[str]:
    """Further files of a body, by what their names end in."""
    for end, content in files.items():
        write_bytes(folder / f"{name}{end}", content)
    return [f"{name}{end}" for end in files]


def write_states(folder: Path, drawing: Drawing, formats: Sequence[str] = ()) -> list[str]:
    """`LOAD.png`, and `LOAD-01.vtu`, … one an increment; nothing where there is no load."""
    if not drawing.states:
        return []
    load = file_name(drawing.name)
    names = write_figure(folder, load, figure_of(drawing), formats)
    for number, state in enumerate(drawing.states, start=1):
        name = f"{load}-{number:02d}.vtu"
        fields = {"displacement": state.displacement, **state.fields}
        write_vtu(folder / name, drawing.mesh, drawing.coordinates, points=fields, cells=drawing.cells, state=state.label)
        names.append(name)
    return names


def write_curve(folder: Path, verdict: Verdict, formats: Sequence[str] = ()) -> list[str]:
    """The figure of a goal that is a curve."""
    fresh = _on_fresh_mesh(verdict, verdict.fresh_abscissa, verdict.fresh_value)
    return write_figure(
        folder, file_name(verdict.name), _curve_figure(verdict, verdict, _floats(verdict.target), fresh), formats
    )


def _curve_figure(
    what: Verdict | Reported,
    curve: Verdict | OnMesh,
    target: np.ndarray | None,
    fresh: tuple[np.ndarray, np.ndarray] | None,
) -> Figure:
    """A curve over what is applied, beside its target and itself on the fresh mesh."""
    applied = what.over or APPLIED
    label = f"{what.name} ({what.unit})" if what.unit else what.name
    return draw_curve(
        _shown_over(what) * np.asarray(curve.abscissa, dtype=float),
        np.asarray(curve.value, dtype=float),
        target,
        fresh=fresh,
        tolerance=curve.tolerance if isinstance(curve, Verdict) else None,
        labels=(f"{applied} (%)" if is_strain(applied) else applied, label),
        title=what.name,
    )


def _shown_over(what: Verdict | Reported) -> float:
    """Strains are shown in per cent."""
    return 100 if is_strain(what.over or APPLIED) else 1


def _on_fresh_mesh(what: Verdict | Reported, abscissa: Any, value: Any) -> tuple[np.ndarray, np.ndarray] | None:
    """The curve there, over its own places."""
    if abscissa is None or value is None:
        return None
    return _shown_over(what) * np.asarray(abscissa, dtype=float), np.asarray(value, dtype=float)


def _floats(values: Any) -> np.ndarray | None:
    return None if values is None else np.asarray(values, dtype=float)


def write_reports(folder: Path, reports: Sequence[Reported], formats: Sequence[str] = ()) -> list[str]:
    """`report-NAME.csv` and the figure of each report that is a curve."""
    names: list[str] = []
    for report in reports:
        if report.own.abscissa is None:
            continue
        name = f"report-{file_name(report.name)}"
        while f"{name}.csv" in names:
            name += "-2"
        write_text(folder / f"{name}.csv", as_csv(report))
        names += [f"{name}.csv", *write_figure(folder, name, _report_figure(report), formats)]
    return names


def _report_figure(report: Reported) -> Figure:
    """The curve, on the fresh mesh too."""
    fresh = None if report.fresh is None else _on_fresh_mesh(report, report.fresh.abscissa, report.fresh.value)
    return _curve_figure(report, report.own, None, fresh)


def file_name(name: str) -> str:
    """A name that every file system takes: `stress(pull)` becomes `stress-pull`."""
    return re.sub(r"[^\w.+-]+", "-", name).strip("-.") or "unnamed"
