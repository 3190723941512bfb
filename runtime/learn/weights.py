"""Weights of networks as npz files without code, arrays named by their places in the tree of weights."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from metac.runtime.artefacts.keys import file_hash
from metac.runtime.learn.failures import BadWeights
from metac.runtime.learn.model_card import WEIGHTS
from metac.runtime.runs.atomic import save_arrays


def save_weights(folder: Path, weights: Any) -> None:
    """Write `weights.npz`, whole or not at all. Raises OSError where it cannot be written."""
    save_arrays(folder / WEIGHTS, named(weights))


def load_weights(folder: Path, sha256: str, template: Any, earlier_name: Callable[[str], str] = str) -> Any:
    """The weights as float32 (they may be stored in half precision), in the tree of `template`, arrays or their shapes.

    `earlier_name` gives the name that an array has in files of earlier versions.

    Raises BadWeights where the file is damaged, or holds the weights of another network.
    """
    path = folder / WEIGHTS
    leaves, structure = jax.tree_util.tree_flatten_with_path(template)
    wanted = {_name(place): tuple(leaf.shape) for place, leaf in leaves}
    present_name = {earlier_name(name): name for name in wanted}
    arrays = {present_name.get(name, name): array for name, array in _read(path, sha256).items()}
    found = {name: array.shape for name, array in arrays.items()}
    if wanted != found:
        name = min(wanted.items() ^ found.items())[0]
        has, needs = (_size(shapes.get(name)) for shapes in (found, wanted))
        raise BadWeights("other", f"{path} holds the weights of another network: `{name}` is {has}, expected {needs}")
    return structure.unflatten([jnp.asarray(arrays[name], jnp.float32) for name in wanted])


def _read(path: Path, sha256: str) -> dict[str, np.ndarray]:
    """All arrays of a file. Raises BadWeights."""
    try:
        if file_hash(path) != sha256:
            raise BadWeights(
                "unreadable",
                f"{path} is damaged: its hash is not the one that its card gives",
                help="copy the folder once more",
            )
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise BadWeights("unreadable", f"{path} cannot be read: {error}") from error


def named(tree: Any) -> dict[str, np.ndarray]:
    """The leaves of a tree of dictionaries by their places: `down/0/resize/kernel`."""
    return {_name(place): np.asarray(leaf) for place, leaf in jax.tree_util.tree_leaves_with_path(tree)}


def _name(place: Any) -> str:
    return "/".join(str(key.key) for key in place)


def _size(shape: tuple[int, ...] | None) -> str:
    return "not there" if shape is None else " by ".join(str(size) for size in shape) or "a number"
