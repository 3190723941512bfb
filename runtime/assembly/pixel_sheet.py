"""A sheet of mirrored cells whose pixels are flipped, one or two at a time, as long as it stays as sound as it is."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Int
from numpy.typing import NDArray
from scipy import ndimage

REACH = 4
"""Pixels around flipped ones in which members, gaps and pieces are looked at."""
EIGHT = np.ones((3, 3), np.int64)
"""Void hangs together by corners, solid by edges alone."""

Picture = NDArray[np.bool_]


class PixelSheet:
    """Cells of which only upper left quarters are stored; all else are mirror images."""

    def __init__(self, quarters: Bool[np.ndarray, "kind y x"], kinds: Int[np.ndarray, "row column"]) -> None:
        """`quarters`: true for solid; `kinds`: which of them each cell of the sheet is."""
        self.quarters, self._half = quarters.copy(), quarters.shape[1:]
        self._places = [np.argwhere(kinds == kind) for kind in range(len(quarters))]
        self._picture = np.pad(unfolded(quarters, kinds), 2 * REACH)

    def flip(self, kind: int, rows: Int[np.ndarray, " pixel"], columns: Int[np.ndarray, " pixel"]) -> bool:
        """Flip pixels of a quarter and all their images; False, and nothing is flipped, where the sheet would suffer.

        It suffers where solid or void would be narrower than two pixels that is not so before, and where pieces of either
        would be parted, joined, begun or ended within reach of the pixels.
        """
        images, picture = list(self._images(kind, rows, columns)), self._picture
        windows = [_around(*image) for image in images]
        before = [picture[window].copy() for window in windows]
        for image in images:
            picture[image] ^= True
        if all(_as_sound(old, picture[window]) for old, window in zip(before, windows, strict=True)):
            self.quarters[kind, rows, columns] ^= True
            return True
        for image in images:
            picture[image] ^= True
        return False

    def _images(
        self, kind: int, rows: NDArray[np.int64], columns: NDArray[np.int64]
    ) -> Iterator[tuple[NDArray[np.int64], ...]]:
        height, width = 2 * self._half[0], 2 * self._half[1]
        for row, column in self._places[kind]:
            top, left = 2 * REACH + row * height, 2 * REACH + column * width
            for y in (rows, height - 1 - rows):
                for x in (columns, width - 1 - columns):
                    yield top + y, left + x


def unfolded(
    quarters: Bool[np.ndarray, "kind y x"], kinds: Int[np.ndarray, "row column"]
) -> Bool[np.ndarray, "height width"]:
    """All pixels of a sheet of cells, row 0 at the top."""
    half = np.concatenate([quarters, quarters[:, :, ::-1]], axis=2)
    cells = np.concatenate([half, half[:, ::-1]], axis=1)[kinds]
    rows, columns = kinds.shape
    return cells.transpose(0, 2, 1, 3).reshape(rows * cells.shape[2], columns * cells.shape[3])


def _around(rows: NDArray[np.int64], columns: NDArray[np.int64]) -> tuple[slice, slice]:
    return (
        slice(int(rows.min()) - REACH, int(rows.max()) + REACH + 1),
        slice(int(columns.min()) - REACH, int(columns.max()) + REACH + 1),
    )


def _as_sound(before: Picture, after: Picture) -> bool:
    for old, new, joined in ((before, after, None), (~before, ~after, EIGHT)):
        thinner = new & ~_covered(new) & ~(old & ~_covered(old))
        # What the window cuts off says nothing of pixels at its edge.
        if thinner[1:-1, 1:-1].any() or ndimage.label(old, joined)[1] != ndimage.label(new, joined)[1]:  # type: ignore[misc]
            return False
    return True


def _covered(picture: Picture) -> Picture:
    """What squares of two by two pixels cover inside of a picture."""
    fits = picture[:-1, :-1] & picture[1:, :-1] & picture[:-1, 1:] & picture[1:, 1:]
    found = np.zeros_like(picture)
    for part in (found[:-1, :-1], found[1:, :-1], found[:-1, 1:], found[1:, 1:]):
        part |= fits
    return found
