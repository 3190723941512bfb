"""Images from files: IDX, NumPy, MAT, folders or zip archives of PNG files or text grids.

Every reader gives `[image, row, column]` as the file holds it, row 0 at the top; `inspect` looks no further than it must to
tell what is certainly wrong. All raise `BadData`.
"""

from __future__ import annotations

import gzip
import io
import os
import struct
import zipfile
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from metac.runtime.learn.failures import BadData
from metac.runtime.regular_files import require_regular

Images = NDArray[Any]
"""`[image, row, column]`."""

AXES = 3
SMALLEST_GZIP = b"\x1f\x8b"
IDX_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
"""Codes of the third byte of an IDX file (LeCun et al.)."""
PICTURES = (".png",)
TEXTS = (".txt", ".csv")
LARGEST_PICTURE = 100_000_000
"""Bytes."""
MOST_PIXELS = 50_000_000
MOST_ENTRIES = 100_000
"""Files that are gone through for images: a whole disk is not meant."""
SORTS = (*PICTURES, *TEXTS)
"""Endings of the files of a folder or archive that are read."""


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
            raise _unreadable(path, error) from error
        if len(content) > LARGEST_PICTURE:
            raise BadData("unreadable", f"{path.name} has more than {LARGEST_PICTURE:,} bytes")
        return (_grid if path.suffix.lower() in TEXTS else _picture)(path.name, content)
    reader = {".npy": _npy, ".npz": _npz, ".mat": _mat}.get(path.suffix.lower())
    if reader is None:
        known = ", ".join((*PICTURES, ".pgm", *TEXTS, ".npy", ".npz", ".mat"))
        raise BadData("unreadable", f"{path.name} is of no known sort", help=f"a picture is read from {known} files")
    try:
        require_regular(path)
        found = reader(path, variable, None)
    except OSError as error:
        raise _unreadable(path, error) from error
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
    if reader is _idx:
        _idx_header(path)
    elif reader in (_folder, _archive):
        next(_members(path), None)
    elif variable is not None and reader is _npy:
        raise BadData("unreadable", f"{path.name} holds one array without a name, so there is no `{variable}`")


def _reader(path: Path) -> Callable[[Path, str | None, int | None], Images]:
    if path.is_dir():
        return _folder
    by_suffix = {".npy": _npy, ".npz": _npz, ".mat": _mat, ".zip": _archive}
    if path.suffix.lower() in by_suffix:
        return by_suffix[path.suffix.lower()]
    plain = path.name.removesuffix(".gz")
    if plain.endswith((".idx", "-ubyte", ".idx3", ".idx1")) or "idx" in plain.rpartition(".")[2] or "-idx" in plain:
        return _idx
    raise BadData(
        "unreadable",
        f"{path.name} is of no known sort",
        help="images come from IDX files (`…-idx3-ubyte`, also with .gz), .npy, .npz, .mat, and folders or .zip archives of "
        ".png files or text grids",
    )


# IDX


