"""Models: what is trained on a data set."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class Model(Protocol):
    """Something that is trained on a data set: its class's `build` takes all fields and loads or trains it.

    images: `denoiser` is a `runtime/learn/diffusion/denoiser.py:Denoiser` of pictures as data sets of images have them.
    surrogate: `surrogate` is a `runtime/learn/supervised/surrogate.py:Surrogate`, the labels of designs.
    generative: `generative` is a `runtime/learn/supervised/cvae.py:Generative`, designs of given labels.
    """
