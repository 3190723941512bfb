"""What bodies of several materials are put together from: judged when they are made, and by `metac check` without JAX."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import cos, sin
from typing import Any

import numpy as np

from metac.compiler.interfaces.attainability import Facts
from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.shape import TiledShape
from metac.stdlib.bodies.whole_cells import lattice_of

ALONG = 1e-9
"""Sine of the angle to an axis up to which layers lie along it."""
LEAST_SLANT = 0.02
"""The same from which on a period is meshed."""
SAME = 1e-9
"""Relative difference of lattice vectors that are the same."""


def composite(body: Facts, made: Mapping[str, Any]) -> None:
    """`FieldError` where inclusions, pores, fillings and the material between them do not go together: M0565, M0568."""
    materials, fillings, inclusions = (body.fields.get(name) for name in ("material", "fillings", "inclusions"))
    if isinstance(fillings, tuple) and isinstance(inclusions, tuple):
        require_fillings(fillings, inclusions)
        _require_alike((materials, *fillings), "fillings")
    known = made.get("inclusions")
    if known is not None and ("pores" in made or body.fields.get("pores") is None):
        pores = made.get("pores")
        shapes = shapes_of(known, pores)
        # Of one cell alone: what meets the images of its neighbours is found when the body is made.
        require_apart([shape.pores for shape in shapes], pores is not None)


def groups(body: Facts, made: Mapping[str, Any]) -> None:
    """`FieldError` where named groups of elements and materials do not go together: M0559, M0565."""
    named, materials = body.fields.get("groups"), body.fields.get("materials")
    if isinstance(named, tuple) and isinstance(materials, tuple):
        require_materials(materials, named)
        _require_alike(materials, "materials")


def laminate(body: Facts, made: Mapping[str, Any]) -> None:
    """`FieldError` where layers and materials do not go together, or the layers have no period: M0565, M0658."""
    del made
    layers, materials, angle = (body.fields.get(name) for name in ("layers", "materials", "angle"))
    if isinstance(layers, tuple):
        require_layers(len(layers), len(materials) if isinstance(materials, tuple) else None)
    if isinstance(materials, tuple):
        _require_alike(materials, "materials")
    if body.form == "periodic" and isinstance(angle, float | int):
        require_period(min(abs(sin(angle)), abs(cos(angle))))


def require_layers(layers: int, materials: int | None = None) -> None:
    """`FieldError` M0658 where there are no layers, or not as many materials."""
    if not layers:
        raise FieldError("layers", "a laminate has one layer at least", code="M0658", help="without layers take a `coupon`")
    if materials is not None and materials != layers:
        message = f"there are {layers} layers, and {materials} materials"
        raise FieldError("materials", message, code="M0658", help="name one material for each layer, in their order")


def require_period(slant: float) -> None:
    """`FieldError` M0658 where layers are nearly along an axis, so that periods are long; `slant`: sine of that angle."""
    if ALONG < slant < LEAST_SLANT:
        message = f"layers at this angle repeat only after {1 / slant:.3g} times the thickness of the stack"
        raise FieldError("angle", message, code="M0658", help="lay them along x or y, and turn what is read of them instead")


def require_fillings(fillings: Sequence[Any], inclusions: Sequence[Any]) -> None:
    """`FieldError` M0568 where there are not as many materials as shapes of inclusions."""
    if len(fillings) != len(inclusions):
        message = f"there are {len(inclusions)} shapes of inclusions, and {len(fillings)} materials to fill them"
        raise FieldError("fillings", message, code="M0568", help="give each shape one material")


def require_materials(materials: Sequence[Any], groups: Sequence[str]) -> None:
    """`FieldError` M0559 where there are not as many materials as groups of elements."""
    if len(materials) != max(len(groups), 1):
        wanted = f"{len(groups)} groups are named" if groups else "no groups are named, so that all is of one material"
        raise FieldError("materials", f"{wanted}, and {len(materials)} materials are given", code="M0559")


def require_one_plane_state(states: set[str], field: str) -> None:
    """`FieldError` M0565 where materials of one body are in plane stress and in plane strain."""
    if len(states) > 1:
        raise FieldError(
            field,
            "one material is in plane stress, another in plane strain: a body is thin or thick as a whole",
            code="M0565",
            help="laws without a field `plane` are in plane strain; give the others `plane = strain`",
        )


def require_one_history(laws: int, remember: bool, field: str) -> None:
    """`FieldError` M0565 where one of several laws depends on its loading history."""
    if laws > 1 and remember:
        raise FieldError(
            field,
            "a history-dependent material goes only with materials of the same law",
            code="M0565",
            help="an elastic part may be of the same law, with a yield stress that is never reached",
        )


def _require_alike(materials: Sequence[Any], field: str) -> None:
    """`FieldError` M0565 for mixtures that cannot be, as far as materials are known."""
    known = [each for each in materials if isinstance(each, Facts)]
    states = {each.fields.get("plane", "strain") for each in known}
    require_one_plane_state({each for each in states if isinstance(each, str)}, field)
    require_one_history(
        len({each.definition for each in known}), any(each.form == "history_dependent" for each in known), field
    )


def shapes_of(inclusions: Sequence[TiledShape], pores: TiledShape | None) -> list[TiledShape]:
    """All shapes, the pores last; `FieldError` where one does not repeat by the first one's lattice."""
    if not len(inclusions):
        raise FieldError("inclusions", "a composite has inclusions", code="M0568", help="without them take a `specimen`")
    named = [("inclusions", each) for each in inclusions] + ([] if pores is None else [("pores", pores)])
    first = np.asarray(lattice_of(inclusions[0], "inclusions").basis, float)
    for field, shape in named[1:]:
        if np.abs(np.asarray(lattice_of(shape, field).basis, float) - first).max() > SAME * np.abs(first).max():
            raise FieldError(field, "this shape repeats by another lattice than the first inclusions", code="M0568")
    return [shape for _, shape in named]


def require_apart(groups: Sequence[Sequence[Any]], with_pores: bool) -> None:
    """`FieldError` M0568 where an outline of one group, of which pores are the last, meets those of another."""
    for number, group in enumerate(groups):
        for other, others in enumerate(groups[:number]):
            for one in group:
                if any(one.polygon.intersects(each.polygon) for each in others):
                    x, y = one.polygon.centroid.coords[0]
                    what = "a pore" if with_pores and number == len(groups) - 1 else f"one of shape {number + 1}"
                    message = f"{what}, around ({x:.4g}, {y:.4g}) mm, meets an inclusion of shape {other + 1}"
                    raise FieldError("inclusions", message, code="M0568", help="leave material between them")
