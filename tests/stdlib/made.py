"""Loads and measures with the defaults of their definitions: what specs get that say no more."""

from __future__ import annotations

from typing import Any

from metac.stdlib.bodies.cell import Cell
from metac.stdlib.bodies.pixels import Pixels
from metac.stdlib.bodies.specimen import Specimen
from metac.stdlib.loads.linear import Homogenisation
from metac.stdlib.loads.uniaxial import Compression, Cyclic, FollowedCompression, FollowedTension, PeriodicTension, Tension
from metac.stdlib.measures.critical_strain import CriticalStrain
from metac.stdlib.measures.edge_displacement import EdgeDisplacement
from metac.stdlib.measures.elastic_constants import PoissonRatio, YoungsModulus
from metac.stdlib.measures.energy import StoredEnergy
from metac.stdlib.measures.smallest_jacobian import SmallestJacobian
from metac.stdlib.measures.stress import NominalStress
from metac.stdlib.measures.volume_fraction import VolumeFraction


class Solid:
    """A tiled shape without pores."""

    def __init__(self, symmetry: Any) -> None:
        self.symmetry, self.pores = symmetry, ()

    def outlines(self, domain: Any) -> tuple[()]:
        del domain
        return ()


def pixels(density: Any, size: float, materials: Any, order: int = 1) -> Pixels:
    return Pixels(density=density, size=size, height=None, materials=materials, exponent=1.0, order=order, thickness=1.0)


def cell(shape: Any, material: Any, **fields: Any) -> Cell:
    defaults = {
        "cells": [1, 1],
        "order": 2,
        "size": None,
        "across": 2.0,
        "thickness": 1.0,
        "contact": None,
        "element": "plain",
    }
    return Cell(shape=shape, material=material, **(defaults | fields))


def specimen(shape: Any, cells: Any, material: Any, **fields: Any) -> Specimen:
    defaults = {"order": 2, "size": None, "across": 2.0, "thickness": 1.0, "contact": None, "element": "plain"}
    return Specimen(shape=shape, cells=cells, material=material, **(defaults | fields))


def gripped(kind: Any, body: Any, strain: Any, along: str = "y", increments: int = 10, clamp: str = "both") -> Any:
    """A `Tension` or a `Compression`."""
    return kind(body=body, strain=strain, along=along, increments=increments, clamp=clamp)


def tension(body: Any, strain: Any, *fields: Any, **named: Any) -> Tension:
    return gripped(Tension, body, strain, *fields, **named)


def compression(body: Any, strain: Any, *fields: Any, **named: Any) -> Compression:
    return gripped(Compression, body, strain, *fields, **named)


def cyclic(body: Any, strains: Any, along: str = "y", increments: int = 10, clamp: str = "both") -> Cyclic:
    return Cyclic(body=body, strains=strains, along=along, increments=increments, clamp=clamp)


def followed(kind: Any, body: Any, travel: Any, along: str = "y", increments: int = 20) -> Any:
    """A `FollowedTension` or a `FollowedCompression`."""
    return kind(body=body, travel=travel, along=along, increments=increments)


def followed_tension(body: Any, travel: Any, *fields: Any, **named: Any) -> FollowedTension:
    return followed(FollowedTension, body, travel, *fields, **named)


def followed_compression(body: Any, travel: Any, *fields: Any, **named: Any) -> FollowedCompression:
    return followed(FollowedCompression, body, travel, *fields, **named)


def periodic(kind: Any, body: Any, strain: Any, along: str = "y", increments: int = 10) -> Any:
    """A `PeriodicTension` or a `PeriodicCompression`."""
    return kind(body=body, strain=strain, along=along, increments=increments)


def periodic_tension(body: Any, strain: Any, *fields: Any, **named: Any) -> PeriodicTension:
    return periodic(PeriodicTension, body, strain, *fields, **named)


def homogenised(body: Any) -> Homogenisation:
    return Homogenisation(body=body)


def stress(load: Any, component: str | None = None) -> Any:
    return NominalStress(of=load, component=component).value


def energy(load: Any, along: float | None = None) -> Any:
    return StoredEnergy(of=load, along=along).value


def poisson_ratio(load: Any, along: float | None = None) -> Any:
    return PoissonRatio(of=load, along=along).value


def youngs_modulus(load: Any, along: float | None = None) -> Any:
    return YoungsModulus(of=load, along=along).value


def critical_strain(load: Any) -> Any:
    return CriticalStrain(of=load).value


def edge_displacement(load: Any, side: str) -> Any:
    return EdgeDisplacement(of=load, side=side).value


def volume_fraction(body: Any) -> Any:
    return VolumeFraction(of=body).value


def smallest_jacobian(body: Any) -> Any:
    return SmallestJacobian(of=body).value


def nominal(load: Any) -> Any:
    """`[increment]`, MPa: the mean stress that goes with the strain that a load drives, positive in tension."""
    i, j = load.response.driven
    return load.response.mean_stress[:, i, j]


def lateral(load: Any) -> Any:
    """The mean strain across the axis of a load, at its end."""
    across = 1 - load.response.driven[0]
    return load.response.mean_strain[-1, across, across]
