"""Data sets: samples that models are trained on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Bool, Float, UInt8
    from numpy.typing import ArrayLike, NDArray

Recipe_co = TypeVar("Recipe_co", covariant=True)
"""`runtime/datasets/trajectories/trajectories.py: Recipe`."""
Trajectories_co = TypeVar("Trajectories_co", covariant=True)
"""`runtime/datasets/trajectories/trajectories.py: Trajectories`."""


@runtime_checkable
class Dataset(Protocol):
    """Samples that a model is trained on."""

    @property
    def title(self) -> str:
        """For people."""
        ...

    @property
    def content(self) -> Mapping[str, object]:
        """Plain values that decide what the samples are: hashes of files, fields, code. The key of what depends on them."""
        ...

    def samples(self) -> object:
        """images: `[image, row, column]` in -1 … 1, float32, row 0 at the top; computed when a model needs them."""
        ...


@runtime_checkable
class MadeByRecipe(Protocol):
    """A data set that is made rather than read."""

    @property
    def recipe(self) -> Any:
        """What is asked for, whatever code makes it: its `describe()` gives plain values."""
        ...


class Labelled(NamedTuple):
    """Designs, and what was computed of them; one row a sample."""

    designs: UInt8[np.ndarray, "sample feature"]
    """`[sample, feature]`: the free parameters of the generator that the designs are of; 0 and 1 for edges."""
    labels: Float[np.ndarray, "sample label"]
    """`[sample, label]`, internal units."""
    settings: Float[np.ndarray, "sample setting"]
    """`[sample, setting]`: what varies beside the design, as the numbers of cells along 1 and 2; no column if none does."""


@runtime_checkable
class LabelledDataset(Dataset, Protocol):
    """Designs with their properties: what surrogates and generative models learn from. Its form is `labelled`.

    All but `samples` and `valid` is known before anything is computed: `metac check` reads it.
    """

    @property
    def features(self) -> int:
        """Length of a design."""
        ...

    @property
    def label_names(self) -> tuple[str, ...]:
        """The measures that the labels are values of, as goals call them: as measures name themselves,
        `nu12` where a goal matches `poisson_ratio(pull, along = 0 deg)`."""
        ...

    @property
    def label_units(self) -> tuple[str, ...]:
        """Texts of their internal units: `MPa`, or empty."""
        ...

    @property
    def setting_names(self) -> tuple[str, ...]:
        """Of the settings, `()` where there are none; bodies that are simulated have a mapping `settings` of these names."""
        ...

    def samples(self) -> Labelled:
        """All samples; made when a model needs them, and taken from the cache afterwards."""
        ...

    def valid(self, designs: UInt8[np.ndarray, "design feature"]) -> Bool[np.ndarray, " design"]:
        """`[design, feature]` -> `[design]`: which can be built, such as networks without loose parts."""
        ...


@runtime_checkable
class CellDataset(Dataset, Protocol):
    """Pictures of periodic cells with their stiffness: what latent spaces are learned from. Its form is `cells`.

    `samples` are as those of images. All but `samples`, `cells`, `stiffness` and `nearest` is known before anything is made.
    """

    @property
    def key(self) -> str:
        """Another one where anything differs that cells and stiffness depend on."""
        ...

    @property
    def asked(self) -> Mapping[str, object]:
        """What is asked for, as plain values, whatever code makes it."""
        ...

    @property
    def cell(self) -> tuple[int, int]:
        """Rows and columns of a cell, as it was homogenised."""
        ...

    @property
    def mirrored(self) -> bool:
        """Whether both mid-lines mirror each cell."""
        ...

    @property
    def solid(self) -> NDArray[np.float64]:
        """`[3, 3]`: stiffness of the solid, MPa, in Voigt form."""
        ...

    @property
    def contrast(self) -> float:
        """By which the void is softer."""
        ...

    def cells(self) -> NDArray[np.uint8]:
        """`[cell, row, column]`: 1 for solid, row 0 at the top; made when a model needs them."""
        ...

    def stiffness(self) -> NDArray[np.float64]:
        """`[cell, 4]`: C11, C12, C22, C66 of the cells, MPa, in Voigt form."""
        ...

    def nearest(self, stiffness: ArrayLike, count: int = 1) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The cells nearest to C11, C12, C22, C66, MPa, and their distances in units of the solid's stiffness."""
        ...

    def homogenised(self, cells: NDArray[np.bool_]) -> NDArray[np.float64]:
        """`[cell, 4]`, MPa: stiffness of other cells of this size and symmetry, with these phases; not a number where that
        cannot be computed accurately."""
        ...


@runtime_checkable
class TrajectoryDataset(Dataset, Protocol[Recipe_co, Trajectories_co]):
    """Networks of springs, and what they do under a load: what simulators learn from. Its form is `trajectories`."""

    @property
    def asked(self) -> Mapping[str, Any]:
        """What is asked for, as plain values: `recipe.describe()`, for `metac check`, which makes no recipe."""
        ...

    @property
    def recipe(self) -> Recipe_co:
        """How they were made; known before anything is computed."""
        ...

    def samples(self) -> Trajectories_co:
        """All of them; made when a model needs them."""
        ...
