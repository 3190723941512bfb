"""The free parameters that a run ended with, as `theta.npz`: arrays without code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from metac.runtime.optimise.pytree_arrays import flatten


def theta_arrays(theta: Mapping[str, Any], frozen: Sequence[Mapping[str, Any]]) -> dict[str, np.ndarray]:
    """Free parameters as named arrays: `GENERATOR/n`, and `frozen/k/GENERATOR/n` for those frozen at the k-th remeshing."""
    trees = dict(theta)
    trees |= {f"frozen/{number}/{name}": tree for number, layer in enumerate(frozen) for name, tree in layer.items()}
    return {key: array for name, tree in trees.items() for key, array in flatten(name, tree).items()}
