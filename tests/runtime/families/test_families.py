"""Gradations and decoded families, by a decoder that is known: crosses with bars as wide as the latent variables say."""

from __future__ import annotations

from itertools import combinations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metac.runtime.families.correction import corrected
from metac.runtime.families.decoded_family import DecodedFamily, FamilyReader, longest_rise
from metac.runtime.families.family_law import FamilyLaw
from metac.runtime.families.gradation import Gradation, distance_that_holds, ranked_cells
from tests.mechanics import taylor_remainders

STRAIGHT = Gradation.of(0.1, 0.9, (lambda c: 0.2 * c, lambda c: c, lambda c: 0.5 * c))


def test_cells_near_a_gradation_come_by_their_stiffness() -> None:
    on = STRAIGHT.points[[3000, 1000, 2000]]
    off = on[:1] + np.array([0.0, 0.0, 0.03, 0.0])
    far = on[:1] + np.array([0.0, 0.0, 0.2, 0.0])
    beyond = STRAIGHT.points[-1:] + np.array([0.05, 0.01, 0.05, 0.025])
    stiffness = np.concatenate([on, off, far, beyond])
    near = ranked_cells(STRAIGHT, stiffness, 0.05)
    assert near.numbers.tolist() == [1, 2, 0, 3]
    np.testing.assert_allclose(near.nearest.distances[:3], 0, atol=1e-12)
    # Along (1, 0.2, 1, 0.5): the distance across is that of a point from a line.
    along = np.array([1, 0.2, 1, 0.5]) / np.linalg.norm([1, 0.2, 1, 0.5])
    assert near.nearest.distances[3] == pytest.approx(0.03 * np.sqrt(1 - along[2] ** 2), rel=1e-3)
    assert distance_that_holds(STRAIGHT, stiffness, 4) == pytest.approx(near.nearest.distances[3])
    assert distance_that_holds(STRAIGHT, stiffness, 7) == np.inf


def test_what_no_material_has_is_not_sound() -> None:
    assert STRAIGHT.sound.all()
    assert not Gradation.of(0.1, 0.9, (lambda c: 1.1 * c, lambda c: c, lambda c: c)).sound.any()
    part = Gradation.of(0.1, 0.9, (lambda c: 0 * c, lambda c: c, lambda c: c - 0.5)).sound
    assert 0 < part.sum() < len(part)


@given(st.lists(st.integers(0, 9), max_size=9))
def test_the_longest_rise_is_one_and_none_is_longer(values: list[int]) -> None:
    found = longest_rise(np.array(values, float))
    chosen = [values[index] for index in found]
    assert chosen == sorted(set(chosen)) and (np.diff(found) > 0).all()
    longest = max(
        size
        for size in range(len(values) + 1)
        if any(list(each) == sorted(set(each)) for each in combinations(values, size))
    )
    assert len(found) == longest


def decoded(latent: np.ndarray) -> np.ndarray:
    cells = np.zeros((len(latent), 24, 24))
    for cell, (across, down) in zip(cells, latent, strict=True):
        for bars, width in ((cell, across), (cell.T, down)):
            half = max(0, int(width)) // 2
            bars[12 - half : 12 + half] = 0.8
    return cells


def homogenised(solid: np.ndarray) -> np.ndarray:
    rows, columns = solid.all(axis=2).mean(axis=1), solid.all(axis=1).mean(axis=1)
    return np.stack([rows, 0.2 * rows, columns, 0.5 * rows], axis=1)


READER = FamilyReader(decoded, homogenised, 0.5, mirrored=True, feature=1)


@pytest.fixture(scope="module")
def family() -> DecodedFamily:
    return DecodedFamily.of(np.arange(3), np.array([[4.0, 4.0], [10.0, 10.0], [20.0, 20.0]]), 33, READER, STRAIGHT)


