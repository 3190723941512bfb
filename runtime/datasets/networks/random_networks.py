"""Random networks with their properties: drawn, labelled, balanced and tiled, in chunks that are cached at once.

All that is drawn follows from the seed and the number of the chunk, so that samples are the same however many threads make
them and however often they were interrupted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from metac.runtime.beams.batched_properties import GROUPS_PER_CALL, NetworkFamily, properties_of_designs
from metac.runtime.beams.connectivity import connected_designs
from metac.runtime.beams.node_grid import NodeGrid
from metac.runtime.beams.property_names import PROPERTY_NAMES
from metac.runtime.datasets.chunks import Arrays, Chunks
from metac.runtime.datasets.failures import SamplingFailed
from metac.runtime.datasets.networks.balance import as_many_of_each_range, few_of_each_tuple

CHUNKS = "chunks"
CHUNK_SIZE = 8192
"""Designs in a chunk, of single cells."""
FRUITLESS = 20_000
"""Draws in a row without a connected design, after which drawing is given up."""
Tiles = tuple[int, int]


@dataclass(frozen=True)
class NetworkRecipe:
    """What samples depend on, besides code."""

    networks: NetworkFamily
    counts: tuple[int, ...]
    """Numbers of beams, each as likely."""
    tiles: tuple[Tiles, ...]
    """Tilings that every design is labelled as."""
    count: int
    """Designs drawn."""
    seed: int
    balance: str | None
    """`bins`, `ranges` or none; by the properties of single cells."""
    each: int
    """Designs of a bin, at most."""
    decimals: tuple[int, int]
    """To which bins round E / E_b and ν."""

    def connectivity(self, designs: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Z_g of designs `[design, edge]`: beams at a node in the mean."""
        return 2 * designs.sum(axis=1) / self.networks.grid.node_count

    def describe(self) -> dict[str, Any]:
        """As plain values."""
        plain = {"counts": list(self.counts), "tiles": [list(each) for each in self.tiles], "decimals": list(self.decimals)}
        rest = {"count": self.count, "seed": self.seed, "balance": self.balance, "each": self.each}
        return {"networks": self.networks.describe(), **plain, **rest}


class Sampled(NamedTuple):
    """Designs, and what was found of them."""

    designs: NDArray[np.uint8]
    """`[design, edge]`, 0 and 1, no two alike."""
    labels: NDArray[np.float64]
    """`[design, tiling, label]`, see `batched_properties.PROPERTY_NAMES`."""


def draw_networks(grid: NodeGrid, counts: tuple[int, ...], number: int, random: np.random.Generator) -> NDArray[np.uint8]:
    """`[design, edge]`: of each count of beams as likely, and of these any connected network as likely.

    Raises SamplingFailed where so few networks of so many beams are connected that none is found.
    """
    wanted = random.choice(np.asarray(counts), number)
    designs = np.zeros((number, grid.edge_count), np.uint8)
    missing, fruitless = np.arange(number), 0
    while len(missing):
        order = random.random((len(missing), grid.edge_count)).argsort(axis=1)
        drawn = np.zeros((len(missing), grid.edge_count), np.uint8)
        chosen = np.arange(grid.edge_count) < wanted[missing, None]
        np.put_along_axis(drawn, order, chosen.astype(np.uint8), axis=1)
        fine = connected_designs(grid, drawn)
        designs[missing[fine]] = drawn[fine]
        missing, fruitless = missing[~fine], 0 if fine.any() else fruitless + 1
        if fruitless == FRUITLESS:
            raise SamplingFailed(
                f"none of {len(missing) * FRUITLESS:,} random networks of {min(wanted[missing])} beams or more is connected",
                remedy="a larger `connectivity` makes it likelier",
            )
    return designs


