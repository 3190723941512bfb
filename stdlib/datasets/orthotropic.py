"""Orthotropic cells with their stiffness: taken from the cache, or made."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.artefacts.keys import code_of, key_of, series
from metac.runtime.artefacts.store import Store
from metac.runtime.artefacts.watch import present_watch
from metac.runtime.learn.diffusion import preprocessing
from metac.stdlib.datasets.image_data import Preparation, size_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from metac.compiler.interfaces.dataset import CellDataset
    from metac.compiler.interfaces.drawing import Exported, Prepared
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.runtime.datasets.cells.design_space import CellDesignSpace, Cells
    from metac.runtime.datasets.cells.growth_history import RoundRecord
    from metac.runtime.datasets.cells.property_index import NearestCells, PropertyIndex

FORMAT = 2
"""A change of meaning that the hashes of code do not show gives data bases new keys."""
CELLS, CARD, EARLIER_CARD = "cells.npz", "cells.json", "family.json"
EARLIER = ("rows", "columns", "young", "poisson", "stress", "contrast", "seed")
"""Of a design space: what versions without `feature` had, but for the share of solid."""
SMALLEST = 8
"""Rows and columns of a cell that leave its shapes some room."""


class Orthotropic:
    """Data set of cells; fields as in `orthotropic.meta`. Nothing is made before it is asked for.

    Raises `FieldError`: M0584 where `pixels` are none, M0590 where the fields leave no cells.
    """

    def __init__(
        self,
        *,
        count: int,
        seeds: int,
        late_seeds: int,
        cell: Sequence[int],
        volume: Sequence[Any],
        feature: int,
        E: float,
        nu: float,
        plane: str,
        contrast: float,
        pixels: Sequence[int],
        noise: float,
        blur: float,
        seed: int,
    ) -> None:
        self.count, self.seeds, self.seed = int(count), min(int(seeds), int(count)), int(seed)
        self.late_seeds = int(late_seeds)
        self._preparation = Preparation(size_of("pixels", pixels), float(noise), float(blur), self.seed)
        self._cell = _even(cell)
        self._volume = _between(volume)
        self._feature = _fitting(feature, self._cell)
        self._phases = {
            "young": float(E),
            "poisson": float(nu),
            "stress": str(plane) == "stress",
            "contrast": float(contrast),
        }

    @property
    def title(self) -> str:
        """For people."""
        return f"{self.count:,} orthotropic cells"

    @property
    def pixels(self) -> tuple[int, int]:
        """Rows and columns of the samples."""
        return self._preparation.pixels

    @property
    def content(self) -> dict[str, Any]:
        """What the samples depend on."""
        how = self._preparation
        return {
            "cells": self.key,
            "fields": [list(how.pixels), how.noise, how.blur, how.seed],
            "code": code_of([preprocessing.__file__]),
            "versions": how.versions,
        }

    @cached_property
    def key(self) -> str:
        """Of the cells in the cache: everything that they depend on; not how many processes make them."""
        from metac.runtime.datasets.cells import (
            cell_bounds,
            design_space,
            growth,
            perturbation,
            property_gaps,
            repair,
            selection,
        )
        from metac.runtime.datasets.cells import topology_seeds as topology
        from metac.runtime.grid import bounds, element, quarter

        grids = (bounds, element, quarter)
        modules = (*grids, cell_bounds, design_space, growth, perturbation, property_gaps, repair, selection, topology)
        return key_of(
            {
                "format": FORMAT,
                **self.asked,
                "code": code_of(module.__file__ for module in modules),
                "versions": series("numpy", "scipy"),
            }
        )

    @cached_property
    def space(self) -> CellDesignSpace:
        """What is admitted."""
        from metac.runtime.datasets.cells.design_space import CellDesignSpace

        rows, columns = self._cell
        least, most = self._volume
        shape = {"least": least, "most": most, "feature": self._feature}
        return CellDesignSpace(rows // 2, columns // 2, seed=self.seed, **shape, **self._phases)

    @property
    def asked(self) -> dict[str, Any]:
        """What is asked for, whatever code makes it.

        Sets without late seeds are what they were before there were such, and cards of models that learned from them fit.
        """
        late = {"late_seeds": self.late_seeds} if self.late_seeds else {}
        return {"space": self.space.describe(), "count": self.count, "seeds": self.seeds, **late}

    @property
    def cell(self) -> tuple[int, int]:
        """Rows and columns of a cell, as it was homogenised."""
        return self._cell

    @property
    def mirrored(self) -> bool:
        """Both mid-lines mirror each cell."""
        return True

    @property
    def solid(self) -> NDArray[np.float64]:
        """`[3, 3]`: stiffness of the solid, MPa."""
        return self.space.solid

    @property
    def contrast(self) -> float:
        """By which the void is softer."""
        return self.space.contrast

    def prepare(self) -> None:
        """Make the cells if they are not in the cache. Raises Interrupted, CacheUnusable, SamplingFailed."""
        _ = self._made

    def samples(self) -> NDArray[np.float32]:
        """`[cell, row, column]`, -1 … 1, of the size `pixels`; raises what `prepare` raises."""
        return self._preparation.samples(self.cells(), (0.0, 1.0))

    def cells(self) -> NDArray[np.uint8]:
        """`[cell, row, column]`: 1 for solid, as they were homogenised; raises what `prepare` raises."""
        from metac.runtime.datasets.cells.design_space import whole

        return whole(self._made.quarters).astype(np.uint8)

    def stiffness(self) -> NDArray[np.float64]:
        """`[cell, 4]`: C11, C12, C22, C66 of the cells, MPa, in Voigt form; raises what `prepare` raises."""
        return self._made.stiffness

    def nearest(self, stiffness: ArrayLike, count: int = 1) -> NearestCells:
        """So many cells whose C11, C12, C22, C66 are nearest to these (MPa); raises what `prepare` raises."""
        return self._index.nearest(stiffness, count)

    def homogenised(self, cells: NDArray[np.bool_]) -> NDArray[np.float64]:
        """`[cell, 4]`, MPa: stiffness of other cells `[cell, row, column]` of this size and symmetry, with these phases.

        No numbers where a solve is not accurate.
        """
        from metac.runtime.datasets.cells.design_space import ACCURATE, independent

        space = self.space
        found = space.quarter.homogenise(space.moduli(cells[:, : space.rows, : space.columns]))
        accurate = found.residual <= ACCURATE
        return np.where(accurate[:, None], independent(found.stiffness), np.nan)

    def figure(self, title: str) -> Figure:
        """Some cells, and the space of their properties."""
        from metac.runtime.datasets.cells.cell_plots import plot_cells

        return plot_cells(self._made, self.space, self.seeds, self.rounds, title)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Cells and stiffness, to be saved with the figure."""
        return {"cells": self.cells(), "stiffness": self.stiffness()}

    def files(self) -> dict[str, bytes]:
        """What each round found, and how near cells come to what none exceeds, as CSV."""
        from metac.runtime.datasets.cells.growth_history import rounds_table
        from metac.runtime.runs.csv_tables import table_bytes

        largest = [[name, f"{value:.4f}"] for name, value in self.card["largest"].items()]
        return {
            "-rounds.csv": table_bytes(rounds_table(self.rounds)),
            "-bounds.csv": table_bytes([["bound", "largest ratio of a cell"], *largest]),
        }

    @property
    def rounds(self) -> list[RoundRecord]:
        """Of the growth; raises what `prepare` raises."""
        from metac.runtime.datasets.cells.growth_history import RoundRecord

        return [RoundRecord(**each) for each in self.card["rounds"]]

    @cached_property
    def card(self) -> dict[str, Any]:
        """What is known of the data base: rounds, ratios to bounds; raises what `prepare` raises."""
        return json.loads((self._folder / CARD).read_text(encoding="utf-8"))

    @cached_property
    def _index(self) -> PropertyIndex:
        from metac.runtime.datasets.cells.property_index import PropertyIndex

        return PropertyIndex(self.stiffness(), self.space.scale)

    @cached_property
    def _folder(self) -> Path:
        store = Store()
        return store.entry("cells", self.key, self.title, partial(self._make, store))

    @cached_property
    def _made(self) -> Cells:
        from metac.runtime.datasets.cells.growth import unpack

        with np.load(self._folder / CELLS, allow_pickle=False) as file:
            return unpack({name: file[name] for name in file.files}, self.space)

    def _make(self, store: Store, folder: Path) -> None:
        """Into a folder of the cache."""
        from metac.runtime.cores import cores
        from metac.runtime.datasets.cells.cell_bounds import BOUNDS, ratios_to_bounds
        from metac.runtime.datasets.cells.cell_plots import plot_cells
        from metac.runtime.datasets.cells.design_space import INDEPENDENT
        from metac.runtime.datasets.cells.growth import grow, pack
        from metac.runtime.datasets.failures import written
        from metac.runtime.report.design_plots import save
        from metac.runtime.runs.atomic import save_arrays, write_json

        self._note_earlier(store)
        cells, rounds = grow(self.space, self.count, self.seeds, folder, self.title, cores(), self.late_seeds)
        share = cells.quarters.mean(axis=(1, 2))
        mixed = share < 1  # the solid alone reaches all bounds
        ratios = ratios_to_bounds(self.space, cells.stiffness[mixed], share[mixed]).max(axis=0, initial=0)
        story = {
            "title": self.title,
            "space": self.space.describe(),
            "seeds": self.seeds,
            "stiffness": [f"C{'126'[i]}{'126'[j]}" for i, j in INDEPENDENT],
            "largest": dict(zip(BOUNDS, ratios.tolist(), strict=True)),
            "rounds": [each.describe() for each in rounds],
        }
        with written(self.title):
            save_arrays(folder / CELLS, pack(cells))
            write_json(folder / CARD, story)
            save(plot_cells(cells, self.space, self.seeds, rounds, self.title), folder / "cells.png")
        present_watch().note(f"{self.title} are made; `metac cache` shows where")

    def _note_earlier(self, store: Store) -> None:
        """Say so where an earlier version made the same, which this one makes again."""
        for entry in store.entries():
            if entry.kind == "cells" and entry.finished and entry.title == self.title and self._asked_before(entry.path):
                present_watch().note(
                    f"{self.title} of an earlier version, without a least feature, are in the cache; they are made "
                    f"again, and the earlier ones stay in {entry.path / CELLS}"
                )
                return

    def _asked_before(self, folder: Path) -> bool:
        """Whether the cells in a folder are those of an earlier version for the same fields, but for the share of solid."""
        try:
            card: Mapping[str, Any] = json.loads((folder / EARLIER_CARD).read_text(encoding="utf-8"))
            space = self.space.describe()
            return card["seeds"] == self.seeds and all(card["family"][name] == space[name] for name in EARLIER)
        except (OSError, ValueError, KeyError, TypeError):
            return False


