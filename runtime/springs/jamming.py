"""Jammed packings of soft discs, whose contacts become the bonds of a network.

Discs of several sizes in equal parts repel each other where they overlap, F = σ − r for the sum σ of their radii. At a
pressure the packing's enthalpy E + p L² has a minimum, which FIRE finds over positions and the logarithm of the box
(Bitzek et al., PRL 97, 170201). Discs with fewer than three contacts, rattlers, hold nothing and are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metac.runtime.dimensions import PLANE
from metac.runtime.errors import RuntimeFailure
from metac.runtime.springs.network import Connections

MOST_ITERATIONS = 20_000
FORCE = 1e-10
"""Largest force, and imbalance of pressure, of a packing at rest."""
FIRST_FILLING = 0.9
"""Share of the box that the discs' areas take at the start."""
SKIN = 0.5
"""How far discs that are not listed as pairs are apart at least when the list is made, over what overlaps."""
RATTLER = 3
"""Contacts that a disc needs to be held."""
FIRST_STEP, LONGEST_STEP = 0.05, 0.4
DELAY, FASTER, SLOWER, MIXING, LESS_MIXING = 5, 1.1, 0.5, 0.1, 0.99
"""Parameters of FIRE, as published."""


class NotJammed(RuntimeFailure):
    """A packing that did not come to rest."""


@dataclass(frozen=True)
class Packing:
    """Discs at rest, rattlers left out, and their contacts."""

    positions: NDArray[np.float64]
    """`[disc, 2]`."""
    connections: Connections
    filling: float
    """Areas of all discs, rattlers included, over that of the box."""
    iterations: int
    rattlers: int


def jammed(nodes: int, sizes: Sequence[float], pressure: float, seed: int) -> Packing:
    """Discs of the diameters `sizes` at rest under a pressure, in a square box.

    Raises:
        NotJammed: where they do not come to rest, or nothing is left of them.
    """
    random = np.random.default_rng([seed, nodes])
    radii = np.resize(np.asarray(sizes, float), nodes) / 2
    radii = radii[random.permutation(nodes)]
    places = random.random((nodes, 2))
    length = float(np.sqrt(np.pi * np.sum(radii**2) / FIRST_FILLING))
    places, length, iterations = _at_rest(places, length, radii, pressure)
    places -= np.floor(places)
    pairs = _Pairs.near(places, length, radii)
    first, second, images = pairs.first, pairs.second, pairs.images(places)
    vectors = length * (places[second] + images - places[first])
    touching = np.hypot(*vectors.T) < radii[first] + radii[second]
    first, second, images = first[touching], second[touching], images[touching]
    held = _held(nodes, first, second)
    kept = held[first] & held[second]
    number = np.cumsum(held) - 1
    bonds = np.stack([number[first[kept]], number[second[kept]]], axis=1)
    if not len(bonds):
        message = f"at a pressure of {pressure:g} no disc is held by its neighbours"
        raise NotJammed(message, remedy="a higher pressure, or more nodes")
    connections = Connections(np.full(PLANE, length), bonds, images[kept], int(held.sum()))
    filling = float(np.pi * np.sum(radii**2) / length**2)
    return Packing(places[held] * length, connections, filling, iterations, int(nodes - held.sum()))


def _held(nodes: int, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.bool_]:
    """`[disc]`: which have `RATTLER` contacts with others that do."""
    held = np.ones(nodes, bool)
    while True:
        there = held[first] & held[second]
        contacts = np.bincount(first[there], minlength=nodes) + np.bincount(second[there], minlength=nodes)
        loose = held & (contacts < RATTLER)
        if not loose.any():
            return held
        held &= ~loose


