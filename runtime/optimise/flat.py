"""Trees of arrays as flat named arrays, for files that hold no code."""

from __future__ import annotations

from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np

from metac.runtime.optimise.sample import Tree


def flatten(prefix: str, tree: Tree) -> dict[str, np.ndarray]:
    """The leaves of a tree, named `prefix/0`, `prefix/1`, … in the tree's own order."""
    return {f"{prefix}/{index}": np.asarray(leaf) for index, leaf in enumerate(jax.tree.leaves(tree))}


def restore(prefix: str, arrays: Mapping[str, np.ndarray], template: Tree) -> Tree:
    """The tree that `flatten` took apart, with the structure of `template`.

    Raises:
        ValueError: if leaves are missing or differ from the template's in shape or type.
    """
    leaves, structure = jax.tree.flatten(template)
    found = []
    for index, leaf in enumerate(leaves):
        name = f"{prefix}/{index}"
        wanted = np.asarray(leaf)
        array = arrays.get(name)
        if array is None or array.shape != wanted.shape or array.dtype != wanted.dtype:
            has = "nothing" if array is None else f"{array.dtype}{list(array.shape)}"
            raise ValueError(f"{name}: expected {wanted.dtype}{list(wanted.shape)}, found {has}")
        found.append(jnp.asarray(array))
    return jax.tree.unflatten(structure, found)
