"""Pictures with their elastic constants: taken from the cache, or made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.cached_property import cached_property
from metac.compiler.interfaces.dataset import Labelled
from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.artefacts.keys import code_of, key_of, series
from metac.runtime.artefacts.store import Store
from metac.runtime.artefacts.watch import present_watch
from metac.stdlib.datasets.images import Images

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from metac.compiler.interfaces.dataset import LabelledDataset
    from metac.compiler.interfaces.drawing import Prepared
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.runtime.datasets.pictures.labelled_pictures import Homogenised, LabelledPictures

FORMAT = 1
"""A change of meaning that the hashes of code do not show gives samples new keys."""
SAMPLES = "samples.npz"


class Simulate:
    """Data set of labelled pictures; fields as in `simulate.meta`, MPa. Nothing is made before it is asked for.

    Raises `FieldError`: M0591 for `labels` that are none, or there twice.
    """

    def __init__(
        self,
        *,
        pictures: Images,
        solid: str,
        threshold: float,
        E: float,
        nu: float,
        plane: str,
        contrast: float,
        labels: Sequence[str] | None,
        order: int,
    ) -> None:
        self._pictures, self._solid, self._threshold = pictures, str(solid), float(threshold)
        self._material = (float(E), float(nu), str(plane) == "stress", float(contrast), int(order))
        self._labels = None if labels is None else _different([str(name) for name in labels])

    @property
    def title(self) -> str:
        """For people."""
        return f"the labelled pictures of {self._pictures.title}"

    @property
    def content(self) -> dict[str, Any]:
        """What the samples depend on."""
        return {"samples": self.key, "labels": list(self.label_names)}

    @property
    def features(self) -> int:
        """Pixels of a picture, row by row from the top left."""
        rows, columns = self._pictures.pixels
        return rows * columns

    @property
    def label_names(self) -> tuple[str, ...]:
        """As goals call what they are values of."""
        from metac.runtime.datasets.pictures.labelled_pictures import CONSTANTS

        return tuple(CONSTANTS) if self._labels is None else self._labels

    @property
    def label_units(self) -> tuple[str, ...]:
        """MPa for moduli."""
        from metac.runtime.datasets.pictures.labelled_pictures import CONSTANTS

        return tuple(CONSTANTS[name] for name in self.label_names)

    @property
    def setting_names(self) -> tuple[str, ...]:
        """None: elastic constants do not depend on the size of a cell."""
        return ()

    @cached_property
    def how(self) -> Homogenised:
        """How pictures are homogenised."""
        from metac.runtime.datasets.pictures.labelled_pictures import Homogenised

        return Homogenised(*self._material)

    @cached_property
    def key(self) -> str:
        """Of the samples in the cache: everything that they depend on; not how many processes make them."""
        from metac.runtime.datasets.pictures import labelled_pictures
        from metac.runtime.grid import assembly, bounds, elasticity, element, equilibrium, homogenise, lattice

        modules = (labelled_pictures, assembly, bounds, elasticity, element, equilibrium, homogenise, lattice)
        return key_of(
            {
                "format": FORMAT,
                "pictures": dict(self._pictures.content),
                "fields": [self._solid, self._threshold],
                "how": self.how.describe(),
                "code": code_of(module.__file__ for module in modules),
                "versions": series("numpy", "scipy", "jax"),
            }
        )

    def prepare(self) -> None:
        """Make the samples if they are not in the cache. Raises Interrupted, CacheUnusable, SamplingFailed."""
        _ = self._made

    def samples(self) -> Labelled:
        """All samples; raises what `prepare` raises."""
        from metac.runtime.datasets.pictures.labelled_pictures import CONSTANTS

        pictures, constants, _ = self._made
        columns = [list(CONSTANTS).index(name) for name in self.label_names]
        return Labelled(pictures.reshape(len(pictures), -1), constants[:, columns], np.zeros((len(pictures), 0)))

    def valid(self, designs: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Pictures whose solid is one piece, opposite edges meeting."""
        from metac.runtime.grid.binary_images import pieces

        pictures = np.asarray(designs, bool).reshape(-1, *self._pictures.pixels)
        return np.array([pieces(picture).max() == 1 for picture in pictures], bool)

    def figure(self, title: str) -> Figure:
        """The space of properties, and some pictures."""
        from metac.runtime.datasets.pictures.property_plots import draw_labelled

        return draw_labelled(self._made, title)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What `designs` reads: saved with the figure."""
        names = {"label_names": self.label_names, "label_units": self.label_units, "setting_names": ()}
        return self.samples()._asdict() | {name: np.array(texts, str) for name, texts in names.items()}

    @cached_property
    def _made(self) -> LabelledPictures:
        from metac.runtime.datasets.pictures.labelled_pictures import LabelledPictures

        folder = Store().entry("simulated", self.key, self.title, self._make)
        rows, columns = self._pictures.pixels
        with np.load(folder / SAMPLES, allow_pickle=False) as file:
            flat = np.unpackbits(file["pictures"], axis=1, count=rows * columns)
            return LabelledPictures(flat.reshape(-1, rows, columns), file["constants"], int(file["left_out"]))

    def _make(self, folder: Path) -> None:
        """Into a folder of the cache."""
        from metac.runtime.cores import cores
        from metac.runtime.datasets.failures import written
        from metac.runtime.datasets.pictures.labelled_pictures import label_pictures
        from metac.runtime.datasets.pictures.property_plots import draw_labelled
        from metac.runtime.report.design_plots import save
        from metac.runtime.runs.atomic import save_arrays, write_json

        white = (self._pictures.samples() + 1) / 2 >= self._threshold
        solid = (white if self._solid == "white" else ~white).astype(np.uint8)
        made = label_pictures(solid, self.how, folder, self.title, cores())
        flat = np.packbits(made.pictures.reshape(len(made.pictures), -1), axis=1)
        left_out = f", {made.left_out:,} left out whose solves are not accurate" if made.left_out else ""
        with written(self.title):
            save_arrays(
                folder / SAMPLES, {"pictures": flat, "constants": made.constants, "left_out": np.array(made.left_out)}
            )
            write_json(folder / "recipe.json", {"title": self.title, "how": self.how.describe(), "left_out": made.left_out})
            save(draw_labelled(made, self.title), folder / "properties.png")
        present_watch().note(f"{self.title} are made: {len(made.pictures):,}{left_out}")


def _different(labels: Sequence[str]) -> tuple[str, ...]:
    if not labels:
        raise FieldError("labels", "nothing says what pictures are labelled with", code="M0591", help="leave `labels` out")
    from metac.runtime.datasets.pictures.labelled_pictures import CONSTANTS

    for name in labels:
        if name not in CONSTANTS:
            message = f"pictures are not labelled with {name}"
            raise FieldError("labels", message, code="M0591", help=f"there are {', '.join(CONSTANTS)}")
    if twice := [name for number, name in enumerate(labels) if name in labels[:number]]:
        raise FieldError("labels", f"the label {twice[0]} is there twice", code="M0591", help="name each label once")
    return tuple(labels)


if TYPE_CHECKING:
    Satisfies[LabelledDataset](Simulate)
    Satisfies[Prepared](Simulate)