def test_a_family_is_sampled_evenly_and_keeps_what_rises(family: DecodedFamily) -> None:
    np.testing.assert_allclose(family.latents, 4 + 16 * np.linspace(0, 1, 33)[:, None] * [1, 1])
    np.testing.assert_allclose(12 * family.node_cells.stiffness[:, 0], [2, 5, 10])
    # Bars have even widths: of samples of the same width one is kept.
    assert family.cells.sound.all()
    c11 = family.cells.stiffness[family.kept, 0]
    assert (np.diff(c11) > 0).all()
    assert len(c11) == 9
    found = family.summary()
    assert (found.nodes, found.kept, found.one_piece, found.sound) == (3, 9, 1, 1)
    assert found.softest == pytest.approx(2 / 12) and found.stiffest == pytest.approx(10 / 12)
    assert found.deviation == pytest.approx(0, abs=2e-4)


def test_loose_cells_are_not_kept() -> None:
    path = np.array([[4.0, 0.0], [4.0, 12.0]])
    found = DecodedFamily.of(np.arange(2), path, 9, READER, STRAIGHT)
    assert not found.cells.sound[:2].any(), "bars along one axis are several pieces"
    assert not np.isin([0, 1], found.kept).any()
    assert found.summary().sound == pytest.approx(found.cells.sound.mean())


def test_cells_without_a_known_stiffness_are_not_kept() -> None:
    unknown = FamilyReader(decoded, lambda solid: np.full((len(solid), 4), np.nan), 0.5, mirrored=True, feature=1)
    found = DecodedFamily.of(np.arange(2), np.array([[4.0, 4.0], [8.0, 8.0]]), 5, unknown, STRAIGHT)
    assert not len(found.kept)
    assert len(found.summary().texts()) == 10


def test_corrections_lead_to_the_gradation() -> None:
    path = np.array([[4.0, 8.0], [14.0, 18.0]])
    before = DecodedFamily.of(np.arange(2), path, 24, READER, STRAIGHT)
    slope = np.array([[1, 0], [0.2, 0], [0, 1], [0.5, 0]]) / 24
    found = before
    for _ in range(4):
        found = corrected(found, READER, STRAIGHT, lambda latent: np.tile(slope, (len(latent), 1, 1)), np.ones(4))
    assert before.distances.min() > 0.1
    assert found.distances.max() < 0.07 and np.median(found.distances) < 1e-3, "bars have even widths, a twelfth apart"
    assert np.abs(np.diff(found.latents, axis=0)).max() < 1.5, "the curve stays smooth"


POSITIONS = np.array([0.2, 0.25, 0.6, 0.9])
STIFFNESS = np.array([[0.1, 0.02, 0.2, 0.05], [0.2, -0.03, 0.2, 0.06], [0.5, 0.45, 0.45, 0.1], [0.8, 0.3, 0.5, 0.1]])


def test_the_law_is_exact_at_cells_and_rises_between_them() -> None:
    law = FamilyLaw.of(POSITIONS, STIFFNESS)
    assert law.positions[[0, -1]].tolist() == [0, 1]
    np.testing.assert_allclose(law.entries(jnp.asarray(law.positions)), STIFFNESS, rtol=1e-12)
    fine = np.asarray(law.entries(jnp.linspace(0, 1, 301)))
    c11, c12, c22, c66 = fine.T
    assert (np.diff(c11) > 0).all() and (c66 > 0).all() and (c12**2 < c11 * c22).all()
    assert (np.diff(c22) >= -1e-12).all(), "no overshoot between equal values"


def test_the_law_has_derivatives() -> None:
    law = FamilyLaw.of(POSITIONS, STIFFNESS)
    places = jnp.array([[0.01, 0.3], [0.55, 0.97]])
    steps = 2.0 ** -np.arange(5, 9)

    def total(values: jax.Array) -> jax.Array:
        return jnp.sum(law.entries(values) ** 2)

    remainders, slope, difference = taylor_remainders(total, places, jnp.array([[0.3, -0.2], [0.4, 0.3]]), steps)
    assert difference == pytest.approx(slope, rel=1e-4)
    assert abs(np.polyfit(np.log(steps), np.log(remainders), 1)[0] - 2) < 0.2
