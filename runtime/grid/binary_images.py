"""Connected pieces and feature sizes of periodic black and white images.

Images are `[row, column]` bool, true for solid.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Int32
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

BinaryImage = NDArray[np.bool_]
SOLID = 0.5
"""Density from which on a pixel counts as solid."""


def pieces(solid: BinaryImage) -> Int32[np.ndarray, "row column"]:
    """`[row, column]`: the number of the piece that each solid pixel belongs to, from 1; 0 elsewhere.

    Pixels are connected by their edges; the right edge of the image meets the left one, the bottom the top.
    """
    labels = np.zeros(solid.shape, np.int32)
    count = int(ndimage.label(solid, output=labels))  # type: ignore[arg-type]
    seams = [(labels[:, 0], labels[:, -1]), (labels[0], labels[-1])]
    first, second = (np.concatenate(parts) for parts in zip(*seams, strict=True))
    meeting = (first > 0) & (second > 0)
    joined = coo_matrix((np.ones(meeting.sum()), (first[meeting], second[meeting])), shape=(count + 1, count + 1))
    # Number 0, the void, meets nothing and so stays a component of its own, the first.
    return connected_components(joined, directed=False)[1].astype(np.int32)[labels]


def largest_piece(solid: BinaryImage) -> float:
    """Share of the solid that its largest piece has; 0 where nothing is solid."""
    sizes = np.bincount(pieces(solid).ravel())[1:]
    return float(sizes.max() / sizes.sum()) if sizes.size else 0.0


def smallest_feature(solid: BinaryImage) -> float:
    """Edge, in pixels, of the largest square that covers all of the solid while it moves inside of it.

    Infinite where everything is solid, 0 where nothing is.
    """
    if not solid.any():
        return 0.0
    if solid.all():
        return float("inf")
    edge = 1
    while edge < max(solid.shape) and np.array_equal(_opened(solid, edge + 1), solid):
        edge += 1
    return float(edge)


def smallest_gap(solid: BinaryImage) -> float:
    """`smallest_feature` of what is not solid."""
    return smallest_feature(~solid)


def _opened(solid: BinaryImage, edge: int) -> BinaryImage:
    """What a square of that edge covers inside the solid; the image is periodic."""
    fits = solid
    for axis in (0, 1):
        fits = np.logical_and.reduce([np.roll(fits, -shift, axis) for shift in range(edge)])
    for axis in (0, 1):
        fits = np.logical_or.reduce([np.roll(fits, shift, axis) for shift in range(edge)])
    return fits
