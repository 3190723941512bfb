"""Images from files: IDX, NumPy, MAT, folders or zip archives of PNG files or text grids.

Every reader gives `[image, row, column]` as the file holds it, row 0 at the top; `inspect` looks no further than it must to
tell what is certainly wrong. All raise `BadData`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from metac.runtime.learn.failures import BadData, unreadable
from metac.runtime.learn.idx_files import idx_header, read_idx
from metac.runtime.learn.image_arrays import AXES, Images, read_mat, read_npy, read_npz
from metac.runtime.learn.image_folders import PICTURES, TEXTS, grid_in, members, picture_in, read_archive, read_folder
from metac.runtime.regular_files import require_regular

LARGEST_PICTURE = 100_000_000
"""Bytes."""


def read_images(path: Path, variable: str | None = None, limit: int | None = None) -> Images:
    """All images of a file, folder or archive, or the first `limit`; `variable` names the array of several in a file."""
    try:
        images = _reader(path)(path, variable, limit)
    except (MemoryError, OverflowError) as error:
        raise BadData(
            "unreadable",
            f"{path.name} says that it holds more than the memory takes",
            help="if it is no mistake, take a part of it: `limit = 1000`",
        ) from error
    if images.ndim != AXES:
        shape = " by ".join(str(size) for size in images.shape)
        raise BadData(
            "shape",
            f"{path.name} holds numbers of shape {shape or 'none'}, not images in rows and columns",
            help="three axes are needed: image, row, column",
        )
    if images.size == 0:
        raise BadData("empty", f"{path.name} holds no images")
    return images[:limit]


def read_image(path: Path, variable: str | None = None) -> NDArray[Any]:
    """`[row, column]`: a .png or .pgm picture, numbers in a .txt or .csv file, or an array of a .npy, .npz or .mat file."""
    if path.suffix.lower() in (*PICTURES, ".pgm", *TEXTS):
        try:
            require_regular(path)
            with path.open("rb") as opened:
                content = opened.read(LARGEST_PICTURE + 1)
        except OSError as error:
            raise unreadable(path, error) from error
        if len(content) > LARGEST_PICTURE:
            raise BadData("unreadable", f"{path.name} has more than {LARGEST_PICTURE:,} bytes")
        return (grid_in if path.suffix.lower() in TEXTS else picture_in)(path.name, content)
    reader = {".npy": read_npy, ".npz": read_npz, ".mat": read_mat}.get(path.suffix.lower())
    if reader is None:
        known = ", ".join((*PICTURES, ".pgm", *TEXTS, ".npy", ".npz", ".mat"))
        raise BadData("unreadable", f"{path.name} is of no known sort", help=f"a picture is read from {known} files")
    try:
        require_regular(path)
        found = reader(path, variable, None)
    except OSError as error:
        raise unreadable(path, error) from error
    except (MemoryError, OverflowError) as error:
        raise BadData("unreadable", f"{path.name} says that it holds more than the memory takes") from error
    found = found[0] if found.ndim == AXES and len(found) == 1 else found
    if found.ndim != AXES - 1 or found.size == 0:
        shape = " by ".join(str(size) for size in found.shape)
        raise BadData("shape", f"{path.name} holds numbers of shape {shape or 'none'}, not one picture in rows and columns")
    return found


def inspect(path: Path, variable: str | None = None) -> None:
    """What is certainly wrong with a source: not there, of no known sort, cut short, empty."""
    if not path.exists():
        raise BadData("unreadable", f"there is no file or folder {path}")
    if not path.is_dir() and not path.is_file():
        raise BadData("unreadable", f"{path.name} is a device or pipe, not a file")
    reader = _reader(path)
    if reader is read_idx:
        idx_header(path)
    elif reader in (read_folder, read_archive):
        next(members(path), None)
    elif variable is not None and reader is read_npy:
        raise BadData("unreadable", f"{path.name} holds one array without a name, so there is no `{variable}`")


def _reader(path: Path) -> Callable[[Path, str | None, int | None], Images]:
    if path.is_dir():
        return read_folder
    by_suffix = {".npy": read_npy, ".npz": read_npz, ".mat": read_mat, ".zip": read_archive}
    if path.suffix.lower() in by_suffix:
        return by_suffix[path.suffix.lower()]
    plain = path.name.removesuffix(".gz")
    if plain.endswith((".idx", "-ubyte", ".idx3", ".idx1")) or "idx" in plain.rpartition(".")[2] or "-idx" in plain:
        return read_idx
    raise BadData(
        "unreadable",
        f"{path.name} is of no known sort",
        help="images come from IDX files (`…-idx3-ubyte`, also with .gz), .npy, .npz, .mat, and folders or .zip archives of "
        ".png files or text grids",
    )
