"""Models: what is trained on a data set; one protocol a form.

The static method `build` of a model's class takes all fields, and loads or trains it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Bool, UInt8


@runtime_checkable
class Model(Protocol):
    """What is trained. Each of its forms asks for something of its own, and nothing is asked of all."""


@runtime_checkable
class ImageModel(Model, Protocol):
    """Form `images`: makes images of noise."""

    @property
    def denoiser(self) -> Any:
        """A `runtime/learn/diffusion/denoiser.py:Denoiser` of images as data sets of images have them."""
        ...


@runtime_checkable
class SurrogateModel(Model, Protocol):
    """Form `surrogate`: predicts the labels of designs."""

    @property
    def surrogate(self) -> Any:
        """A `runtime/learn/supervised/surrogate.py:Surrogate`."""
        ...


@runtime_checkable
class GenerativeModel(Model, Protocol):
    """Form `generative`: draws designs of given labels."""

    @property
    def generative(self) -> Any:
        """A `runtime/learn/supervised/cvae.py:CvaeGenerator`."""
        ...

    def valid(self, designs: UInt8[np.ndarray, "design feature"]) -> Bool[np.ndarray, " design"]:
        """`[design, feature]` -> `[design]`: which can be built."""
        ...


@runtime_checkable
class SimulatorModel(Model, Protocol):
    """Form `simulator`: says what a network of springs does from snapshot to snapshot."""

    @property
    def simulator(self) -> Any:
        """A `runtime/learn/simulators/simulator.py:Simulator`."""
        ...

    @property
    def card(self) -> Mapping[str, Any]:
        """What is known of it: `spectral_radius` (None: infinite), ranges of `lengths`, `degrees` and `ratios`."""
        ...
