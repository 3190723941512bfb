"""Sheets in one piece and in several, and how thin they are."""

import numpy as np

from metac.runtime.assembly.sheet import AROUND, soundness

CELL = (10, 10)


def sheet():
    solid = np.zeros((20, 30), bool)
    solid[4:7] = True
    solid[11:16] = True
    solid[:, 12:16] = True
    return solid


def test_a_sheet_in_one_piece():
    found = soundness(sheet(), CELL)
    assert (found.pieces, found.largest, found.loose) == (1, 1.0, ())
    assert (found.member, found.gap) == (3, 4)


def test_loose_pieces_are_named_and_corners_join_nothing():
    solid = sheet()
    solid[18, 28] = solid[19, 29] = True  # they meet in a corner alone
    found = soundness(solid, CELL)
    assert found.pieces == 3
    assert found.loose == ((1, 2),)
    assert found.largest == 1 - 2 / solid.sum()
    assert found.member == 1


def test_members_are_cut_by_the_edges_of_a_sheet():
    solid = np.zeros((20, 30), bool)
    solid[:2] = True
    solid[:, :9] = True
    assert soundness(solid, CELL).member == 2
    assert soundness(np.ones((20, 30), bool), CELL).member == AROUND


def test_a_sheet_of_nothing():
    assert soundness(np.zeros((20, 30), bool), CELL) == (0, 0.0, (), 0.0, float(AROUND))
