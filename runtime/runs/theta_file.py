"""The free parameters that a run ended with, as `theta.npz`: arrays without code."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from metac.runtime.optimise.pytree_arrays import flatten, restore
from metac.runtime.runs.failures import FolderFailure
from metac.runtime.runs.folder import THETA

_STAGES = "frozen-stages"
_FROZEN = re.compile(r"frozen/(\d+)/(.*)")


@dataclass(frozen=True)
class ThetaFile:
    """What a `theta.npz` holds, as flat named arrays."""

    arrays: Mapping[str, np.ndarray]
    """`GENERATOR/n`."""
    frozen: Sequence[Mapping[str, np.ndarray]]
    """The same of each remeshing, the first one first."""
    stages: Sequence[int]
    """The stage in which each remeshing was, from 0."""

    @property
    def generators(self) -> set[str]:
        """Names of the generators that have parameters."""
        return {name.rpartition("/")[0] for name in self.arrays}

    def theta(self, template: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters, with the structure of `template`: one tree a generator.

        Raises:
            DoesNotFit: if they differ from the template's in number, shape or type.
        """
        return {name: restore(name, self.arrays, tree) for name, tree in template.items()}

    def frozen_theta(self, template: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The frozen parameters of each remeshing, as `theta`."""
        return [{name: restore(name, layer, tree) for name, tree in template.items()} for layer in self.frozen]


def theta_arrays(
    theta: Mapping[str, Any], frozen: Sequence[Mapping[str, Any]], stages: Sequence[int]
) -> dict[str, np.ndarray]:
    """Free parameters as named arrays: `GENERATOR/n`, and `frozen/k/GENERATOR/n` for those frozen at the k-th remeshing."""
    trees = dict(theta)
    trees |= {f"frozen/{number}/{name}": tree for number, layer in enumerate(frozen) for name, tree in layer.items()}
    arrays = {key: array for name, tree in trees.items() for key, array in flatten(name, tree).items()}
    return arrays | ({_STAGES: np.asarray(stages, dtype=np.int64)} if frozen else {})


def read_theta(folder: Path) -> ThetaFile:
    """The free parameters that a run ended with.

    Raises:
        FolderFailure: if the folder does not hold any that can be read.
    """
    try:
        with np.load(folder / THETA, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FolderFailure(
            f"{folder / THETA} cannot be read: {reason}", remedy="name the folder of a run that came to its end"
        ) from error
    stages = arrays.pop(_STAGES, np.zeros(0, dtype=np.int64)).tolist()
    frozen: list[dict[str, np.ndarray]] = [{} for _ in stages]
    for name in list(arrays):
        match = _FROZEN.fullmatch(name)
        if match and int(match[1]) < len(stages):
            frozen[int(match[1])][match[2]] = arrays.pop(name)
    return ThetaFile(arrays, frozen, stages)
