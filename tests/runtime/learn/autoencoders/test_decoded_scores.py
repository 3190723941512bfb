"""Scores of decoded cells, of decoders that are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from metac.runtime.learn.autoencoders.decoded_scores import HEADINGS, CellJudge, linear_probe, soundness
from metac.runtime.learn.autoencoders.latent_plots import principal_components
from metac.runtime.learn.autoencoders.vae_configuration import VaeConfiguration

RANDOM = np.random.default_rng(0)
BARS = np.zeros((20, 6, 6), np.uint8)
for number, bar in enumerate(BARS):
    bar[: 1 + number % 4], bar[:, : 1 + number // 5] = 1, 1


def homogenised(cells: np.ndarray) -> np.ndarray:
    """Something that follows the cells."""
    rows, columns = cells.mean(axis=2), cells.mean(axis=1)
    found = np.stack([rows.max(axis=1), rows.std(axis=1), columns.std(axis=1), cells.mean(axis=(1, 2))], axis=1)
    return found.astype(float) + 0.01 * cells[:, 0, :4]


class Known:
    """Decodes cells by their numbers, which are their latent variables; others as nothing but void."""

    configuration = VaeConfiguration((12, 12), mirrored=True, latent=1)

    def __init__(self, decoded: np.ndarray, predicted: np.ndarray) -> None:
        self.decoded, self.predicted = decoded, predicted

    def means_of(self, pictures: np.ndarray) -> np.ndarray:
        return np.arange(len(pictures), dtype=np.float32)[:, None]

    def pictures_of(self, latent: np.ndarray) -> np.ndarray:
        return self.decoded[np.clip(np.round(latent[:, 0]), 0, 19).astype(int)].astype(np.float32)

    def predict(self, latent: np.ndarray) -> np.ndarray:
        return self.predicted[np.clip(np.round(latent[:, 0]), 0, 19).astype(int)]


def judged(decoded: np.ndarray) -> list[Any]:
    from metac.runtime.datasets.cells.design_space import whole

    stiffness = homogenised(whole(BARS).astype(bool))
    space: Any = Known(decoded, stiffness)
    return CellJudge(space, BARS, stiffness, homogenised, seed=0).rows()


def test_a_decoder_that_knows_all_cells_has_no_errors() -> None:
    half, strict, regressor, near, _ = judged(BARS)
    for row in (half, strict):
        assert row.pixel_error == 0
        assert row.one_piece == row.repaired == 1
        assert row.r2 == (1, 1, 1, 1)
    assert regressor.r2 == (1, 1, 1, 1)
    assert near.cells == 200
    assert near.one_piece == 1
    assert len(half.texts()) == len(HEADINGS)
    assert regressor.texts()[1] == "", "a regressor has no threshold"
    assert regressor.describe()["threshold"] is None


def test_what_is_likely_is_not_solid_for_a_higher_threshold() -> None:
    half, strict, *_ = judged(0.8 * BARS)
    assert half.pixel_error == 0
    assert strict.pixel_error == pytest.approx(BARS.mean())
    assert strict.one_piece == 0


def test_a_decoded_cell_with_another_stiffness_counts_however_good_the_regressor() -> None:
    half, _, regressor, *_ = judged(BARS[::-1])
    assert regressor.r2 == (1, 1, 1, 1)
    assert max(half.r2[1:]) < 0
    assert half.pixel_error > 0.1


def test_one_piece_of_cells_without_mirror_lines() -> None:
    cross, apart, bar = np.zeros((3, 6, 6), bool)
    cross[2], cross[:, 2] = True, True
    apart[1:3, 1:3] = True
    bar[2] = True
    sound, repaired = soundness(np.stack([cross, apart, bar]), mirrored=False)
    assert sound.tolist() == [True, False, False]
    assert np.isnan(repaired)


def test_a_linear_probe_finds_what_is_linear() -> None:
    latents = RANDOM.standard_normal((200, 3)).astype(np.float32)
    stiffness = np.exp(latents @ np.array([0.5, -0.2, 0.1]))[:, None] * np.ones(4)
    assert linear_probe(latents, stiffness) == pytest.approx(1)
    assert linear_probe(latents, np.exp(RANDOM.standard_normal((200, 4)))) < 0.1


def test_principal_components_hold_the_largest_variance() -> None:
    latents = (RANDOM.standard_normal((500, 3)) * np.array([1.0, 5.0, 0.1])).astype(np.float32)
    found, shares = principal_components(latents)
    assert abs(np.corrcoef(found[:, 0], latents[:, 1])[0, 1]) > 0.99
    assert shares[0] > 0.9
    assert principal_components(latents[:, :1])[0].shape == (500, 2)
