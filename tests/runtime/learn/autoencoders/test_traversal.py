"""Cells moved along directions, by a decoder that is known: bars of a width that the first latent variable gives."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from metac.runtime.learn.autoencoders.traversal import HEADINGS, CellReader, property_of, rank_correlations, trend

STEPS = np.linspace(-2, 2, 5)


def decoded(latent: np.ndarray) -> np.ndarray:
    """A cross whose bars are as wide as both variables say; where one is below one, that bar is missing."""
    cells = np.zeros((len(latent), 12, 12))
    for cell, (across, down) in zip(cells, latent, strict=True):
        cell[: max(0, int(across))] = 0.8
        cell[:, : max(0, int(down))] = 0.8
    return cells


def homogenised(solid: np.ndarray) -> np.ndarray:
    rows, columns = solid.all(axis=2).mean(axis=1), solid.all(axis=1).mean(axis=1)
    return np.stack([rows, 0 * rows, columns, rows * columns], axis=1)


def reader(threshold: float = 0.5) -> CellReader:
    return CellReader(decoded, homogenised, threshold)


def test_cells_are_moved_decoded_and_homogenised() -> None:
    moved = reader().moved(np.array([[4.0, 3.0], [5.0, 6.0]]), STEPS[:, None] * [1.0, 0.0])
    np.testing.assert_allclose(12 * moved.stiffness[..., 0], [[2, 3, 4, 5, 6], [3, 4, 5, 6, 7]])
    np.testing.assert_allclose(12 * moved.stiffness[..., 2], [[3] * 5, [6] * 5])
    assert moved.solid.shape == (2, 5, 12, 12)
    assert moved.one_piece.all()
    assert not reader(0.9).moved(np.array([[4.0, 3.0]]), STEPS[:, None] * [1.0, 0.0]).solid.any(), "0.8 is not above 0.9"


def test_a_cell_whose_bars_do_not_meet_is_not_sound() -> None:
    moved = reader().moved(np.array([[2.0, 0.0]]), STEPS[:, None] * [1.0, 0.0])
    assert moved.one_piece.tolist() == [[False] * 5], "bars along x alone are several pieces"


def test_trends_say_how_a_property_follows() -> None:
    moved = reader().moved(np.array([[4.0, 3.0], [5.0, 6.0]]), STEPS[:, None] * [1.0, 0.0])
    follows, stays, falls = (trend(STEPS, moved, name) for name in ("C11", "C22", "anisotropy"))
    assert (follows.median, follows.following, follows.cells, follows.sound) == (1, 1, 2, 1)
    assert follows.ratio == pytest.approx((6 / 2 + 7 / 3) / 2)
    assert (stays.median, stays.following) == (0, 0), "what never changes follows nothing"
    assert falls.median == pytest.approx(-1)
    assert len(follows.texts()) == len(HEADINGS)
    assert "above 0.9 for 100 % of 2 cells" in follows.words()


def test_cells_that_cannot_be_homogenised_are_left_out() -> None:
    moved = reader().moved(np.array([[4.0, 3.0], [5.0, 6.0]]), STEPS[:, None] * [1.0, 0.0])
    moved.stiffness[1, 2] = np.nan
    moved.one_piece[1] = False
    assert trend(STEPS, moved, "C11")[1:4] == (1, 1, 1)
    moved.stiffness[0, 2] = np.nan
    nothing = trend(STEPS, moved, "C11")
    assert nothing.cells == 0
    assert nothing.texts() == ["C11", "0", "", "", "", ""]


def test_rank_correlations_are_those_of_scipy() -> None:
    random = np.random.default_rng(0)
    values = random.integers(0, 6, (40, 9)).astype(float)
    steps = np.linspace(-2, 2, 9)
    wanted = [spearmanr(steps, row).statistic for row in values]
    np.testing.assert_allclose(rank_correlations(steps, values), wanted, atol=1e-12)
    np.testing.assert_array_equal(rank_correlations(steps, np.ones((2, 9))), [0, 0])


def test_anisotropy_is_the_ratio_of_both_axes() -> None:
    np.testing.assert_array_equal(property_of(np.array([[2.0, 1.0, 5.0, 3.0]]), "anisotropy"), [2.5])
    np.testing.assert_array_equal(property_of(np.array([[2.0, 1.0, 5.0, 3.0]]), "C66"), [3.0])
