"""Images from folders and archives of PNG files or text grids, one image a file."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from metac.runtime.learn.failures import BadData, unreadable
from metac.runtime.learn.image_arrays import Images

PICTURES = (".png",)
TEXTS = (".txt", ".csv")
MOST_PIXELS = 50_000_000
MOST_ENTRIES = 100_000
"""Files that are gone through for images: a whole disk is not meant."""
SORTS = (*PICTURES, *TEXTS)
"""Endings of the files of a folder or archive that are read."""


def read_folder(path: Path, variable: str | None, limit: int | None) -> Images:
    """All images below it, by their names, or the first `limit`."""
    return _stacked(path, limit)


def read_archive(path: Path, variable: str | None, limit: int | None) -> Images:
    """The same of a zip archive."""
    return _stacked(path, limit)


def _stacked(path: Path, limit: int | None) -> Images:
    images: list[Images] = []
    first = ""
    for name, read in members(path):
        image = picture_in(name, read()) if name.lower().endswith(PICTURES) else grid_in(name, read())
        first = first or name
        if images and image.shape != images[0].shape:
            sizes = [" by ".join(map(str, each.shape)) for each in (images[0], image)]
            raise BadData("shape", f"the images of {path.name} differ in size: {first} is {sizes[0]}, {name} is {sizes[1]}")
        images.append(image)
        if limit and len(images) == limit:
            break
    return np.stack(images)


def members(path: Path) -> Iterator[tuple[str, Callable[[], bytes]]]:
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
        raise unreadable(path, error) from error
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


def picture_in(name: str, content: bytes) -> Images:
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


def grid_in(name: str, content: bytes) -> Images:
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
