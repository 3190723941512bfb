"""Movements that repeat otherwise than the pores that they move, judged while a spec is checked: without JAX."""

from __future__ import annotations

from collections.abc import Mapping
from math import isclose
from typing import Any

from metac.compiler.interfaces.attainability import Facts
from metac.compiler.interfaces.doubted import Doubt
from metac.stdlib.symmetries.groups import HEXAGONAL


def other_lattice(deformed: Facts, made: Mapping[str, Any]) -> Doubt | None:
    """A body whose pores are tiled on one lattice and moved on another has the symmetry of neither."""
    del made
    moved, by = deformed.fields.get("body"), deformed.fields.get("by")
    tiled, movement = _symmetry(_field(moved, "shape")), _symmetry(by)
    if tiled is None or movement is None:
        return None
    of_tiles, of_movement = _cell(tiled), _cell(movement)
    if (
        of_tiles is None
        or of_movement is None
        or (of_tiles[0] == of_movement[0] and _commensurate(of_tiles[1], of_movement[1]))
    ):
        return None
    return Doubt(
        "by",
        f"the pores repeat with {_shown(tiled)}, what moves them with {_shown(movement)}",
        ("images of a pore are moved in different ways: the design has neither symmetry",),
        f"give both one symmetry, `symmetry = {tiled.name}`",
    )


def _field(of: Any, name: str) -> Any:
    return of.fields.get(name) if isinstance(of, Facts) else None


def _symmetry(of: Any) -> Facts | None:
    found = _field(of, "symmetry")
    return found if isinstance(found, Facts) else None


def _cell(symmetry: Facts) -> tuple[bool, tuple[float, float]] | None:
    """Whether the lattice is hexagonal, and its edges, mm; None where they are not known."""
    cell = symmetry.fields.get("cell")
    match cell if isinstance(cell, tuple) else (cell, cell):
        case (float() | int() as x, float() | int() as y) if x > 0 and y > 0:
            return symmetry.definition in HEXAGONAL, (float(x), float(y))
        case _:
            return None


def _commensurate(first: tuple[float, float], second: tuple[float, float]) -> bool:
    """Whether one lattice contains the other, as that of two by two cells does."""
    return any(
        all(isclose(round(large / small), large / small, rel_tol=1e-9) for large, small in zip(one, other, strict=True))
        for one, other in ((first, second), (second, first))
    )


def _shown(symmetry: Facts) -> str:
    cell = symmetry.fields["cell"]
    edges = cell if isinstance(cell, tuple) else (cell,)
    return f"a {symmetry.definition} cell of {' × '.join(f'{edge:g}' for edge in edges)} mm"
