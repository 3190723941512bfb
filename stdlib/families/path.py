"""Families along shortest paths over the cells near a prescribed gradation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.family import FamilyCells
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.artefacts.watch import present_watch
from metac.stdlib.directions.mean_difference import cells_at_hand, cells_of
from metac.stdlib.families.path_fields import CODE, PathFields
from metac.stdlib.models.decoded_cells import decoder_of, require_same_size, require_same_solid, slopes_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from metac.compiler.interfaces.drawing import Exported, Prepared
    from metac.compiler.interfaces.family import CellFamily
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.runtime.families.decoded_family import DecodedFamily

COMPARED = 60
"""Cells of the paths, decoded, that say whether the solid is that of the model."""


class PathFamilies:
    """Families: fields as in `path.meta`; of which there are cells near the gradation, and paths, is judged by `metac check`
    where the cells need only be read.

    Raises `FieldError` M0628, see its explanation, and where nothing says which solid decoded cells are made of.
    """

    def __init__(self, *, built: tuple[DecodedFamily, ...] | None = None, **fields: Any) -> None:
        self.fields, self._built = PathFields(**fields), built
        self.data, self.chosen = self.fields.solid, int(self.fields.choose) - 1
        if built is None and (cells := cells_at_hand(self.fields.model)) is not None:
            self.fields.paths(cells)

    @staticmethod
    def build(**fields: Any) -> tuple[DecodedFamily, ...]:
        """The families, decoded and homogenised, of the latent space that is there by now."""
        return decoded_families(PathFields(**fields))

    @property
    def families(self) -> tuple[DecodedFamily, ...]:
        """All of them."""
        assert self._built is not None, "made without what `build` gives"
        return self._built

    @property
    def members(self) -> tuple[FamilyCells, ...]:
        """See `CellFamily`: the samples that are kept."""
        return tuple(
            FamilyCells(each.positions[each.kept], each.cells.solid[each.kept], each.cells.stiffness[each.kept])
            for each in self.families
        )

    def prepare(self) -> None:
        """Say how good the families are; `build` has made them."""
        from metac.runtime.report.table import lines

        headings, *rows = self._summaries()
        present_watch().note("\n".join(lines(headings, rows)))

    def figure(self, title: str) -> Figure:
        """Paths over the cells near the gradation, and a row of cells for each family."""
        from metac.runtime.families.family_plots import plot_families

        cells = cells_of(self.fields.model.space)
        return plot_families(self.families, cells.latents, self.fields.near(cells).numbers, title)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """By number of the family, from 1: latent variables, pixels, stiffness (MPa) of all samples; which are kept."""
        found: dict[str, NDArray[Any]] = {}
        for number, each in enumerate(self.families, start=1):
            parts = {"nodes": each.nodes, "positions": each.positions, "latents": each.latents, "kept": each.kept}
            parts |= {"cells": each.cells.solid, "stiffness": each.cells.stiffness}
            found |= {f"{name}_{number}": values for name, values in parts.items()}
        return found

    def files(self) -> dict[str, bytes]:
        """All samples, and how good each family is, as CSV; and the properties beside the gradation."""
        from metac.runtime.families.family_plots import plot_gradation
        from metac.runtime.report.design_plots import png_bytes
        from metac.runtime.runs.csv_tables import table_bytes
        from metac.stdlib.families.family_tables import sample_rows

        cells = cells_of(self.fields.model.space)
        title = "families and the prescribed gradation"
        figure = plot_gradation(self.families, cells.stiffness, self.fields.gradation, title)
        return {
            ".csv": table_bytes(sample_rows(self.families)),
            "-families.csv": table_bytes(self._summaries()),
            "-gradation.png": png_bytes(figure),
        }

    def _summaries(self) -> list[list[str]]:
        from metac.stdlib.families.family_tables import summary_rows

        return summary_rows(self.families)


def decoded_families(fields: PathFields) -> tuple[DecodedFamily, ...]:
    """All that the fields ask for; raises FieldError M0628 where one has no two sound cells that get stiffer."""
    from metac.runtime.families.correction import corrected
    from metac.runtime.families.decoded_family import DecodedFamily, FamilyReader

    space, data, samples = fields.model.space, fields.solid, int(fields.samples)
    require_same_size(space, data, CODE)
    reader = FamilyReader(decoder_of(space), data.homogenised, float(fields.threshold), data.mirrored, int(fields.feature))
    cells = cells_of(space)
    paths, latents = fields.paths(cells), np.asarray(cells.latents, float)
    compared = np.concatenate(paths)[:COMPARED]
    found = reader.read(latents[compared]).stiffness[:, 0]
    require_same_solid(fields.model, data, found, cells.stiffness[compared, 0], CODE)
    families = tuple(DecodedFamily.of(path, latents[path], samples, reader, fields.gradation) for path in paths)
    slopes, scale = slopes_of(space), data.solid[[0, 0, 1, 2], [0, 0, 1, 2]]
    for _ in range(int(fields.corrections)):
        families = tuple(corrected(each, reader, fields.gradation, slopes, scale) for each in families)
    for number, each in enumerate(families, start=1):
        if len(each.kept) < 2:
            message = f"of {samples} cells decoded along family {number} no two are one piece and get stiffer"
            help = "ask for more samples, or train the latent space for longer"
            raise FieldError("samples", message, code=CODE, help=help)
    return families


if TYPE_CHECKING:
    Satisfies[CellFamily](PathFamilies)
    Satisfies[Exported](PathFamilies)
    Satisfies[Prepared](PathFamilies)
