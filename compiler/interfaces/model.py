"""Models: what is trained on a data set; one protocol a form.

The static method `build` of a model's class takes all fields, and loads or trains it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, TypeVar, runtime_checkable

from metac.compiler.interfaces.dataset import CellDataset
from metac.compiler.interfaces.latent import LatentSpace, LearnedCells

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Bool, UInt8

Denoiser_co = TypeVar("Denoiser_co", covariant=True)
"""`runtime/learn/diffusion/denoiser.py: Denoiser`."""
Surrogate_co = TypeVar("Surrogate_co", covariant=True)
"""`runtime/learn/supervised/surrogate.py: Surrogate`."""
Draws_co = TypeVar("Draws_co", covariant=True)
"""`runtime/learn/supervised/cvae.py: CvaeGenerator`."""
Simulator_co = TypeVar("Simulator_co", covariant=True)
"""`runtime/learn/simulators/simulator.py: Simulator`."""


@runtime_checkable
class Model(Protocol):
    """What is trained. Each of its forms asks for something of its own, and nothing is asked of all."""


@runtime_checkable
class ImageModel(Model, Protocol[Denoiser_co]):
    """Form `images`: makes images of noise."""

    @property
    def denoiser(self) -> Denoiser_co:
        """Of images as data sets of images have them."""
        ...


@runtime_checkable
class SurrogateModel(Model, Protocol[Surrogate_co]):
    """Form `surrogate`: predicts the labels of designs."""

    @property
    def surrogate(self) -> Surrogate_co:
        """The predictor, with its columns."""
        ...


@runtime_checkable
class GenerativeModel(Model, Protocol[Draws_co]):
    """Form `generative`: draws designs of given labels."""

    @property
    def generative(self) -> Draws_co:
        """What draws designs."""
        ...

    def valid(self, designs: UInt8[np.ndarray, "design feature"]) -> Bool[np.ndarray, " design"]:
        """`[design, feature]` -> `[design]`: which can be built."""
        ...


@runtime_checkable
class LatentModel(Model, Protocol):
    """Form `latent_space`: cells as points of few variables."""

    @property
    def space(self) -> LatentSpace:
        """What encodes, decodes and predicts."""
        ...


@runtime_checkable
class KnownCellsModel(Protocol):
    """A latent space whose cells may be known before anything is trained or compiled."""

    @property
    def data(self) -> CellDataset | None:
        """The data set that it learns from, where it was given one."""
        ...

    def known_cells(self) -> LearnedCells | None:
        """Its cells, where they need only be read; without JAX."""
        ...


@runtime_checkable
class SimulatorModel(Model, Protocol[Simulator_co]):
    """Form `simulator`: says what a network of springs does from snapshot to snapshot."""

    @property
    def simulator(self) -> Simulator_co:
        """What takes a network from one snapshot to the next."""
        ...

    @property
    def card(self) -> Mapping[str, object]:
        """What is known of it: `spectral_radius` (None: infinite), ranges of `lengths`, `degrees` and `ratios`."""
        ...
