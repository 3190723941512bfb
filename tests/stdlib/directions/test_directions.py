"""Directions between the means of two sets of cells, in closed form on a latent space that is made up."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from metac.compiler.interfaces.field_error import FieldError
from metac.compiler.interfaces.latent import LearnedCells
from tests.library import constructor

Quantiles, Contrast = constructor("direction", "quantiles"), constructor("direction", "contrast")
Gradient = constructor("direction", "gradient")

GRID = np.array([[x, y] for x in range(10) for y in range(4)], np.float32)
STIFFNESS = np.stack([1 + GRID[:, 0], np.full(40, 0.5), 1 + 3 * GRID[:, 1], np.full(40, 0.1)], axis=1).astype(float)
"""C11 grows along the first latent variable, C22 along the second, C12 and C66 never."""


class Known:
    """A model whose cells are at hand."""

    def __init__(self, validation: Any = ()) -> None:
        self.cells = LearnedCells(GRID, STIFFNESS, np.array(validation, int))
        self.data = None

    def known_cells(self) -> LearnedCells:
        return self.cells

    @property
    def space(self) -> Any:
        return SimpleNamespace(**self.cells._asdict())


def tall(c11: Any, c12: Any, c22: Any, c66: Any) -> Any:
    del c12, c66
    return c22 / c11 > 2


def broad(c11: Any, c12: Any, c22: Any, c66: Any) -> Any:
    return tall(c22, c12, c11, c66)


@pytest.mark.parametrize(("of", "axis"), [("C11", 0), ("C22", 1)])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_quantiles_point_along_the_variable_that_the_property_grows_with(of: str, axis: int, share: float) -> None:
    found = Quantiles(model=Known(), of=of, share=share).at(np.zeros(2))
    np.testing.assert_allclose(found, np.eye(2)[axis], atol=1e-12)
    assert found.dtype == np.float64


def test_a_contrast_is_the_difference_of_the_means_of_both_sets() -> None:
    found = Contrast(model=Known(), low=broad, high=tall).at(np.zeros(2))
    ratio = STIFFNESS[:, 2] / STIFFNESS[:, 0]
    wanted = GRID[ratio > 2].mean(axis=0) - GRID[ratio < 0.5].mean(axis=0)
    np.testing.assert_allclose(found, wanted / np.linalg.norm(wanted), rtol=1e-6)
    assert found[0] < 0 < found[1]
    np.testing.assert_allclose(Contrast(model=Known(), low=tall, high=broad).at(np.zeros(2)), -found, rtol=1e-6)


def test_what_is_built_of_the_space_is_what_is_read_of_its_cells() -> None:
    model = Known()
    build = type(Quantiles(model=model)).build
    np.testing.assert_array_equal(build(model, "C22", 0.25), Quantiles(model=model, of="C22", share=0.25).at(np.zeros(2)))


def test_cells_that_it_was_not_trained_on_do_not_count() -> None:
    # With the largest C22 held back for x > 0, the mean of the upper share leans to small x.
    held = np.flatnonzero((GRID[:, 1] == 3) & (GRID[:, 0] > 0))
    kept = np.setdiff1d(np.arange(40), held)
    found = Contrast(model=Known(held), low=broad, high=tall).at(np.zeros(2))
    ratio = STIFFNESS[kept, 2] / STIFFNESS[kept, 0]
    wanted = GRID[kept][ratio > 2].mean(axis=0) - GRID[kept][ratio < 0.5].mean(axis=0)
    np.testing.assert_allclose(found, wanted / np.linalg.norm(wanted), rtol=1e-6)
    assert not np.allclose(found, Contrast(model=Known(), low=broad, high=tall).at(np.zeros(2)))


@pytest.mark.parametrize(
    ("make", "field", "part"),
    [
        (lambda: Quantiles(model=Known(), of="C12"), "of", "C12 is the same for all 40 cells"),
        (lambda: Quantiles(model=Known(range(1, 40))), "share", "more than all"),
        (lambda: Contrast(model=Known(), low=broad, high=lambda a, b, c, d: a > 100), "high", "none of 40 cells"),
        (lambda: Contrast(model=Known(), low=lambda a, b, c, d: a < 0, high=tall), "low", "none of 40 cells"),
        (lambda: Contrast(model=Known(), low=lambda *_: False, high=tall), "low", "none of 40 cells"),
        (lambda: Contrast(model=Known(), low=tall, high=tall), "high", "the same mean"),
    ],
)
def test_sets_without_a_direction_are_refused(make: Any, field: str, part: str) -> None:
    with pytest.raises(FieldError, match=part) as caught:
        make()
    assert (caught.value.field, caught.value.code) == (field, "M0608")


class Regressor:
    """C11 grows with the first variable, C22 with the square of the second."""

    stiffness = STIFFNESS

    def predict(self, latents: Any) -> Any:
        c11, c22 = jnp.exp(latents[..., 0]), jnp.exp(latents[..., 1] ** 2)
        return jnp.stack([c11, 0.3 * c11, c22, jnp.zeros(c11.shape)], axis=-1)


def test_a_gradient_is_that_of_each_place() -> None:
    model = SimpleNamespace(space=Regressor())
    places = np.array([[0.0, 1.0], [0.0, -0.5], [1.0, 0.0]])
    steepest = np.array([[-1.0, 2.0], [-1.0, -1.0], [-1.0, 0.0]])
    found = Gradient(model=model, of="anisotropy").at(places)
    np.testing.assert_allclose(found, steepest / np.linalg.norm(steepest, axis=1, keepdims=True), rtol=1e-6)
    np.testing.assert_allclose(Gradient(model=model, of="C11").at(places), np.eye(2)[[0, 0, 0]])
    assert not Gradient(model=model, of="C66").at(places).any(), "there is no direction where nothing changes"