def sample(recipe: NetworkRecipe, folder: Path, title: str, threads: int) -> Sampled:
    """All samples; `folder` caches the chunks.

    Raises:
        Interrupted: if the user wants to stop; finished chunks stay cached.
        SamplingFailed: if networks cannot be found, or chunks cannot be written.
    """
    work = _Work(recipe, Chunks(folder / CHUNKS, title), threads)
    cells = work.cells()
    if recipe.tiles == ((1, 1),):
        return cells
    return work.tiled(cells)


@dataclass(frozen=True)
class _Work:
    recipe: NetworkRecipe
    chunks: Chunks
    threads: int

    def cells(self) -> Sampled:
        """Single cells, each once, balanced."""
        recipe, grid = self.recipe, self.recipe.networks.grid

        def make(chunk: int) -> Arrays:
            number = min(CHUNK_SIZE, recipe.count - CHUNK_SIZE * chunk)
            # As many are drawn in the last chunk: a larger data set begins with a smaller one.
            designs = draw_networks(grid, recipe.counts, CHUNK_SIZE, np.random.default_rng([recipe.seed, chunk]))[:number]
            return _labelled(recipe.networks, (1, 1), designs) | {"designs": np.packbits(designs, axis=1)}

        made = self._made("cells", recipe.count, make, CHUNK_SIZE)
        packed, labels = (np.concatenate([chunk[name] for chunk in made]) for name in ("designs", "labels"))
        packed, labels = (each[np.concatenate([chunk["fine"] for chunk in made])] for each in (packed, labels))
        rows = np.sort(np.unique(packed, axis=0, return_index=True)[1])
        rows = rows[self._balanced(labels[rows])]
        return Sampled(np.unpackbits(packed[rows], axis=1, count=grid.edge_count), labels[rows, None])

    def tiled(self, cells: Sampled) -> Sampled:
        """The same designs in all tilings; those of which a solve failed are left out."""
        count, recipe = len(cells.designs), self.recipe
        labels, fine = np.empty((count, len(recipe.tiles), len(PROPERTY_NAMES))), np.ones(count, bool)
        for number, tiles in enumerate(recipe.tiles):
            if tiles == (1, 1):
                labels[:, number] = cells.labels[:, 0]
                continue

            size = chunk_size(tiles)

            def make(chunk: int, tiles: Tiles = tiles, size: int = size) -> Arrays:
                return _labelled(recipe.networks, tiles, cells.designs[size * chunk : size * (chunk + 1)])

            made = self._made(f"tiles-{tiles[0]}x{tiles[1]}", count, make, size)
            labels[:, number] = np.concatenate([chunk["labels"] for chunk in made])
            fine &= np.concatenate([chunk["fine"] for chunk in made])
        return Sampled(cells.designs[fine], labels[fine])

    def _made(self, name: str, count: int, make: Callable[[int], Arrays], size: int) -> list[Arrays]:
        names = [f"{name}-{chunk:05d}" for chunk in range(-(-count // size))]
        return self.chunks.made(names, make, self.threads, f"chunks, {name}")

    def _balanced(self, labels: NDArray[np.float64]) -> NDArray[np.int64]:
        """Rows that are taken."""
        recipe = self.recipe
        if recipe.balance is None:
            return np.arange(len(labels))
        if recipe.balance == "ranges":
            return as_many_of_each_range(labels[:, 2:])
        young = float(recipe.networks.material.young)
        moduli, ratios = recipe.decimals
        return few_of_each_tuple(labels / [young, young, 1, 1], [moduli, moduli, ratios, ratios], recipe.each)


def chunk_size(tiles: Tiles) -> int:
    """Designs in a chunk: fewer of large tilings, each of which takes longer, in whole batches of designs solved at once."""
    return GROUPS_PER_CALL * -(-CHUNK_SIZE // (GROUPS_PER_CALL * tiles[0] * tiles[1]))


def _labelled(networks: NetworkFamily, tiles: Tiles, designs: NDArray[np.uint8]) -> Arrays:
    labels, fine = properties_of_designs(networks, tiles, designs)
    return {"labels": labels, "fine": fine}
