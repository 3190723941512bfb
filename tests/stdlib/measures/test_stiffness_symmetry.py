"""What plane groups make of a stiffness: the rules against averages over the operations of each group themselves."""

from __future__ import annotations

import numpy as np
import pytest

from metac.compiler.interfaces.attainability import Facts
from metac.stdlib.measures.stiffness_symmetry import of_symmetry

MIRROR = np.diag([-1.0, 1.0])
FOLDS = {"p1": 1, "p2": 2, "p3": 3, "p4": 4, "p6": 6, "pm": 1, "pg": 1, "cm": 1, "p2mm": 2, "p4mm": 4, "p3m1": 3, "p6mm": 6}
ANY = np.array([[50.0, 12, 3], [12, 40, -5], [3, -5, 20]])


def turned(stiffness: np.ndarray, by: np.ndarray) -> np.ndarray:
    """A stiffness in Voigt form under an orthogonal map, by way of the tensor of four indices."""
    pairs = [(0, 0), (1, 1), (0, 1)]
    tensor = np.zeros((2, 2, 2, 2))
    for row, (i, j) in enumerate(pairs):
        for column, (k, m) in enumerate(pairs):
            for a, b in {(i, j), (j, i)}:
                for c, d in {(k, m), (m, k)}:
                    tensor[a, b, c, d] = stiffness[row, column]
    tensor = np.einsum("ai,bj,ck,dl,ijkl->abcd", by, by, by, by, tensor)
    return np.array([[tensor[(*row, *column)] for column in pairs] for row in pairs])


def averaged(stiffness: np.ndarray, group: str) -> np.ndarray:
    """What the rotations and mirrors of a group leave of a stiffness."""
    angles = 2 * np.pi * np.arange(FOLDS[group]) / FOLDS[group]
    turns = [np.array([[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]]) for t in angles]
    if "m" in group or "g" in group:
        turns += [turn @ MIRROR for turn in turns]
    return np.mean([turned(stiffness, each) for each in turns], axis=0)


def measure(group: str) -> Facts:
    """`stiffness(periodic { body = pixels { density = density { symmetry = … } } })`."""
    found = Facts("g", group, {})
    for name, field in (("density", "symmetry"), ("pixels", "density"), ("periodic", "body"), ("stiffness", "of")):
        found = Facts(name, name, {field: found})
    return found


@pytest.mark.parametrize("group", FOLDS)
def test_what_the_operations_leave_is_allowed_and_what_they_change_is_not(group: str) -> None:
    left = averaged(ANY, group)
    assert of_symmetry(measure(group), left, 0.0) is None
    if np.allclose(left, ANY):
        assert of_symmetry(measure(group), ANY, 0.0) is None
    else:
        assert of_symmetry(measure(group), ANY, 0.0) is not None
        assert of_symmetry(measure(group), ANY, 50.0) is None, "a tolerance forgives it"
    # What is not asked decides nothing.
    assert of_symmetry(measure(group), np.full((3, 3), np.nan), 0.0) is None
