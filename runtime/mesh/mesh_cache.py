"""Meshes cached between processes, in a folder of the cache, named by the content of all that they depend on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from metac.runtime.artefacts.keys import code_of, key_of
from metac.runtime.runs.atomic import save_arrays

MAXIMUM_CACHED = 256
"""Meshes in the cache; those that were made or used last stay."""
DIGEST = "digest"

Arrays = dict[str, NDArray]

_folder: list[Path] = []


def cache_in(folder: Path | None) -> None:
    """Cache meshes in a folder from now on; None: nowhere, as at first."""
    _folder[:] = [] if folder is None else [folder]


def cached(
    depends_on: Mapping[str, object], content: Sequence[NDArray], code: Sequence[str], make: Callable[[], Arrays]
) -> Arrays:
    """What `make` gives, from the folder where an equal call left it there.

    Args:
        depends_on: plain values that the arrays depend on, package versions among them.
        content: arrays that they depend on, told apart by type, shape and bytes.
        code: files of the Python modules that make them.
        make: what makes them; what it raises is raised, and nothing is cached then.

    A file that is damaged counts as none, and a folder that cannot be written caches nothing.
    """
    if not _folder:
        return make()
    key = key_of({**depends_on, "content": _digest(content), "code": code_of(code)})
    path = _folder[0] / f"{key}.npz"
    arrays = _read(path)
    if arrays is None:
        arrays = make()
        with suppress(OSError):
            save_arrays(path, {**arrays, DIGEST: np.array(_named_digest(arrays))})
            _forget_oldest(_folder[0])
    return arrays


def _read(path: Path) -> Arrays | None:
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        path.touch()
    except Exception:  # whatever a damaged file makes the reader raise
        return None
    digest = arrays.pop(DIGEST, None)
    return arrays if digest is not None and str(digest) == _named_digest(arrays) else None


def _forget_oldest(folder: Path) -> None:
    files = sorted(folder.glob("*.npz"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in files[MAXIMUM_CACHED:]:
        file.unlink(missing_ok=True)


def _named_digest(arrays: Mapping[str, NDArray]) -> str:
    names = sorted(arrays)
    return hashlib.sha256("\n".join([*names, _digest([arrays[name] for name in names])]).encode()).hexdigest()


def _digest(arrays: Sequence[NDArray]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str} {array.shape};".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
