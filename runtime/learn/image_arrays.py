"""Arrays of images from NumPy and MAT files."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metac.runtime.learn.failures import BadData, unreadable

Images = NDArray[Any]
"""`[image, row, column]`."""

AXES = 3


def read_npy(path: Path, variable: str | None, limit: int | None) -> Images:
    """The only array."""
    try:
        return np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise unreadable(path, error) from error


def read_npz(path: Path, variable: str | None, limit: int | None) -> Images:
    """The array called `variable`, or the only one with three axes."""
    if not zipfile.is_zipfile(path):
        raise BadData("unreadable", f"{path.name} is no archive of NumPy arrays, or is cut short")
    try:
        with np.load(path, allow_pickle=False) as file:
            return file[_chosen(path, {name: file[name].ndim for name in file.files}, variable)]
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise unreadable(path, error) from error


def read_mat(path: Path, variable: str | None, limit: int | None) -> Images:
    """The same of a MAT file, whose last axis is that of the image."""
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        content = loadmat(path)
    except NotImplementedError as error:
        raise BadData(
            "unreadable",
            f"{path.name} is a MAT file of version 7.3, which is HDF5",
            help="save it in MATLAB with `save('-v7', …)`",
        ) from error
    except (OSError, ValueError, TypeError, KeyError, EOFError, MatReadError) as error:
        raise unreadable(path, error) from error
    arrays = {name: value for name, value in content.items() if isinstance(value, np.ndarray)}
    images = arrays[_chosen(path, {name: value.ndim for name, value in arrays.items()}, variable)]
    # MATLAB keeps the index of the image last.
    return np.moveaxis(images, -1, 0) if images.ndim == AXES else images


def _chosen(path: Path, axes: dict[str, int], variable: str | None) -> str:
    """The name of the array to take: the one asked for, or the only one with three axes."""
    suitable = [name for name, count in axes.items() if count == AXES] or list(axes)
    if variable is not None:
        if variable not in axes:
            raise BadData("unreadable", f"{path.name} has no array `{variable}`", help=f"it has {', '.join(sorted(axes))}")
        return variable
    if len(suitable) != 1:
        found = ", ".join(sorted(suitable)) or "none"
        raise BadData(
            "unreadable",
            f"{path.name} should hold one array of images, found {found}",
            help='name the one to take: `variable = "…"`',
        )
    return suitable[0]
