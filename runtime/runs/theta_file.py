"""The free parameters that a run ended with, as `theta.npz`: arrays without code."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from metac.runtime.optimise.outcome import FrozenMovement
from metac.runtime.optimise.pytree_arrays import DoesNotFit, flatten, restore
from metac.runtime.runs.failures import FolderFailure
from metac.runtime.runs.folder import THETA

_STAGES, _MOVED = "frozen-stages", "frozen-generators"
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
    moved: Sequence[str]
    """The generator that had moved the bodies in each."""

    @property
    def generators(self) -> set[str]:
        """Names of the generators that have parameters."""
        return _generators(self.arrays)

    def theta(self, template: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters, with the structure of `template`: one tree a generator.

        Raises:
            DoesNotFit: if they differ from the template's in number, shape or type.
        """
        return {name: restore(name, self.arrays, tree) for name, tree in template.items()}

    def movements(self, template: Mapping[str, Any]) -> tuple[FrozenMovement, ...]:
        """What was frozen at each remeshing; raises as `theta`."""
        return tuple(self._movement(number, template) for number in range(len(self.stages)))

    def _movement(self, number: int, template: Mapping[str, Any]) -> FrozenMovement:
        layer = self.frozen[number]
        if strange := _generators(layer) - template.keys():
            raise DoesNotFit(f"bodies were remeshed where {', '.join(sorted(strange))} had moved them")
        theta = {name: restore(name, layer, template[name]) for name in template if name in _generators(layer)}
        return FrozenMovement(self.moved[number], theta, self.stages[number])


def _generators(arrays: Mapping[str, np.ndarray]) -> set[str]:
    return {name.rpartition("/")[0] for name in arrays}


def theta_arrays(theta: Mapping[str, Any], frozen: Sequence[FrozenMovement]) -> dict[str, np.ndarray]:
    """Free parameters as named arrays: `GENERATOR/n`, and `frozen/k/GENERATOR/n` for those frozen at the k-th remeshing."""
    trees = dict(theta)
    trees |= {f"frozen/{number}/{name}": tree for number, each in enumerate(frozen) for name, tree in each.theta.items()}
    arrays = {key: array for name, tree in trees.items() for key, array in flatten(name, tree).items()}
    if frozen:
        arrays[_STAGES] = np.asarray([each.stage for each in frozen], dtype=np.int64)
        arrays[_MOVED] = np.asarray([each.generator for each in frozen])
    return arrays


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
    return theta_file(arrays)


def theta_file(arrays: Mapping[str, np.ndarray]) -> ThetaFile:
    """What `theta_arrays` made arrays of."""
    arrays = dict(arrays)
    stages = arrays.pop(_STAGES, np.zeros(0, dtype=np.int64)).tolist()
    moved = arrays.pop(_MOVED, np.zeros(0, dtype="<U1")).tolist()
    frozen: list[dict[str, np.ndarray]] = [{} for _ in stages]
    for name in list(arrays):
        match = _FROZEN.fullmatch(name)
        if match and int(match[1]) < len(stages):
            frozen[int(match[1])][match[2]] = arrays.pop(name)
    # Files of earlier versions name no generators: theirs hold the one that moved and nothing else.
    return ThetaFile(arrays, frozen, stages, moved or [min(_generators(layer), default="") for layer in frozen])