@dataclass(frozen=True)
class _Pairs:
    """Pairs of discs that may touch until something has moved by half of the skin."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    reach: NDArray[np.float64]
    """`[pair]`: sum of the radii."""
    places: NDArray[np.float64]
    """Of all discs when the list was made, in periods."""
    length: float
    skin: float

    @classmethod
    def near(cls, places: NDArray[np.float64], length: float, radii: NDArray[np.float64]) -> _Pairs:
        """A new list. The box must be twice as long as any pair reaches, so that nearest images are unique."""
        skin = SKIN * float(radii.max())
        apart = places[None] - places[:, None]
        apart -= np.round(apart)
        reach = radii[:, None] + radii
        first, second = np.nonzero(np.triu(length * np.hypot(apart[..., 0], apart[..., 1]) < reach + skin, 1))
        return cls(first, second, reach[first, second], places.copy(), length, skin)

    def images(self, places: NDArray[np.float64]) -> NDArray[np.int64]:
        """`[pair, 2]`: periods that bring the second disc next to the first."""
        return -np.round(places[self.second] - places[self.first]).astype(np.int64)

    def valid(self, places: NDArray[np.float64], length: float) -> bool:
        """Whether no other pair can touch."""
        moved = np.abs(places - self.places).max() * length * np.sqrt(2)
        shrunk = max(0.0, 1 - length / self.length) * (self.reach.max(initial=0.0) + self.skin)
        return 2 * moved + shrunk < self.skin

    def forces(self, places: NDArray[np.float64], length: float) -> tuple[NDArray[np.float64], float]:
        """Forces `[disc, 2]`, and Σ over contacts of force times distance."""
        apart = places[self.second] - places[self.first]
        apart = length * (apart - np.round(apart))
        distance = np.hypot(apart[:, 0], apart[:, 1])
        overlap = np.maximum(self.reach - distance, 0.0)
        push = (overlap / np.maximum(distance, 1e-12))[:, None] * apart
        count = len(places)
        forces = np.zeros((count, PLANE))
        for axis in range(2):
            forces[:, axis] += np.bincount(self.second, push[:, axis], count)
            forces[:, axis] -= np.bincount(self.first, push[:, axis], count)
        return forces, float(np.sum(overlap * distance))


def _at_rest(
    places: NDArray[np.float64], length: float, radii: NDArray[np.float64], pressure: float
) -> tuple[NDArray[np.float64], float, int]:
    """Places in periods, edge of the box, iterations of FIRE. The box's variable is √n · log L: its force is comparable."""
    count = len(radii)
    weight = np.sqrt(count)
    velocity, box_velocity = np.zeros_like(places), 0.0
    step, mixing, downhill = FIRST_STEP, MIXING, 0
    pairs = _Pairs.near(places, length, radii)
    worst = np.inf
    for iteration in range(MOST_ITERATIONS):
        if not pairs.valid(places, length):
            pairs = _Pairs.near(places, length, radii)
        forces, work = pairs.forces(places, length)
        # dH/d(log L) at fixed places in periods; over the area twice the imbalance of pressure.
        box_force = (work - 2 * pressure * length**2) / weight
        worst = max(np.abs(forces).max(), abs(box_force) * weight / (2 * length**2))
        if worst < FORCE:
            return places, length, iteration
        power = float(np.sum(forces * velocity) + box_force * box_velocity)
        if power > 0:
            speed = np.sqrt(np.sum(velocity**2) + box_velocity**2)
            size = np.sqrt(np.sum(forces**2) + box_force**2)
            velocity = (1 - mixing) * velocity + mixing * speed / size * forces
            box_velocity = (1 - mixing) * box_velocity + mixing * speed / size * box_force
            downhill += 1
            if downhill > DELAY:
                step, mixing = min(step * FASTER, LONGEST_STEP), mixing * LESS_MIXING
        else:
            velocity, box_velocity = np.zeros_like(places), 0.0
            step, mixing, downhill = step * SLOWER, MIXING, 0
        velocity = velocity + step * forces
        box_velocity += step * box_force
        places = places + step * velocity / length
        length *= float(np.exp(np.clip(step * box_velocity / weight, -0.05, 0.05)))
    raise NotJammed(
        f"{count} discs at a pressure of {pressure:g} did not come to rest in {MOST_ITERATIONS:,} iterations: "
        f"the largest force is {worst:.1e}, and should be {FORCE:.0e}",
        remedy="a pressure of 0.01 or more, or another seed",
    )