def _even(cell: Sequence[int]) -> tuple[int, int]:
    rows, columns = size_of("cell", cell)
    if rows % 2 or columns % 2 or min(rows, columns) < SMALLEST:
        raise FieldError(
            "cell",
            f"a cell that its mid-lines mirror has even rows and columns, {SMALLEST} at least, found {[rows, columns]}",
            code="M0590",
            help="write `cell = [50, 50]`",
        )
    return rows, columns


def _between(volume: Sequence[Any]) -> tuple[float, float]:
    least, most = float(volume[0]), float(volume[1])
    if not 0 < least < most <= 1:
        raise FieldError(
            "volume",
            f"no cell has a share of solid in {least:g} .. {most:g}",
            code="M0590",
            help="bounds lie above 0 and up to 1, the smaller first: `volume = 0.05 .. 1`",
        )
    return least, most


def _fitting(feature: int, cell: tuple[int, int]) -> int:
    largest = min(cell) // 4
    if not 1 <= feature <= largest:
        raise FieldError(
            "feature",
            f"members and gaps of {feature} pixels leave no shapes in a cell of {cell[0]} by {cell[1]}",
            code="M0590",
            help=f"take {largest} at most, or a larger `cell`",
        )
    return int(feature)


if TYPE_CHECKING:
    Satisfies[CellDataset](Orthotropic)
    Satisfies[Exported](Orthotropic)
    Satisfies[Prepared](Orthotropic)
