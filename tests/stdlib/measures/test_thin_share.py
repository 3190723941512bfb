"""Length scale of pictures: bars and discs of known width, and its gradient."""

from __future__ import annotations

from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.grid.morphology import disc, opening
from tests.library import make
from tests.mechanics import taylor_remainders

SIZE = 16


def body(density, pixel=0.5):
    rows, columns = density.shape
    density = jnp.asarray(density, float)
    return SimpleNamespace(density=density, rows=rows, columns=columns, width=pixel * columns, height=pixel * rows)


def bar(width):
    """A bar that goes round the edges of the picture."""
    density = np.zeros((SIZE, SIZE))
    density[:, 14:] = 1.0
    density[:, : width - 2] = 1.0
    return density


def share(density, width, phase="solid"):
    return float(make("measure", "thin_share", of=body(density), width=width, phase=phase).value)


@pytest.mark.parametrize("width", [3, 6])
def test_a_bar_is_as_wide_as_it_is(width):
    for asked in (width - 1, width, width + 1):
        expected = 1.0 if asked > width else 0.0
        assert share(bar(width), 0.5 * asked) == pytest.approx(expected, abs=0.02)
        # Of its complement the other phase says the same.
        assert share(1 - bar(width), 0.5 * asked, "void") == pytest.approx(expected, abs=0.02)


def test_an_even_field_has_no_thin_part_and_nothing_is_none():
    assert share(np.full((SIZE, SIZE), 0.4), 2.0) == pytest.approx(0, abs=1e-12)
    assert share(np.zeros((SIZE, SIZE)), 2.0) == 0


def test_opening_is_that_of_black_and_white_pictures():
    from scipy.ndimage import binary_opening

    picture = np.zeros((SIZE, SIZE), bool)
    picture[3:12, 4:12] = np.random.default_rng(2).uniform(size=(9, 8)) < 0.85
    for diameter in (2, 3, 4, 5):
        structure = np.zeros((diameter, diameter), bool)
        structure[tuple(disc(diameter).T)] = True
        exact = binary_opening(picture, structure)
        found = np.asarray(opening(jnp.asarray(picture, float), diameter))
        assert found == pytest.approx(exact.astype(float), abs=0.05)


@pytest.mark.parametrize("width", [0.5, 9.0])
def test_what_the_pixels_cannot_tell_is_refused(width):
    with pytest.raises(FieldError, match=r"pixels of 0\.5 mm"):
        share(bar(4), width)


def test_what_is_half_there_is_lost_by_half():
    """The sum runs over ρ (ρ − opened ρ), so that grey counts by its square."""
    whole = share(bar(3), 2.5)
    assert whole > 0.9 and share(0.5 * bar(3), 2.5) == pytest.approx(whole / 2, rel=0.02)


def test_the_smaller_side_and_the_smaller_edge_of_a_pixel_count():
    wide = np.ones((4, 16))
    for picture in (wide, wide.T):
        with pytest.raises(FieldError, match=r"3 mm is 6 pixels of 0\.5 mm"):
            share(picture, 3.0)
    upright = SimpleNamespace(density=jnp.ones((8, 16)), rows=8, columns=16, width=8.0, height=8.0)
    assert make("measure", "thin_share", of=upright, width=1.0, phase="solid").pixels == 2


def test_taylor():
    random = np.random.default_rng(1)

    def loss(density):
        return make("measure", "thin_share", of=body(density), width=1.5, phase="solid").value

    at, direction = jnp.asarray(random.uniform(0.1, 0.9, (8, 8))), random.normal(size=(8, 8))
    steps = np.array([4e-5, 2e-5, 1e-5])
    remainders, slope, difference = taylor_remainders(loss, at, direction, steps)
    assert np.diff(np.log(remainders)) / np.diff(np.log(steps)) == pytest.approx(2.0, abs=0.05)
    assert slope == pytest.approx(difference, rel=1e-5)
