"""From images as files hold them to what networks learn from (Xu et al., section 3.1.1)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from metac.runtime.learn.failures import BadData
from metac.runtime.learn.image_arrays import Images

BLOCK = 4096
"""Images that are worked on together."""


def preprocess(
    images: Images,
    *,
    pixels: Sequence[int],
    values: tuple[float, float] | None = None,
    noise: float = 0.0,
    blur: float = 0.0,
    seed: int = 0,
) -> NDArray[np.float32]:
    """`[image, row, column]` in -1 … 1, of the size `pixels` (rows, columns).

    `values`: those that stand for -1 and 1; by default 0 and 255 for bytes, 0 and 1 for other numbers, truth
    values and bytes that are all 0 or 1. `noise`: standard
    deviation of Gaussian noise that is added first, and `blur`: standard deviation in pixels of a Gaussian filter that
    follows, both on the images as they come, with values from 0 to 1. Then they are resized, linearly, each new pixel over
    all old ones that it covers, and values beyond the ends are cut off.

    Raises BadData where a pixel is not a finite number between `values`.
    """
    low, high = values if values is not None else _usual_values(images)
    _check_values(images, low, high)
    random = np.random.Generator(np.random.PCG64(seed))
    vertical, horizontal = _resampling(images.shape[1], pixels[0]), _resampling(images.shape[2], pixels[1])
    done = np.empty((len(images), pixels[0], pixels[1]), np.float32)
    for start in range(0, len(images), BLOCK):
        block = (images[start : start + BLOCK].astype(np.float32) - np.float32(low)) / np.float32(high - low)
        if noise > 0:
            block += np.float32(noise) * random.standard_normal(block.shape, np.float32)
        if blur > 0:
            from scipy.ndimage import gaussian_filter

            block = gaussian_filter(block, (0, blur, blur), mode="reflect")
        resized = np.einsum("ar,nrc,bc->nab", vertical, block, horizontal, optimize=True)
        done[start : start + BLOCK] = 2 * np.clip(resized, 0, 1) - 1
    return done


def _usual_values(images: Images) -> tuple[float, float]:
    """Bytes none of which is above 1 are black and white, 0 and 1."""
    grey = images.dtype == np.uint8 and int(images.max()) > 1
    return (0.0, 255.0) if grey else (0.0, 1.0)


def _check_values(images: Images, low: float, high: float) -> None:
    if images.dtype.kind not in "buif":
        raise BadData("values", f"pixels must be real numbers, found {images.dtype}")
    wrong = ~np.isfinite(images) if images.dtype.kind == "f" else np.zeros(images.shape, bool)
    if wrong.any():
        image, row, column = (int(each) for each in np.argwhere(wrong)[0])
        count = int(wrong.sum())
        what = "a pixel is no finite number:" if count == 1 else f"{count:,} pixels are no finite numbers, the first of them"
        raise BadData("values", f"{what} in image {image}, row {row}, column {column} (counted from 0)")
    least, largest = float(images.min()), float(images.max())
    if least < low or largest > high:
        raise BadData(
            "values",
            f"pixels lie between {least:g} and {largest:g}, outside {low:g} .. {high:g}",
            help=f"say which values stand for the darkest and the lightest: `values = {least:g} .. {largest:g}`",
        )


def _resampling(old: int, new: int) -> NDArray[np.float32]:
    """`[new, old]`: weights of old pixels in new ones by a triangle as wide as the coarser of the two; rows sum to one."""
    scale = old / new
    reach = max(scale, 1.0)
    centres = (np.arange(new) + 0.5) * scale - 0.5
    weights = np.maximum(0.0, 1.0 - np.abs(np.arange(old)[None, :] - centres[:, None]) / reach)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
