"""What a measure's definition may know of targets that no design can reach; asked by `metac check`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from metac.compiler.interfaces.values import Known


class Facts(NamedTuple):
    """What is known of an object when a spec is checked."""

    name: str
    definition: str
    """The name of its definition."""
    fields: Mapping[str, Any]
    """Known values in internal units, `Facts` of other objects, tuples of them; what is not known is left out. Who reads a
    field knows what its definition lets it hold."""
    form: str | None = None
    """What sort of object it is, its own or taken over from a field's object."""


class BoundedMeasure(NamedTuple):
    """A measure of which a requirement bounds the value; internal units, None where there is no bound."""

    measure: Facts
    lower: float | None
    upper: float | None


class Unreachable(NamedTuple):
    """Why a target cannot be reached, with the bound's value and a way out."""

    message: str
    notes: tuple[str, ...] = ()
    help: str | None = None


AttainabilityCheck = Callable[[Facts, Known, float, tuple[BoundedMeasure, ...]], Unreachable | None]
"""Asked by `metac check` whether a target can be reached: `(measure, target, tolerance, requirements)`; None where it may.

A measure's definition names it as `attainable = "module:function"`. It must not import JAX.
"""
