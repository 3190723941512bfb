"""Superelements that are kept: the same bits as those made anew, and never more memory than is allowed."""

import numpy as np
import pytest

from metac.runtime.grid.bounds import isotropic_stiffness, plane_moduli
from metac.runtime.multiscale.known_superelements import KnownSuperelements
from metac.runtime.multiscale.pixel_block import SingularBlock
from metac.runtime.multiscale.superelement import CellShape

UNIT = tuple(tuple(float(v) for v in row) for row in isotropic_stiffness(*plane_moduli(1.0, 0.3, stress=True)))
SHAPE = CellShape(8, 8, UNIT, mirrored=True)


def moduli(seed):
    return np.random.default_rng(seed).uniform(0.1, 1, SHAPE.stored)


def test_what_is_known_is_not_condensed_again_and_is_the_same():
    known = KnownSuperelements()
    first = known.of(SHAPE, moduli(0))
    assert known.of(SHAPE, moduli(0)) is first
    assert known.matrix(SHAPE, moduli(0)) is first.stiffness
    np.testing.assert_array_equal(first.stiffness, SHAPE.condense(moduli(0)).stiffness)
    assert known.of(SHAPE, moduli(1)) is not first
    assert known.of(CellShape(8, 8, UNIT, mirrored=False), np.ones((8, 8))) is not known.of(SHAPE, np.ones((4, 4)))


def test_the_smallest_change_of_one_pixel_is_another_cell():
    known, changed = KnownSuperelements(), moduli(0)
    changed[2, 3] = np.nextafter(changed[2, 3], 2)
    assert known.of(SHAPE, moduli(0)) is not known.of(SHAPE, changed)


def test_a_change_of_the_array_that_was_given_changes_nothing():
    known, given = KnownSuperelements(), moduli(0)
    found = known.of(SHAPE, given)
    given[:] = 1.0
    forces = np.ones((1, 9, 9, 2))
    np.testing.assert_array_equal(found.passed_on(forces), SHAPE.condense(moduli(0)).passed_on(forces))
    with pytest.raises(ValueError, match="read-only"):
        found.stiffness[0, 0] = 0.0


def test_those_used_last_stay_within_the_memory():
    known = KnownSuperelements(4 * SHAPE.matrix_bytes)
    first = known.of(SHAPE, moduli(0))
    for seed in range(1, 9):
        known.of(SHAPE, moduli(seed))
        assert known.bytes <= 4 * SHAPE.matrix_bytes
        assert known.of(SHAPE, moduli(0)) is first
    # What is inside counts from when it is asked for.
    assert first.factors
    known.of(SHAPE, moduli(9))
    assert known.bytes <= 4 * SHAPE.matrix_bytes


def test_moduli_without_stiffness_are_not_kept():
    known = KnownSuperelements()
    for _ in range(2):
        with pytest.raises(SingularBlock):
            known.of(SHAPE, np.full(SHAPE.stored, -1.0))
    assert known.bytes == 0
