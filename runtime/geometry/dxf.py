"""Curves in DXF files: all use of ezdxf is here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from metac.runtime.geometry.drawn_curves import LARGEST_FILE, Chain, NoDrawnOutline
from metac.runtime.regular_files import require_regular

CURVES = ("LINE", "ARC", "CIRCLE", "ELLIPSE", "SPLINE", "LWPOLYLINE", "POLYLINE")
SEGMENTS = 16
"""Cubic pieces of a full circle: they follow it to 1e-7 of its radius."""
MOST_CURVES = 100_000
DEEPEST = 16
"""Blocks within blocks."""


def read_dxf_chains(path: Path, layer: str | None, unit: float | None) -> tuple[list[Chain], float]:
    """The curves of a layer, of all layers where it is None, in units of the drawing; and what a length of 1 is, mm.

    Args:
        path: of the file.
        layer: name of the layer, capitals and small letters alike.
        unit: what a length of 1 is, mm; needed where the file does not say it.

    Raises:
        OSError: where the file cannot be opened.
        NoDrawnOutline: where it holds no such curves, or some that are not in the plane.
    """
    document = opened_dxf(path)
    entities = curves_of(document, layer)
    return [_pieces(entity) for entity in entities], millimetres(document, unit)


def opened_dxf(path: Path) -> Any:
    """The document; raises OSError, NoDrawnOutline."""
    import ezdxf

    require_regular(path)
    if path.stat().st_size > LARGEST_FILE:
        raise NoDrawnOutline(f"it has more than {LARGEST_FILE:,} bytes", "take a part of the drawing")
    path.open("rb").close()
    try:
        return ezdxf.readfile(path)  # pyright: ignore[reportPrivateImportUsage]
    except (OSError, ezdxf.DXFError, ValueError) as problem:  # pyright: ignore[reportPrivateImportUsage]
        raise NoDrawnOutline(f"this is no DXF file: {problem}", "export it as DXF, R2000 or later") from problem


def curves_of(document: Any, layer: str | None) -> list[Any]:
    """Lines and curves of the model space, those in blocks included; raises NoDrawnOutline where there are none."""
    found = []
    for entity in _entities(document.modelspace(), 0):
        if entity.dxftype() in CURVES:
            found.append(entity)
            if len(found) > MOST_CURVES:
                raise NoDrawnOutline(f"there are more than {MOST_CURVES:,} curves", "take a part of the drawing")
    names = sorted({entity.dxf.layer for entity in found})
    if layer is not None:
        found = [entity for entity in found if entity.dxf.layer.casefold() == layer.casefold()]
    if not found:
        others = sorted({entity.dxftype() for entity in document.modelspace()} - set(CURVES))
        what = f"there are no curves on a layer `{layer}`" if layer is not None else "there are no curves"
        if layer is not None and names:
            raise NoDrawnOutline(what, f"layers with curves: {', '.join(f'`{name}`' for name in names)}", field="layer")
        raise NoDrawnOutline(what + (f", only {', '.join(others)}" if others else ""), f"curves are {', '.join(CURVES)}")
    return found


def _entities(entities: Any, depth: int) -> Iterator[Any]:
    """Entities, and those of the blocks that are inserted among them."""
    if depth > DEEPEST:
        raise NoDrawnOutline(f"blocks lie within blocks more than {DEEPEST} deep", "explode them in the drawing")
    for entity in entities:
        if entity.dxftype() == "INSERT":
            for single in entity.multi_insert() if entity.mcount > 1 else (entity,):
                yield from _entities(single.virtual_entities(), depth + 1)
        else:
            yield entity


def millimetres(document: Any, unit: float | None) -> float:
    """What a length of 1 is, mm; raises NoDrawnOutline where the file and `unit` do not say it, or not the same."""
    from ezdxf.enums import InsertUnits
    from ezdxf.units import conversion_factor

    said = float(conversion_factor(document.units, InsertUnits.Millimeters)) if document.units else None
    if said is None and unit is None:
        raise NoDrawnOutline("the file does not say in which unit it is drawn", "say it: `unit = 1 mm`")
    if said is not None and unit is not None and abs(unit - said) > 1e-9 * said:
        raise NoDrawnOutline(
            f"the file is drawn in units of {said:g} mm, not of {unit:g} mm",
            "leave `unit` out, or mend $INSUNITS",
            field="unit",
        )
    return said if said is not None else float(unit or 1.0)


def _pieces(entity: Any) -> Chain:
    from ezdxf.path import Command, make_path

    try:
        path: Any = make_path(entity, segments=SEGMENTS)
    except (ValueError, ArithmeticError) as problem:
        # What ezdxf makes of coordinates that are not finite.
        raise NoDrawnOutline(f"a {entity.dxftype()} cannot be drawn: {problem}", "export the drawing again") from problem
    pieces: Chain = []
    start = np.array(path.start)
    if abs(start[2]) > 0 or path.has_sub_paths:
        raise NoDrawnOutline(f"a {entity.dxftype()} does not lie in the plane z = 0", "draw it in the plane")
    for command in path.commands():
        end = np.array(command.end)
        if command.type == Command.LINE_TO:
            controls = np.array([start, end])
        elif command.type == Command.CURVE3_TO:
            controls = np.array([start, command.ctrl, end])
        else:
            controls = np.array([start, command.ctrl1, command.ctrl2, end])
        if not np.isfinite(controls).all():
            raise NoDrawnOutline(f"a {entity.dxftype()} has a coordinate that is no number", "export the drawing again")
        if np.abs(controls[:, 2]).max() > 0:
            raise NoDrawnOutline(f"a {entity.dxftype()} does not lie in the plane z = 0", "draw it in the plane")
        if np.ptp(controls, axis=0).max() > 0:
            pieces.append(controls[:, :2])
        start = end
    if entity.dxftype() in ("LWPOLYLINE", "POLYLINE") and entity.is_closed and not path.is_closed:
        pieces.append(np.array([path.end, path.start])[:, :2])
    return pieces
