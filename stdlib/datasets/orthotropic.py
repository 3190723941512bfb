"""Orthotropic cells with their stiffness: taken from the cache, or made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.artefacts.keys import code_of, key_of, series
from metac.runtime.artefacts.store import Store
from metac.runtime.artefacts.watch import present_watch
from metac.runtime.learn.diffusion import preprocessing
from metac.stdlib.datasets.image_data import Preparation, size_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from metac.compiler.interfaces.dataset import Dataset
    from metac.compiler.interfaces.drawing import Prepared
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.runtime.datasets.cells.family import CellFamily, Cells

FORMAT = 1
"""A change of meaning that the hashes of code do not show gives families new keys."""
CELLS = "cells.npz"
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
        cell: Sequence[int],
        volume: Sequence[Any],
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
        self._preparation = Preparation(size_of("pixels", pixels), float(noise), float(blur), self.seed)
        self._cell = _even(cell)
        self._volume = _between(volume)
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
        from metac.runtime.datasets.cells import family, growth, perturbation, repair, selection
        from metac.runtime.datasets.cells import topology_seeds as topology
        from metac.runtime.grid import bounds, element, quarter

        modules = (bounds, element, quarter, family, growth, perturbation, repair, selection, topology)
        return key_of(
            {
                "format": FORMAT,
                "family": self.family.describe(),
                "count": self.count,
                "seeds": self.seeds,
                "code": code_of(module.__file__ for module in modules),
                "versions": series("numpy", "scipy"),
            }
        )

    @cached_property
    def family(self) -> CellFamily:
        """What is admitted."""
        from metac.runtime.datasets.cells.family import CellFamily

        rows, columns = self._cell
        least, most = self._volume
        return CellFamily(rows // 2, columns // 2, least=least, most=most, seed=self.seed, **self._phases)

    def prepare(self) -> None:
        """Make the cells if they are not in the cache. Raises Interrupted, CacheUnusable, SamplingFailed."""
        _ = self._made

    def samples(self) -> NDArray[np.float32]:
        """`[cell, row, column]`, -1 … 1, of the size `pixels`; raises what `prepare` raises."""
        return self._preparation.samples(self.cells(), (0.0, 1.0))

    def cells(self) -> NDArray[np.uint8]:
        """`[cell, row, column]`: 1 for solid, as they were homogenised; raises what `prepare` raises."""
        from metac.runtime.datasets.cells.family import whole

        return whole(self._made.quarters).astype(np.uint8)

    def stiffness(self) -> NDArray[np.float64]:
        """`[cell, 4]`: C11, C12, C22, C66 of the cells, MPa, in Voigt form; raises what `prepare` raises."""
        return self._made.stiffness

    def figure(self, title: str) -> Figure:
        """Some cells, and the space of their properties."""
        from metac.runtime.datasets.cells.cell_plots import draw_family

        return draw_family(self._made, self.family, self.seeds, title)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Cells and stiffness, to be saved with the figure."""
        return {"cells": self.cells(), "stiffness": self.stiffness()}

    @cached_property
    def _made(self) -> Cells:
        from metac.runtime.datasets.cells.growth import unpack

        folder = Store().entry("cells", self.key, self.title, self._make)
        with np.load(folder / CELLS, allow_pickle=False) as file:
            return unpack({name: file[name] for name in file.files}, self.family)

    def _make(self, folder: Path) -> None:
        """Into a folder of the cache."""
        from metac.runtime.cores import cores
        from metac.runtime.datasets.cells.cell_plots import draw_family
        from metac.runtime.datasets.cells.family import INDEPENDENT
        from metac.runtime.datasets.cells.growth import grow, pack
        from metac.runtime.datasets.failures import written
        from metac.runtime.report.design_plots import save
        from metac.runtime.runs.atomic import save_arrays, write_json

        cells = grow(self.family, self.count, self.seeds, folder, self.title, cores())
        story = {
            "title": self.title,
            "family": self.family.describe(),
            "seeds": self.seeds,
            "stiffness": [f"C{'123456'[i]}{'123456'[j]}" for i, j in INDEPENDENT],
        }
        with written(self.title):
            save_arrays(folder / CELLS, pack(cells))
            write_json(folder / "family.json", story)
            save(draw_family(cells, self.family, self.seeds, self.title), folder / "family.png")
        present_watch().note(f"{self.title} are made; `metac cache` shows where")


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
    if not 0 < least < most < 1:
        raise FieldError(
            "volume",
            f"no cell has a share of solid in {least:g} .. {most:g}",
            code="M0590",
            help="bounds lie between 0 and 1, the smaller first: `volume = 0.15 .. 0.85`",
        )
    return least, most


if TYPE_CHECKING:
    Satisfies[Dataset](Orthotropic)
    Satisfies[Prepared](Orthotropic)