def _open_idx(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        packed = file.read(2) == SMALLEST_GZIP
    return gzip.open(path) if packed else path.open("rb")  # pyright: ignore[reportReturnType]


def _idx_header(path: Path) -> tuple[np.dtype[Any], tuple[int, ...]]:
    try:
        with _open_idx(path) as file:
            start = file.read(4)
            if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in IDX_TYPES or not 1 <= start[3] <= 4:
                raise BadData("unreadable", f"{path.name} does not begin as an IDX file does")
            sizes = file.read(4 * start[3])
    except (OSError, EOFError) as error:
        raise _unreadable(path, error) from error
    if len(sizes) < 4 * start[3]:
        raise BadData("unreadable", f"{path.name} ends within its header")
    shape = struct.unpack(f">{start[3]}I", sizes)
    kind = np.dtype(IDX_TYPES[start[2]])
    if len(shape) != AXES:
        raise BadData(
            "shape",
            f"{path.name} has {len(shape)} of the three axes image, row and column",
            help="labels are not needed; images are in files named `…-idx3-ubyte`",
        )
    if 0 in shape:
        raise BadData("empty", f"{path.name} holds no images")
    _long_enough(path, kind, shape)
    return kind, shape


def _long_enough(path: Path, kind: np.dtype[Any], shape: tuple[int, ...]) -> None:
    """A plain file's size is known without reading it."""
    with path.open("rb") as file:
        if file.read(2) == SMALLEST_GZIP:
            return
    wanted = 4 + 4 * len(shape) + kind.itemsize * int(np.prod(shape, dtype=object))
    if path.stat().st_size < wanted:
        raise _cut(path, f"{path.stat().st_size:,} of {wanted:,} bytes")


def _idx(path: Path, variable: str | None, limit: int | None) -> Images:
    kind, shape = _idx_header(path)
    count = min(shape[0], limit) if limit else shape[0]
    wanted = kind.itemsize * count * shape[1] * shape[2]
    try:
        with _open_idx(path) as file:
            file.read(4 + 4 * AXES)
            content = file.read(wanted)
    except (OSError, EOFError) as error:
        raise _unreadable(path, error) from error
    if len(content) < wanted:
        raise _cut(path, f"{len(content) // (kind.itemsize * shape[1] * shape[2]):,} of {count:,} images")
    return np.frombuffer(content, kind).reshape(count, *shape[1:]).astype(kind.newbyteorder("="))


def _cut(path: Path, found: str) -> BadData:
    return BadData("unreadable", f"{path.name} is cut short: {found}", help="fetch or copy the file once more")


# Arrays


def _npy(path: Path, variable: str | None, limit: int | None) -> Images:
    try:
        return np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise _unreadable(path, error) from error


def _npz(path: Path, variable: str | None, limit: int | None) -> Images:
    if not zipfile.is_zipfile(path):
        raise BadData("unreadable", f"{path.name} is no archive of NumPy arrays, or is cut short")
    try:
        with np.load(path, allow_pickle=False) as file:
            return file[_chosen(path, {name: file[name].ndim for name in file.files}, variable)]
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise _unreadable(path, error) from error


def _mat(path: Path, variable: str | None, limit: int | None) -> Images:
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
        raise _unreadable(path, error) from error
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


# Many files


def _folder(path: Path, variable: str | None, limit: int | None) -> Images:
    return _stacked(path, limit)


def _archive(path: Path, variable: str | None, limit: int | None) -> Images:
    return _stacked(path, limit)


def _stacked(path: Path, limit: int | None) -> Images:
    images: list[Images] = []
    first = ""
    for name, read in _members(path):
        image = _picture(name, read()) if name.lower().endswith(PICTURES) else _grid(name, read())
        first = first or name
        if images and image.shape != images[0].shape:
            sizes = [" by ".join(map(str, each.shape)) for each in (images[0], image)]
            raise BadData("shape", f"the images of {path.name} differ in size: {first} is {sizes[0]}, {name} is {sizes[1]}")
        images.append(image)
        if limit and len(images) == limit:
            break
    return np.stack(images)


def _members(path: Path) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Names, in order, and contents of the images in a folder or archive."""
    try:
        if path.is_dir():
            below = (Path(place, name) for place, _, names in os.walk(path) for name in names)
            entries = list(islice(below, MOST_ENTRIES + 1))
            if len(entries) > MOST_ENTRIES:
                more = f"{path} holds more than {MOST_ENTRIES:,} files"
                raise BadData("unreadable", more, help="name the folder of the images, or put them into an archive")
            files = sorted(file for file in entries if file.is_file() and not file.name.startswith("."))
            found = [(str(file.relative_to(path)), file.read_bytes) for file in files]
        else:
            archive = zipfile.ZipFile(path)
            found = [(name, _of_archive(archive, name)) for name in sorted(archive.namelist())]
    except (OSError, zipfile.BadZipFile) as error:
        raise _unreadable(path, error) from error
    found = [
        (name, read)
        for name, read in found
        if name.lower().endswith(PICTURES + TEXTS) and not any(part.startswith((".", "__")) for part in Path(name).parts)
    ]
    if not found:
        raise BadData(
            "empty", f"{path.name} holds no images", help="images are .png files, or .txt and .csv grids of numbers"
        )
    kinds = {name.lower().endswith(PICTURES) for name, _ in found}
    if len(kinds) > 1:
        raise BadData("unreadable", f"{path.name} holds both pictures and text grids", help="put them into two folders")
    yield from found


def _of_archive(archive: zipfile.ZipFile, name: str) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            return archive.read(name)
        except (OSError, zipfile.BadZipFile, EOFError, RuntimeError) as error:
            raise BadData("unreadable", f"{name} in {archive.filename} cannot be read: {error}") from error

    return read


def _picture(name: str, content: bytes) -> Images:
    """Grey values 0 … 255 of a PNG file; colours by their luminance, transparency over white."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise BadData("shape", f"{name} has {picture.width} by {picture.height} pixels, more than {MOST_PIXELS:,}")
            if picture.mode.startswith("I"):
                deep = np.asarray(picture, float)
                return (deep / 257 if deep.max() > 1 else deep).astype(np.uint8)
            if "A" in picture.mode or "transparency" in picture.info:
                over = picture.convert("RGBA")
                picture = Image.alpha_composite(Image.new("RGBA", over.size, "white"), over)
            return np.asarray(picture.convert("L"))
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise BadData("unreadable", f"{name} is no picture") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise BadData("unreadable", f"{name} is no picture that can be read: {error}") from error


def _grid(name: str, content: bytes) -> Images:
    """Numbers in rows, between blanks or commas, or single digits without anything between them."""
    try:
        lines = [line.split("#")[0].replace(",", " ").replace(";", " ").split() for line in content.decode().splitlines()]
        rows = [line for line in lines if line]
        if rows and all(len(row) == 1 and len(row[0]) > 1 and row[0].isdigit() for row in rows):
            rows = [list(row[0]) for row in rows]
        if len({len(row) for row in rows}) > 1:
            raise BadData("shape", f"the rows of {name} differ in length")
        grid = np.array(rows, float)
    except (UnicodeDecodeError, ValueError) as error:
        raise BadData("unreadable", f"{name} is no grid of numbers: {error}") from error
    if grid.size == 0:
        raise BadData("empty", f"{name} is empty")
    return grid


def _unreadable(path: Path, error: Exception) -> BadData:
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return BadData("unreadable", f"{path.name or path} cannot be read: {reason}")
