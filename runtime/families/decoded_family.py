"""A family of cells: a path through a latent space, decoded evenly, repaired, homogenised, and judged by its gradation."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from metac.runtime.datasets.cells.design_space import whole
from metac.runtime.datasets.cells.repair import repaired
from metac.runtime.families.gradation import Gradation
from metac.runtime.learn.autoencoders.decoded_scores import soundness

Array = NDArray[np.float64]
Cells = NDArray[np.bool_]


@dataclass(frozen=True)
class FamilyReader:
    """What places of a latent space are: decoded, black and white, repaired, homogenised."""

    decoded: Callable[[Array], Array]
    """`[cell, row, column]`, 0 … 1, of `[cell, latent]`."""
    homogenised: Callable[[Cells], Array]
    """`[cell, 4]`, MPa, of `[cell, row, column]`; not a number where that is not known."""
    threshold: float
    mirrored: bool
    """Whether both mid-lines mirror the cells: others are not repaired."""
    feature: int
    """Least width of members and gaps of repaired cells, pixels."""

    def read(self, latents: Array) -> ReadCells:
        """Of `[cell, latent]`."""
        solid = self.decoded(latents) > self.threshold
        raw, _ = soundness(solid, mirrored=False)
        sound = raw
        if self.mirrored:
            rows, columns = solid.shape[1] // 2, solid.shape[2] // 2
            quarters, sound = repaired(solid[:, :rows, :columns], self.feature)
            solid = whole(quarters)
        return ReadCells(solid, self.homogenised(solid), raw, sound)


class ReadCells(NamedTuple):
    """Decoded cells."""

    solid: Cells
    """`[cell, row, column]`."""
    stiffness: Array
    """`[cell, 4]`: C11, C12, C22, C66, MPa."""
    one_piece: NDArray[np.bool_]
    """`[cell]`: as decoded, whether the solid is one piece through all periods."""
    sound: NDArray[np.bool_]
    """`[cell]`: whether it is after it was repaired, and nothing of it is too narrow."""

    def of(self, chosen: slice) -> ReadCells:
        """Some of them."""
        return ReadCells(self.solid[chosen], self.stiffness[chosen], self.one_piece[chosen], self.sound[chosen])


@dataclass(frozen=True, eq=False)
class DecodedFamily:
    """One family."""

    nodes: NDArray[np.int64]
    """`[node]`: cells of the data that its path goes through."""
    node_cells: ReadCells
    """These, decoded."""
    positions: Array
    """`[sample]`: shares of the path's length, from 0 to 1."""
    latents: Array
    """`[sample, latent]`."""
    cells: ReadCells
    """`[sample]`."""
    distances: Array
    """`[sample]`: from the gradation, MPa."""

    @classmethod
    def of(
        cls, nodes: NDArray[np.int64], path: Array, samples: int, reader: FamilyReader, gradation: Gradation
    ) -> DecodedFamily:
        """Of `path[node, latent]`, sampled evenly by length, interpolated linearly."""
        lengths = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
        positions = np.linspace(0, 1, samples)
        latents = np.stack([np.interp(positions * lengths[-1], lengths, column) for column in path.T], axis=1)
        both = reader.read(np.concatenate([path, latents]))
        node_cells, cells = both.of(slice(len(path))), both.of(slice(len(path), None))
        return cls(nodes, node_cells, positions, latents, cells, gradation.distances_of(cells.stiffness))

    @property
    def known(self) -> NDArray[np.bool_]:
        """`[sample]`: sound cells of a stiffness that is known and positive definite."""
        c11, c12, c22, c66 = self.cells.stiffness.T
        with np.errstate(invalid="ignore"):
            return self.cells.sound & (c11 > 0) & (c22 > 0) & (c66 > 0) & (c12**2 < c11 * c22)

    @property
    def kept(self) -> NDArray[np.int64]:
        """Samples that make the family: of the sound ones the most whose C11 rises from each to the next."""
        known = np.flatnonzero(self.known)
        return known[longest_rise(self.cells.stiffness[known, 0])]

    def summary(self) -> FamilySummary:
        """How good it is."""
        known, kept = np.flatnonzero(self.known), self.kept
        c11 = self.cells.stiffness[:, 0]
        shapes = self.node_cells.solid
        both, either = shapes[:-1] & shapes[1:], shapes[:-1] | shapes[1:]
        overlap = both.sum(axis=(1, 2)) / np.maximum(either.sum(axis=(1, 2)), 1)
        nothing = float("nan")
        ends = c11[kept[[0, -1]]].tolist() if len(kept) else (nothing, nothing)
        return FamilySummary(
            nodes=len(self.nodes),
            softest=ends[0],
            stiffest=ends[1],
            one_piece=float(self.cells.one_piece.mean()),
            sound=float(self.cells.sound.mean()),
            rising=float((np.diff(c11[known]) > 0).mean()) if len(known) > 1 else nothing,
            kept=len(kept),
            deviation=float(np.sqrt((self.distances[kept] ** 2).mean())) if len(kept) else nothing,
            worst=float(self.distances[kept].max()) if len(kept) else nothing,
            overlap=float(overlap.mean()) if len(overlap) else nothing,
        )


class FamilySummary(NamedTuple):
    """How good a family is."""

    nodes: int
    """Cells of the data that it goes through."""
    softest: float
    """C11 of its first cell that is kept, MPa."""
    stiffest: float
    """Of the last."""
    one_piece: float
    """Share of the samples that are one piece as decoded."""
    sound: float
    """Once they are repaired."""
    rising: float
    """Share of the steps between sound samples along which C11 grows."""
    kept: int
    """Samples that make the family."""
    deviation: float
    """Root mean square distance of these from the gradation, MPa."""
    worst: float
    """The largest, MPa."""
    overlap: float
    """Mean of solid that two neighbouring nodes share over that of either."""

    def texts(self) -> list[str]:
        """As cells of a table."""
        return [f"{value:.4g}" if isinstance(value, float) and np.isfinite(value) else _text(value) for value in self]


SUMMARY_HEADINGS = (
    "cells of the data",
    "first C11 (MPa)",
    "last C11 (MPa)",
    "one piece",
    "once repaired",
    "rising steps",
    "samples kept",
    "rms distance (MPa)",
    "largest distance (MPa)",
    "overlap of neighbours",
)


def _text(value: float) -> str:
    return "" if isinstance(value, float) else str(value)


def longest_rise(values: Array) -> NDArray[np.int64]:
    """Indices of a longest subsequence that rises strictly (patience sorting)."""
    tails: list[float] = []
    at: list[int] = []
    before = np.full(len(values), -1)
    for index, value in enumerate(values):
        place = bisect_left(tails, value)
        before[index] = at[place - 1] if place else -1
        if place == len(tails):
            tails.append(value)
            at.append(index)
        else:
            tails[place], at[place] = value, index
    found = [at[-1]] if at else []
    while found and before[found[-1]] >= 0:
        found.append(int(before[found[-1]]))
    return np.array(found[::-1], np.int64)
