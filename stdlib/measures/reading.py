"""What measures ask of a load, and what they say where its response has no such thing."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar, runtime_checkable

from jax.core import Tracer

from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.load import EveryDirection
from metac.compiler.interfaces.mechanical_response import DirectedResponse, MeanFieldResponse
from metac.stdlib.measures.answered import axis_of
from metac.stdlib.measures.refusals import not_uniaxial, other_direction, two_directions

Found = TypeVar("Found")


@runtime_checkable
class MeshedInDomain(Protocol):
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


def uniaxial(load: Any, along: Any | None) -> tuple[MeanFieldResponse, int]:
    """The response of a test under uniaxial stress, and its axis.

    `along`, radian, must be its direction; None is that of the test, or x where one load has tests along both axes.

    Raises:
        FieldError: M0523, on `of` where the load is none or several strains drive it, on `along` where it acts otherwise.
    """
    response = load.response
    wanted = None if along is None else axis_of(float(along))
    if isinstance(response, DirectedResponse):
        wanted = 0 if along is None else wanted
        if wanted is None:
            raise two_directions()
        return response.cases[wanted], wanted
    found = read(load, MeanFieldResponse, "mean strain and stress")
    if not found.uniaxial or found.driven is None:
        raise not_uniaxial()
    axis = found.driven[0]
    if along is not None and wanted != axis:
        raise other_direction(axis)
    return found, axis
