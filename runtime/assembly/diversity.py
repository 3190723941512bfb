"""Few candidates that differ in shape, out of many of nearly the wanted stiffness (Wang et al., section 4.2, Fig. 11)."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Array = NDArray[np.float64]

SWEEPS = 10
"""Of Lloyd's algorithm: clusters need not be the best ones."""
NUMBERS_AT_ONCE = 1 << 24
"""Distances that are held at once."""


def diverse_candidates(
    pool: Int[np.ndarray, "*cell pool"], latents: Float[np.ndarray, "number latent"], count: int
) -> Int[np.ndarray, "*cell candidate"]:
    """One of each of `count` clusters of a cell's pool in a latent space: that which is nearest to what is wanted.

    Pools have the nearest first, and so have candidates. k-means over all latent variables: the first two principal
    components, which the paper clusters, may hold a fraction of the variance only. It starts from the nearest and, one after
    the other, from the cell that is farthest from those before, so that nothing is random. A cluster that runs empty leaves
    its place to the nearest cell that is not chosen yet.

    Args:
        pool: numbers of cells, the nearest first; as many as `count` at least.
        latents: of all cells that pools name.
        count: of candidates.
    """
    flat = pool.reshape(-1, pool.shape[-1])
    at_once = max(1, NUMBERS_AT_ONCE // (flat.shape[1] * max(count, latents.shape[1])))
    parts = [_chosen(latents[flat[start : start + at_once]], count) for start in range(0, len(flat), at_once)]
    places = np.concatenate(parts) if parts else np.zeros((0, count), np.int64)
    return np.take_along_axis(flat, places, axis=1).reshape(*pool.shape[:-1], count)


def mean_distance(candidates: Int[np.ndarray, "*cell candidate"], latents: Float[np.ndarray, "number latent"]) -> float:
    """Mean distance of two candidates of the same cell in the latent space."""
    count = candidates.shape[-1]
    places = latents[candidates.reshape(-1, count)]
    first, second = np.triu_indices(count, 1)
    return float(np.linalg.norm(places[:, first] - places[:, second], axis=-1).mean()) if len(first) else 0.0


def _chosen(places: Array, count: int) -> Integers:
    """`[cell, count]`: places in each pool `[cell, pool, latent]`, rising."""
    centres = np.take_along_axis(places, _farthest(places, count)[..., None], axis=1)
    for _ in range(SWEEPS):
        own = _squares(places, centres).argmin(axis=-1)
        member = own[:, None, :] == np.arange(count)[:, None]
        sizes = member.sum(axis=-1)
        means = np.einsum("ckp,cpl->ckl", member.astype(places.dtype), places) / np.maximum(sizes, 1)[..., None]
        moved = np.where(sizes[..., None] > 0, means, centres)
        if np.array_equal(moved, centres):
            break
        centres = moved
    own = _squares(places, centres).argmin(axis=-1)
    member = own[:, None, :] == np.arange(count)[:, None]
    # Pools have the nearest first: of each cluster the first member.
    first = np.where(member.any(axis=-1), member.argmax(axis=-1), -1)
    return np.stack([_filled(each, places.shape[1]) for each in first])


def _filled(first: Integers, pool: int) -> Integers:
    """With the nearest that are not chosen in the place of empty clusters."""
    chosen = first[first >= 0]
    others = np.setdiff1d(np.arange(pool), chosen)
    return np.sort(np.concatenate([chosen, others[: len(first) - len(chosen)]]))


def _farthest(places: Array, count: int) -> Integers:
    """`[cell, count]`: the first of each pool, then the one farthest from all before, and so on."""
    chosen = np.zeros((len(places), count), np.int64)
    nearest = _squares(places, places[:, :1])[..., 0]
    for place in range(1, count):
        chosen[:, place] = nearest.argmax(axis=1)
        newest = np.take_along_axis(places, chosen[:, place, None, None], axis=1)
        nearest = np.minimum(nearest, _squares(places, newest)[..., 0])
    return chosen


def _squares(places: Array, centres: Array) -> Array:
    """`[cell, pool, centre]`: squared distances."""
    products = places @ np.swapaxes(centres, 1, 2)
    return (places**2).sum(axis=-1)[..., None] - 2 * products + (centres**2).sum(axis=-1)[:, None]
