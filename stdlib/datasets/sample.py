"""Random networks with their properties: taken from the cache, or made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.dataset import Labelled
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.artefacts.keys import code_of, key_of, series
from metac.runtime.artefacts.store import Store
from metac.runtime.artefacts.watch import present_watch
from metac.runtime.beams.node_grid import MOST_TILES
from metac.stdlib.generators.random_network import RandomNetwork

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from metac.compiler.interfaces.dataset import LabelledDataset, MadeByRecipe
    from metac.compiler.interfaces.drawing import Exported, Prepared
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.runtime.beams.beam_element import Theory
    from metac.runtime.datasets.networks.random_networks import NetworkRecipe, Sampled

FORMAT = 1
"""A change of meaning that the hashes of code do not show gives samples new keys."""
SAMPLES = "samples.npz"
MOST_DECIMALS = 6


class Sample:
    """Data set of labelled networks; fields as in `sample.meta`, mm and MPa. Nothing is made before it is asked for.

    Raises `FieldError`: M0549 for a connectivity that the grid cannot have, M0540 for another grid that makes no network,
    M0591 for `tiles` and `decimals` that make no samples.
    """

    def __init__(
        self,
        *,
        spacing: float,
        width: float,
        E: float,
        count: int,
        grid: Sequence[int],
        connectivity: Sequence[float],
        thickness: float,
        nu: float,
        theory: str,
        tiles: Sequence[Sequence[int]],
        balance: str | None,
        each: int,
        decimals: Sequence[int],
        seed: int,
    ) -> None:
        self._network = RandomNetwork(
            spacing=float(spacing), grid=grid, connectivity=connectivity, widths=(1.0, 1.0), shift=0.0, crossings="keep"
        )
        self._beams = (float(spacing), float(width))
        self._material = (float(E), float(nu), float(thickness), cast("Theory", str(theory)))
        self._tiles = _tilings(tiles)
        how = None if balance is None else str(balance)
        self._balance = {"balance": how, "each": int(each), "decimals": _two_decimals(decimals)}
        self._count, self._seed = int(count), int(seed)

    @property
    def title(self) -> str:
        """For people."""
        grid, tilings = self._network.grid, len(self._tiles)
        tiled = "" if tilings == 1 else f" in {tilings} tilings"
        return f"samples of {self._count:,} networks of {grid.columns} by {grid.rows} nodes{tiled}"

    @property
    def content(self) -> dict[str, Any]:
        """What the samples depend on."""
        return {"samples": self.key}

    @property
    def features(self) -> int:
        """Candidate beams of a cell."""
        return self._network.grid.edge_count

    @property
    def label_names(self) -> tuple[str, ...]:
        """E11, E22, nu12, nu21."""
        from metac.runtime.beams.property_names import PROPERTY_NAMES

        return PROPERTY_NAMES

    @property
    def label_units(self) -> tuple[str, ...]:
        """MPa for moduli."""
        from metac.runtime.beams.property_names import PROPERTY_UNITS

        return PROPERTY_UNITS

    @property
    def setting_names(self) -> tuple[str, ...]:
        """D1 and D2 where there is more than one tiling."""
        return ("D1", "D2") if len(self._tiles) > 1 else ()

    @cached_property
    def key(self) -> str:
        """Of the samples in the cache: everything that they depend on; not how many threads make them."""
        from metac.runtime.beams import (
            batched_properties,
            beam_element,
            block_tridiagonal,
            connectivity,
            frame_equilibrium,
            frame_topology,
            grid_grips,
            node_grid,
        )
        from metac.runtime.datasets.networks import balance, random_networks

        modules = (
            connectivity,
            beam_element,
            frame_topology,
            frame_equilibrium,
            grid_grips,
            batched_properties,
            block_tridiagonal,
            node_grid,
            balance,
            random_networks,
        )
        code, versions = code_of(module.__file__ for module in modules), series("numpy", "jax")
        return key_of({"format": FORMAT, "recipe": self.recipe.describe(), "code": code, "versions": versions})

    @cached_property
    def recipe(self) -> NetworkRecipe:
        """How samples are made."""
        from metac.runtime.beams.batched_properties import NetworkFamily
        from metac.runtime.beams.beam_element import BeamMaterial
        from metac.runtime.datasets.networks.random_networks import NetworkRecipe

        networks = NetworkFamily(self._network.grid, *self._beams, BeamMaterial(*self._material))
        return NetworkRecipe(networks, self._network.counts, self._tiles, self._count, self._seed, **self._balance)

    def prepare(self) -> None:
        """Make the samples if they are not in the cache. Raises Interrupted, CacheUnusable, SamplingFailed."""
        _ = self._made

    def samples(self) -> Labelled:
        """All samples, those of a design one after the other; raises what `prepare` raises."""
        designs, labels = self._made
        times = len(self._tiles)
        settings = np.tile(np.asarray(self._tiles, float), (len(designs), 1))[:, : len(self.setting_names)]
        return Labelled(np.repeat(designs, times, axis=0), labels.reshape(-1, labels.shape[-1]), settings)

    def valid(self, designs: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Networks of which all nodes are connected."""
        from metac.runtime.beams.connectivity import connected_designs

        return connected_designs(self._network.grid, designs)

    def figure(self, title: str) -> Figure:
        """Scatter plots of properties, or maps of one design's over its sizes."""
        from metac.runtime.datasets.networks.property_clouds import draw_samples

        return draw_samples(self._made, self.recipe, title)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What `designs` reads: saved with the figure."""
        names = {"label_names": self.label_names, "label_units": self.label_units, "setting_names": self.setting_names}
        return self.samples()._asdict() | {name: np.array(texts, str) for name, texts in names.items()}

    def files(self) -> dict[str, bytes]:
        """Extremes, shares and ellipses of properties as CSV."""
        from metac.runtime.datasets.networks.property_table import property_table

        return {"-properties.csv": property_table(self._made, self.recipe)}

    @cached_property
    def _made(self) -> Sampled:
        from metac.runtime.datasets.networks.random_networks import Sampled

        folder = Store().entry("sample", self.key, self.title, self._make)
        with np.load(folder / SAMPLES, allow_pickle=False) as file:
            return Sampled(np.unpackbits(file["designs"], axis=1, count=self.features), file["labels"])

    def _make(self, folder: Path) -> None:
        """Into a folder of the cache."""
        from metac.runtime.cores import cores
        from metac.runtime.datasets.failures import written
        from metac.runtime.datasets.networks.property_clouds import draw_samples
        from metac.runtime.datasets.networks.random_networks import sample
        from metac.runtime.report.design_plots import save
        from metac.runtime.runs.atomic import save_arrays, write_json

        made = sample(self.recipe, folder, self.title, cores())
        found = f"{len(made.designs):,} designs, {made.labels.shape[0] * made.labels.shape[1]:,} samples"
        with written(self.title):
            save_arrays(folder / SAMPLES, {"designs": np.packbits(made.designs, axis=1), "labels": made.labels})
            write_json(folder / "recipe.json", {"title": self.title, "found": found, "recipe": self.recipe.describe()})
            save(draw_samples(made, self.recipe, self.title), folder / "clouds.png")
        present_watch().note(f"{self.title} are made: {found}")


def _tilings(tiles: Sequence[Sequence[int]]) -> tuple[tuple[int, int], ...]:
    found = [[int(count) for count in each] for each in tiles]
    if not found or not all(len(each) == 2 and all(1 <= count <= MOST_TILES for count in each) for each in found):
        message = f"tilings have 1 to {MOST_TILES} cells along x and along y, found {found}"
        raise FieldError("tiles", message, code="M0591", help="write `tiles = [[1, 1], [4, 4]]`")
    if twice := [each for number, each in enumerate(found) if each in found[:number]]:
        raise FieldError("tiles", f"the tiling {twice[0]} is there twice", code="M0591", help="name each tiling once")
    return tuple((each[0], each[1]) for each in found)


def _two_decimals(decimals: Sequence[int]) -> tuple[int, int]:
    found = [int(number) for number in decimals]
    if len(found) != 2 or not all(0 <= number <= MOST_DECIMALS for number in found):
        message = f"moduli and Poisson's ratios are rounded to 0 to {MOST_DECIMALS} decimals each, found {found}"
        raise FieldError("decimals", message, code="M0591", help="write `decimals = [1, 2]`")
    return found[0], found[1]


if TYPE_CHECKING:
    Satisfies[LabelledDataset](Sample)
    Satisfies[MadeByRecipe](Sample)
    Satisfies[Exported](Sample)
    Satisfies[Prepared](Sample)
