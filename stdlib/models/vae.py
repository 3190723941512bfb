"""Latent spaces of cells: loaded, taken from the cache, or trained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from metac.runtime.artefacts.watch import present_watch
from metac.stdlib.models.vae_fields import SCORES, VaeFields

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from metac.compiler.interfaces.dataset import CellDataset
    from metac.compiler.interfaces.drawing import Exported, Prepared
    from metac.compiler.interfaces.latent import LearnedCells
    from metac.compiler.interfaces.model import KnownCellsModel, LatentModel
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.runtime.learn.autoencoders.cell_latent_space import CellLatentSpace


class Vae:
    """Model: fields as in `vae.meta`; `space` is the trained latent space.

    Raises `FieldError`: M0585 where the fields make no network, M0586 to M0588 and M0592 for `weights` and `data` that give
    none, M0594 where the data set cannot be learned from.
    """

    def __init__(self, *, built: CellLatentSpace | None = None, **fields: Any) -> None:
        self._built = built
        self.fields = VaeFields(**fields)

    @staticmethod
    def build(**fields: Any) -> CellLatentSpace:
        """The trained networks: those of `weights`, those of the cache, or new ones."""
        return VaeFields(**fields).space()

    @property
    def space(self) -> CellLatentSpace:
        """Encoder, decoder and regressor, with the cells that they learned from."""
        assert self._built is not None, "made without what `build` gives"
        return self._built

    @property
    def data(self) -> CellDataset | None:
        """The cells that it learns from, or that `weights` have learned from; None where they are not given."""
        return self.fields.data

    def known_cells(self) -> LearnedCells | None:
        """See `VaeFields.known_cells`."""
        return self.fields.known_cells()

    def prepare(self) -> None:
        """Show how well cells are decoded; `build` has trained it."""
        from metac.runtime.report.table import lines

        headings, *rows = self.fields.scores()
        present_watch().note("\n".join(lines(headings, rows)))

    def figure(self, title: str) -> Figure:
        """Principal components of all cells, coloured by stiffness."""
        from metac.runtime.learn.autoencoders.latent_plots import plot_latent

        return plot_latent(self.space, title)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Latent variables `[cell, latent]` and stiffness `[cell, 4]` (MPa) of the cells that it learned from."""
        return {"latents": np.asarray(self.space.latents), "stiffness": self.space.stiffness}

    def files(self) -> dict[str, bytes]:
        """Scores as CSV, pages of reconstructed cells and of axes."""
        from metac.stdlib.models.vae_writing import pages_of

        return {f"-{SCORES}": (self.fields.folder / SCORES).read_bytes(), **pages_of(self.fields.folder)}


if TYPE_CHECKING:
    Satisfies[LatentModel](Vae)
    Satisfies[KnownCellsModel](Vae)
    Satisfies[Exported](Vae)
    Satisfies[Prepared](Vae)
