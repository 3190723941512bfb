"""What candidates and pairs of them cost: tractions against homogenisation, closed forms, brute force."""

import itertools

import numpy as np
import pytest

from metac.runtime.assembly.incompatibility import (
    EdgeStock,
    Weights,
    choice_costs,
    deviation,
    fit_of,
    geometric_incompatibility,
    mechanical_incompatibility,
)
from metac.runtime.assembly.tractions import TractionProblem
from metac.runtime.grid.bounds import isotropic_stiffness, plane_moduli
from metac.runtime.grid.quarter import QuarterCell

UNIT = tuple(tuple(float(v) for v in row) for row in isotropic_stiffness(*plane_moduli(1.0, 0.49, stress=True)))
ROWS, COLUMNS = 8, 6
PROBLEM = TractionProblem(ROWS, COLUMNS, UNIT)


def quarters(count=6, seed=0):
    solid = np.random.default_rng(seed).uniform(size=(count, ROWS, COLUMNS)) < 0.6
    solid[:, :2, :] = True
    solid[0] = True
    return solid


def moduli(solid):
    return np.where(solid, 1.0, 1e-6)


def stock(solid):
    return EdgeStock(solid, PROBLEM.tractions(moduli(solid)))


def test_tractions_add_up_to_the_homogenised_stiffness():
    solid = quarters()
    found = PROBLEM.tractions(moduli(solid))
    expected = QuarterCell(ROWS, COLUMNS, UNIT).homogenise(moduli(solid)).stiffness
    np.testing.assert_allclose(-found.left[:, 0].sum(axis=-1) / ROWS, expected[:, 0, 0], rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(-found.left[:, 1].sum(axis=-1) / ROWS, expected[:, 0, 1], rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(found.top[:, 0].sum(axis=-1) / COLUMNS, expected[:, 1, 0], rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(found.top[:, 1].sum(axis=-1) / COLUMNS, expected[:, 1, 1], rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(found.top[:, 2].sum(axis=-1) / COLUMNS, expected[:, 2, 2], rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(-found.left[:, 2].sum(axis=-1) / ROWS, expected[:, 2, 2], rtol=1e-9, atol=1e-13)


def test_a_solid_cell_has_even_tractions():
    found = PROBLEM.tractions(np.ones((1, ROWS, COLUMNS)))
    share = np.r_[0.5, np.ones(ROWS - 1), 0.5]
    np.testing.assert_allclose(found.left[0, 0], -UNIT[0][0] * share, rtol=1e-10)


def test_pairs_that_match_cost_nothing_and_those_without_contact_most():
    full, none = np.ones(4, bool), np.zeros(4, bool)
    half = np.array([True, True, False, False])
    assert geometric_incompatibility(half, half) == 0
    assert geometric_incompatibility(half, ~half) == 1
    assert geometric_incompatibility(full, none) == 1
    assert geometric_incompatibility(none, none) == 1
    assert geometric_incompatibility(full, half) == pytest.approx(2 / 6)
    one, other = np.array([1.0, 0.0, 2.0]), np.array([0.0, 3.0, 0.0])
    assert mechanical_incompatibility(one, one) == 0
    assert mechanical_incompatibility(one, other) == 1
    assert mechanical_incompatibility(one, other) == mechanical_incompatibility(other, one)
    assert mechanical_incompatibility(one, 2 * one) == pytest.approx(1 / 3)


def test_deviation_is_the_largest_share_of_the_solid():
    scale = np.array([2.0, 2.0, 4.0, 1.0])
    assert deviation(np.array([1.0, 0.5, 1.0, 0.2]), np.array([0.5, 0.5, 2.0, 0.1]), scale) == pytest.approx(0.25)


def test_costs_of_a_choice_are_those_of_its_cells_and_edges():
    solid = quarters(5, 3)
    held = stock(solid)
    candidates = np.random.default_rng(4).integers(0, 5, (2, 3, 2))
    own = np.random.default_rng(5).uniform(size=candidates.shape)
    weights = Weights(2.0, 3.0, 5.0)
    costs = choice_costs(held, candidates, own, weights)
    for choice in itertools.product(range(2), repeat=6):
        choice = np.array(choice).reshape(2, 3)
        cells = np.take_along_axis(candidates, choice[..., None], axis=-1)[..., 0]
        expected = 2.0 * np.take_along_axis(own, choice[..., None], axis=-1).sum()
        for (i, j), (down, right) in itertools.product(np.ndindex(2, 3), ((0, 1), (1, 0))):
            if i + down < 2 and j + right < 3:
                a, b = cells[i, j], cells[i + down, j + right]
                edge, force = (held.left, held.tractions.left) if right else (held.top, held.tractions.top)
                expected += 3.0 * geometric_incompatibility(edge[a], edge[b])
                expected += 5.0 * mechanical_incompatibility(force[a].ravel(), force[b].ravel())
        assert costs.energy(choice) == pytest.approx(expected)


def test_disconnected_pairs_are_named():
    solid = np.ones((2, ROWS, COLUMNS), bool)
    solid[1, :, 0] = False
    found = fit_of(stock(solid), np.array([[0, 1], [0, 0]]))
    assert found.disconnected == (((0, 0), (0, 1)),)
    assert found.geometric == pytest.approx(np.mean([1.0, 0.0, 0.0, 1 / (2 * COLUMNS - 1)]))
