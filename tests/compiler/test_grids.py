"""Grids of numbers: literals, parameters, generators that are calculated with."""

import jax.numpy as jnp
import numpy as np
import pytest

from metac.compiler.graph_walk import Bindings
from metac.compiler.lower.expression import evaluate_expression
from metac.compiler.types import types
from metac.dsl.diagnostics.diagnostic import DiagnosticError

PICTURE = """
define body picture {
    density: Grid in 0 .. 1
    form = grid
    python "m.py:M"
}
define generator painting {
    form = grid
    python "m.py:M" gives Grid
}
"""


def density(spec, text, overrides=None):
    """The typed field of a picture."""
    return spec.design(f"{PICTURE}\n{text}", overrides).nodes["cell"].fields["density"]


def test_rows_are_written_as_lists_or_as_texts(spec):
    lists = density(spec, "body cell = picture { density = [[0, 0.5], [1, 1]] }")
    texts = density(spec, 'body cell = picture { density = ["..#", "#.#"] }')
    assert lists.type == texts.type == types.GridType()
    assert evaluate_expression(lists, Bindings()) == ((0, 0.5), (1, 1))
    assert evaluate_expression(texts, Bindings()) == ((0, 0, 1), (1, 0, 1))


def test_a_generator_that_gives_a_grid_can_be_calculated_with(spec):
    text = """
    param gamma: Scalar = 4
    generator noise = painting
    body cell = picture { density = project(1 - noise, gamma) }
    """
    field = density(spec, text)
    assert field.type == types.GridType()
    values = np.array([[0.1, 0.9, 0.5]])
    for xp in (np, jnp):
        scope = Bindings(parameters={"gamma": 4.0}, reference=lambda _, xp=xp: xp.asarray(values))
        expected = (np.tanh(4 * (1 - 2 * values)) + 1) / 2
        assert np.allclose(evaluate_expression(field, scope, xp), expected)
    assert density(spec, "generator noise = painting\nbody cell = picture { density = noise }").type == types.GridType()


def test_products_are_pixel_by_pixel(spec):
    field = density(spec, "param a: Grid\nparam b: Grid\nbody cell = picture { density = a*b + a/2 - mean(b)*a^2 }")
    a, b = np.random.default_rng(0).uniform(size=(2, 3, 3))
    found = evaluate_expression(field, Bindings(parameters={"a": a, "b": b}))
    assert np.allclose(found, a * b + a / 2 - b.mean() * a**2)


def test_an_object_that_gives_a_grid_stays_an_object(spec):
    text = f"{PICTURE}\ngenerator noise = painting\nstudy fit = fitting {{ vary = noise }}"
    assert "M0403" not in spec.codes(text)


def test_grids_from_python(spec):
    text = "param rho: Grid\nbody cell = picture { density = rho }"
    design = spec.design(PICTURE + text, {"rho": np.array([[0.0, 1.0], [0.25, 0.5]])})
    assert design.parameters["rho"].type == types.GridType()
    result = spec.check(PICTURE + text, {"rho": np.array([[0.0, 1.0], [0.25, np.nan]])})
    (found,) = [each for each in result.diagnostics if each.severity == "error"]
    assert found.code == "M0414" and "row 2, column 2" in found.message
    assert spec.codes(PICTURE + text, {"rho": np.array([0.0, 1.0])}) == ["M0403"]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("[[0, 1], [1]]", "M0413"),
        ('["..", "#"]', "M0403"),
        ('["..", "x."]', "M0403"),
        ("[]", "M0403"),
        ("0.5", "M0403"),
        ("[0, 1]", "M0403"),
        ("[[0, 1 mm]]", "M0403"),
        ("[[0 mm, 1 mm]]", "M0403"),
        ("[[0, 1.5], [0.2, 0.3]]", "M0304"),
        ("noise + stress", "M0201"),
        ("det(noise)", "M0403"),
        ("noise + 1 mm", "M0404"),
        ("if noise > 1 then 0 else 1", "M0403"),
    ],
)
def test_what_is_no_grid(spec, value, code):
    text = f"{PICTURE}\ngenerator noise = painting\nbody cell = picture {{ density = {value} }}"
    assert code in spec.codes(text)


def test_values_outside_the_range_are_told_once(spec):
    text = PICTURE + "param rho: Grid\nbody cell = picture { density = rho }"
    assert spec.codes(text, {"rho": np.full((4, 4), 2.0)}) == ["M0304"]
    assert spec.codes(text, {"rho": np.array([[0.0, 1.5], [0.1, 1.4]])}) == ["M0304"]


def test_grids_of_different_sizes_do_not_meet(spec):
    field = density(spec, "param a: Grid\nparam b: Grid\nbody cell = picture { density = a + b }")
    with pytest.raises(DiagnosticError) as caught:
        evaluate_expression(field, Bindings(parameters={"a": jnp.ones((2, 3)), "b": jnp.ones((1, 3))}), jnp)
    (found,) = caught.value.diagnostics
    assert found.code == "M0556" and "1×3, 2×3" in found.message


def test_tensors_may_have_a_dimension(spec):
    text = """
    define measure moduli_of {
        of: Load
        python "m.py:M" gives Tensor[2, 2, Pressure]
    }
    """
    assert spec.codes(spec.sheet + text + "match moduli_of(pull) to 1 MPa * [[1, 2], [3, 4]]") == []
    assert spec.codes(spec.sheet + text + "match moduli_of(pull) to [[1, 2], [3, 4]]") == ["M0402"]
    assert "M0220" in spec.codes(text.replace("Pressure]", "Pressure, 2]"))
    assert "M0220" in spec.codes(text.replace("Pressure]", "Text]"))
