"""Trees of arrays as flat named arrays, for files that hold no code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from metac.runtime.errors import RuntimeFailure

Tree = Any
"""A pytree of arrays."""


class DoesNotFit(RuntimeFailure):
    """A checkpoint of something else than what it should be restored to."""

    def __init__(self, message: str) -> None:
        self.difference = message
        super().__init__(f"the checkpoint does not fit: {message}", remedy="start another run in another folder")


def flatten(prefix: str, tree: Tree) -> dict[str, np.ndarray]:
    """The leaves of a tree, named `prefix/0`, `prefix/1`, … in the tree's own order."""
    return {name: np.asarray(leaf) for name, leaf in named(prefix, tree).items()}


def named(prefix: str, tree: Tree) -> dict[str, Any]:
    """As `flatten`, the leaves as they are."""
    return {f"{prefix}/{index}": leaf for index, leaf in enumerate(jax.tree.leaves(tree))}


def restore(prefix: str, arrays: Mapping[str, np.ndarray | jax.Array], template: Tree) -> Tree:
    """The tree that `flatten` flattened, with the structure of `template`.

    Raises:
        DoesNotFit: if leaves are missing or differ from the template's in shape or type.
    """
    leaves, structure = jax.tree.flatten(template)
    found = []
    for index, leaf in enumerate(leaves):
        name = f"{prefix}/{index}"
        wanted = np.asarray(leaf)
        array = arrays.get(name)
        if array is None or array.shape != wanted.shape or array.dtype != wanted.dtype:
            has = "nothing" if array is None else f"{array.dtype}{list(array.shape)}"
            raise DoesNotFit(f"{name}: expected {wanted.dtype}{list(wanted.shape)}, found {has}")
        found.append(jnp.asarray(array))
    return jax.tree.unflatten(structure, found)
