"""A movement on another lattice than that of the pores is told."""

from __future__ import annotations

import pytest

from metac.compiler.interfaces.attainability import Facts
from metac.stdlib.bodies.other_lattice import other_lattice


def group(definition, cell):
    return Facts("g", definition, {} if cell is None else {"cell": cell})


def deformed(tiled, movement):
    sheet = Facts("sheet", "specimen", {"shape": Facts("pores", "tiled", {"symmetry": tiled})})
    return Facts("design", "deformed", {"body": sheet, "by": Facts("warp", "flow", {"symmetry": movement})})


@pytest.mark.parametrize(
    ("tiled", "movement", "shown"),
    [
        (group("p4", 20.0), group("p6", 20.0), "a p4 cell of 20 mm, what moves them with a p6 cell of 20 mm"),
        (group("p4", 20.0), group("p4", 15.0), "with a p4 cell of 15 mm"),
        (group("p2mm", (20.0, 15.0)), group("p4", 20.0), "a p2mm cell of 20 × 15 mm"),
    ],
)
def test_another_lattice_is_told(tiled, movement, shown):
    doubt = other_lattice(deformed(tiled, movement), {})
    assert doubt is not None and doubt.field == "by"
    assert shown in doubt.message


@pytest.mark.parametrize(
    ("tiled", "movement"),
    [
        (group("p4", 20.0), group("p4", 20.0)),
        (group("p4mm", 20.0), group("p2mm", (20.0, 20.0))),  # fewer operations on the same lattice
        (group("p6mm", 20.0), group("p3", 20.0)),
        (group("p4mm", 10.0), group("pg", (20.0, 20.0))),  # pores alike, moved in pairs
        (group("p4mm", 0.3), group("p4", 0.1)),
        (group("p4", None), group("p6", 20.0)),
        (group("p1", None), group("p4", 20.0)),
    ],
)
def test_what_repeats_alike_or_is_not_known_is_left_alone(tiled, movement):
    assert other_lattice(deformed(tiled, movement), {}) is None


def test_bodies_without_a_tiled_shape_are_left_alone():
    assert other_lattice(Facts("design", "deformed", {"body": Facts("coupon", "specimen", {}), "by": 3}), {}) is None
