"""Images from IDX files (LeCun et al.), plain or packed."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from metac.runtime.learn.failures import BadData, unreadable
from metac.runtime.learn.image_arrays import AXES, Images

SMALLEST_GZIP = b"\x1f\x8b"
IDX_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
"""Codes of the third byte."""


def _open_idx(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        packed = file.read(2) == SMALLEST_GZIP
    return gzip.open(path) if packed else path.open("rb")  # pyright: ignore[reportReturnType]


def idx_header(path: Path) -> tuple[np.dtype[Any], tuple[int, ...]]:
    """Type and shape `[image, row, column]`; a plain file is known to be long enough."""
    try:
        with _open_idx(path) as file:
            start = file.read(4)
            if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in IDX_TYPES or not 1 <= start[3] <= 4:
                raise BadData("unreadable", f"{path.name} does not begin as an IDX file does")
            sizes = file.read(4 * start[3])
    except (OSError, EOFError) as error:
        raise unreadable(path, error) from error
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


def read_idx(path: Path, variable: str | None, limit: int | None) -> Images:
    """All images, or the first `limit`."""
    kind, shape = idx_header(path)
    count = min(shape[0], limit) if limit else shape[0]
    wanted = kind.itemsize * count * shape[1] * shape[2]
    try:
        with _open_idx(path) as file:
            file.read(4 + 4 * AXES)
            content = file.read(wanted)
    except (OSError, EOFError) as error:
        raise unreadable(path, error) from error
    if len(content) < wanted:
        raise _cut(path, f"{len(content) // (kind.itemsize * shape[1] * shape[2]):,} of {count:,} images")
    return np.frombuffer(content, kind).reshape(count, *shape[1:]).astype(kind.newbyteorder("="))


def _cut(path: Path, found: str) -> BadData:
    return BadData("unreadable", f"{path.name} is cut short: {found}", help="fetch or copy the file once more")
