"""Boundaries of inclusions in a sheet: the boundary of what is around them run through backwards, and edges of the sheet."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from metac.runtime.geometry.rectangle import Rectangle
from metac.runtime.geometry.sheet import Piece, Ring, edge

Point = NDArray[np.float64]


class Interface(NamedTuple):
    """A piece of the boundary around an inclusion, run through backwards."""

    ring: int
    piece: int


class InclusionRing(NamedTuple):
    """The closed boundary of an inclusion, or of a part that the sheet's edges leave of it, which lies on its left."""

    outline: int
    parts: tuple[Interface | Piece, ...]


class _Chain(NamedTuple):
    """Pieces of one outline that follow each other, backwards, from one point on the sheet's edge to another."""

    parts: tuple[Interface, ...]
    start: Point
    end: Point


def inclusion_rings(rings: Sequence[Ring], filled: frozenset[int], domain: Rectangle) -> list[InclusionRing]:
    """The boundaries of the outlines in `filled`, given the rings of what is left of the sheet without them."""
    found, chains = [], {}
    for number, ring in enumerate(rings):
        runs = _runs(ring)
        if len(runs) == 1 and ring[0].outline in filled:
            parts = tuple(Interface(number, index) for index in reversed(range(len(ring))))
            found.append(InclusionRing(int(ring[0].outline or 0), parts))
            continue
        for run in runs:
            outline = ring[run[0]].outline
            if outline in filled:
                parts = tuple(Interface(number, index) for index in reversed(run))
                chains.setdefault(outline, []).append(_Chain(parts, ring[run[-1]].ends[1], ring[run[0]].ends[0]))
    for outline, waiting in chains.items():
        found += [InclusionRing(outline, parts) for parts in _closed(waiting, domain)]
    return found


def _runs(ring: Ring) -> list[list[int]]:
    """Indices of pieces that follow each other and are of the same outline."""
    breaks = [index for index in range(len(ring)) if ring[index].outline != ring[index - 1].outline]
    if not breaks:
        return [list(range(len(ring)))]
    order = [index % len(ring) for index in range(breaks[0], breaks[0] + len(ring))]
    runs: list[list[int]] = []
    for index in order:
        if index in breaks:
            runs.append([])
        runs[-1].append(index)
    return runs


def _closed(chains: list[_Chain], domain: Rectangle) -> list[tuple[Interface | Piece, ...]]:
    """Chains joined along the sheet's edges, which an inclusion follows counter-clockwise to where it begins again."""
    rings, waiting = [], list(range(len(chains)))
    while waiting:
        first = current = waiting.pop(0)
        parts: list[Interface | Piece] = []
        while True:
            parts += chains[current].parts
            here = chains[current].end
            following = min((first, *waiting), key=lambda number: _ahead(here, chains[number].start, domain))
            parts += _along(here, chains[following].start, domain)
            if following == first:
                break
            waiting.remove(following)
            current = following
        rings.append(tuple(parts))
    return rings


def _place(point: Point, domain: Rectangle) -> float:
    """Distance from the lower left corner along the edges, counter-clockwise, of a point exactly on them, mm."""
    (x, y), width, height = point, domain.width, domain.height
    if y == domain.y0:
        return float(x - domain.x0)
    if x == domain.x1:
        return float(width + y - domain.y0)
    if y == domain.y1:
        return float(width + height + domain.x1 - x)
    return float(2 * width + height + domain.y1 - y)


def _ahead(here: Point, there: Point, domain: Rectangle) -> float:
    return (_place(there, domain) - _place(here, domain)) % (2 * (domain.width + domain.height))


def _along(here: Point, there: Point, domain: Rectangle) -> list[Piece]:
    """The edges from one point on them to another, counter-clockwise, cut at corners."""
    corners = [(domain.x1, domain.y0), (domain.x1, domain.y1), (domain.x0, domain.y1), (domain.x0, domain.y0)]
    distance = _ahead(here, there, domain)
    passed = [np.array(corner) for corner in corners if 0 < _ahead(here, np.array(corner), domain) < distance]
    points = [here, *sorted(passed, key=lambda corner: _ahead(here, corner, domain)), there]
    return [edge(np.array(pair), domain) for pair in pairwise(points)]
