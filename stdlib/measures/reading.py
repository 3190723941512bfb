"""What measures ask of a load, and what they say where its response has no such thing."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np
from jax.core import Tracer

from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.mechanical_response import DirectedResponse, EveryDirection, MeanFieldResponse

Found = TypeVar("Found")
NEAR = 1e-9
"""Radian by which a direction may miss an axis."""


@runtime_checkable
class Meshed(Protocol):
    """A body made of elements."""

    mesh: Any
    coordinates: Any
    domain: Any


def read(load: Any, protocol: type[Found], what: str) -> Found:
    """The response of a load, as far as a protocol sees it; `FieldError` M0523 on `of` where it has no such thing."""
    response = load.response
    if not isinstance(response, protocol):
        raise FieldError("of", f"this load has no {what}", code="M0523")
    return response


def direction(load: Any, angle: Any | None) -> Any | None:
    """An angle from x towards y, radian, as a number where a load cannot answer for any direction; None stays None.

    Within a trace an angle that must be a number makes JAX raise, on which the compiler gives it as a constant.
    """
    every = isinstance(load, EveryDirection) and load.every_direction
    return float(angle) if isinstance(angle, Tracer) and not every else angle


def axis_of(angle: Any) -> int | None:
    """0 for an angle along x, 1 for one along y, None for others, radian."""
    for axis in (0, 1):
        if abs(np.sin(float(angle) - axis * np.pi / 2)) < NEAR:
            return axis
    return None


def uniaxial(load: Any, along: Any | None) -> tuple[MeanFieldResponse, int]:
    """The response of a test under uniaxial stress, and its axis.

    `along`, radian, must be its direction; None is that of the test, or x where one load has tests along both axes.

    Raises:
        FieldError: M0523, on `of` where the load is none or several strains drive it, on `along` where it acts otherwise.
    """
    response = load.response
    wanted = None if along is None else axis_of(along)
    if isinstance(response, DirectedResponse):
        wanted = 0 if along is None else wanted
        if wanted is None:
            raise FieldError(
                "along", "this load acts along x and along y alone", code="M0523", help="write `0 deg` or `90 deg`"
            )
        return response.cases[wanted], wanted
    found = read(load, MeanFieldResponse, "mean strain and stress")
    if not found.uniaxial or found.driven is None:
        raise FieldError(
            "of",
            "this load is no uniaxial test: its body is not free of stress across",
            code="M0523",
            help="pull the body along one axis, with `tension` or `periodic_tension`, or homogenise it with `periodic`",
        )
    axis = found.driven[0]
    if along is not None and wanted != axis:
        raise FieldError("along", f"this load acts along {'xy'[axis]}, and tells nothing of other directions", code="M0523")
    return found, axis
