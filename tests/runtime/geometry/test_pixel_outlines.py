"""Regions of pixels as outlines."""

import numpy as np
import pytest
import shapely

from metac.runtime.geometry.pixel_outlines import pixel_region
from metac.runtime.report.outline_export import clean_outline


def test_a_ring_and_an_island_lie_where_their_pixels_do():
    solid = np.zeros((6, 8), bool)
    solid[1:4, 1:5] = True
    solid[2, 2] = False
    solid[5, 7] = True
    region = pixel_region(solid, 0.5)
    assert region.area == pytest.approx(0.25 * solid.sum())
    ring, island = sorted(shapely.get_parts(region), key=lambda part: -part.area)
    assert ring.bounds == (0.5, 1.0, 2.5, 2.5)
    assert ring.interiors[0].bounds == (1.0, 1.5, 1.5, 2.0)
    assert island.bounds == (3.5, 0.0, 4.0, 0.5)


def test_pixels_that_meet_in_a_corner_can_be_written():
    outline = clean_outline(pixel_region(np.eye(2, dtype=bool), 0.1))
    assert outline.area == pytest.approx(0.02, rel=1e-3)
