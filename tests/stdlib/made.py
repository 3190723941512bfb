"""Bodies, loads and measures as specs make them that say no more: the rest are the defaults of their definitions."""

from __future__ import annotations

from typing import Any

from metac.compiler.types.types import kind_of_type_name
from tests.library import definition, make


class Solid:
    """A tiled shape without pores."""

    def __init__(self, symmetry: Any) -> None:
        self.symmetry, self.pores = symmetry, ()

    def outlines(self, domain: Any) -> tuple[()]:
        del domain
        return ()


def pixels(density: Any, size: float, materials: Any, **fields: Any) -> Any:
    return make("body", "pixels", density=density, size=size, materials=materials, **fields)


def cell(shape: Any, material: Any, **fields: Any) -> Any:
    return make("body", "cell", shape=shape, material=material, **fields)


def specimen(shape: Any, cells: Any, material: Any, **fields: Any) -> Any:
    return make("body", "specimen", shape=shape, cells=cells, material=material, **fields)


def _load(name: str, order: tuple[str, ...], *values: Any, **named: Any) -> Any:
    """A load from its first fields in this order, and others by name."""
    return make("load", name, **dict(zip(order, values, strict=False)), **named)


GRIPPED = ("body", "strain", "along", "increments", "clamp")
FOLLOWED = ("body", "travel", "along", "increments")


def gripped(kind: type, *fields: Any, **named: Any) -> Any:
    """A load of the class `Tension` or `Compression`."""
    return _load(kind_of_type_name(kind.__name__), GRIPPED, *fields, **named)


def tension(*fields: Any, **named: Any) -> Any:
    return _load("tension", GRIPPED, *fields, **named)


def compression(*fields: Any, **named: Any) -> Any:
    return _load("compression", GRIPPED, *fields, **named)


def cyclic(body: Any, strains: Any, **named: Any) -> Any:
    return make("load", "cyclic", body=body, strains=strains, **named)


def followed(kind: type, *fields: Any, **named: Any) -> Any:
    """A load of the class `FollowedTension` or `FollowedCompression`."""
    return _load(kind_of_type_name(kind.__name__), FOLLOWED, *fields, **named)


def followed_tension(*fields: Any, **named: Any) -> Any:
    return _load("followed_tension", FOLLOWED, *fields, **named)


def followed_compression(*fields: Any, **named: Any) -> Any:
    return _load("followed_compression", FOLLOWED, *fields, **named)


def periodic(kind: type, *fields: Any, **named: Any) -> Any:
    """A load of the class `PeriodicTension` or `PeriodicCompression`."""
    return _load(kind_of_type_name(kind.__name__), GRIPPED[:-1], *fields, **named)


def periodic_tension(*fields: Any, **named: Any) -> Any:
    return _load("periodic_tension", GRIPPED[:-1], *fields, **named)


def homogenised(body: Any) -> Any:
    return make("load", "periodic", body=body)


def _measure(name: str, *given: Any, **named: Any) -> Any:
    """The value of a measure as specs call it: its fields in their order, or by name."""
    return make("measure", name, **dict(zip(definition("measure", name).fields, given, strict=False)), **named).value


def stress(load: Any, *fields: Any, **named: Any) -> Any:
    return _measure("stress", load, *fields, **named)


def energy(load: Any, *fields: Any, **named: Any) -> Any:
    return _measure("energy", load, *fields, **named)


def poisson_ratio(load: Any, *fields: Any, **named: Any) -> Any:
    return _measure("poisson_ratio", load, *fields, **named)


def youngs_modulus(load: Any, *fields: Any, **named: Any) -> Any:
    return _measure("youngs_modulus", load, *fields, **named)


def critical_strain(load: Any) -> Any:
    return _measure("critical_strain", load)


def edge_displacement(load: Any, side: str) -> Any:
    return _measure("edge_displacement", load, side)


def volume_fraction(body: Any) -> Any:
    return _measure("volume_fraction", body)


def smallest_jacobian(body: Any) -> Any:
    return _measure("smallest_jacobian", body)


def nominal(load: Any) -> Any:
    """`[increment]`, MPa: the mean stress that goes with the strain that a load drives, positive in tension."""
    i, j = load.response.driven
    return load.response.mean_stress[:, i, j]


def lateral(load: Any) -> Any:
    """The mean strain across the axis of a load, at its end."""
    across = 1 - load.response.driven[0]
    return load.response.mean_strain[-1, across, across]
