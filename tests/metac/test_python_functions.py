"""Functions of Python programs become functions of the language, with the same values and their units."""

import copy
import pickle

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import metac
from metac.api.python_functions import written
from metac.api.run_folders import _entry_of, _value_of

TEXT = """
param law: Function[Length, Pressure] = e -> 10 MPa/1 mm * e
param stretch: Function[Scalar, Scalar] = e -> e
param x: Scalar = 1
param read: Scalar = stretch(x)
param pressed: Pressure = law(x * 1 mm)
"""
POLYNOMIAL = jnp.array([1.0, -2.0, 3.5])
FUNCTIONS = {
    "polynomial": lambda e: jnp.polyval(POLYNOMIAL, e),
    "piecewise": lambda e: jnp.where(e > 0.5, e**2, jnp.abs(e) ** 1.5),
    "softplus": jax.nn.softplus,
    "clipped": lambda e: jnp.clip(e, -0.2, 0.3) + jax.nn.relu(e),
    "small": lambda e: jnp.expm1(e) + jnp.log1p(jnp.abs(e)),
    "powers": lambda e: (1 + e**2) ** -3 - 1 / jnp.sqrt(2 + e) + jnp.exp2(e) * jax.nn.sigmoid(e),
    "circular": lambda e: jnp.sin(e) * jnp.arctan2(e, 2.0) + jnp.cosh(e) - jnp.floor(3 * e) * jnp.sign(e),
    "counted": lambda e: sum(jnp.tanh(e * k) for k in range(1, 4)) + (e > 0) * 2.0,
    "fixed": lambda e: 0 * e - 4,
    "numpy constants": lambda e: np.float64(-0.25) * e + np.pi,
}


@pytest.mark.parametrize("name", FUNCTIONS)
@given(x=st.floats(-1, 1).map(lambda value: round(value, 6)))
@settings(max_examples=4)
def test_the_language_has_the_same_values(name: str, x: float) -> None:
    function = FUNCTIONS[name]
    with jax.enable_x64(True):
        wanted = float(function(jnp.float64(x)))
    found = metac.compile(TEXT, stretch=function, x=x).plan().parameters["read"]
    assert found == pytest.approx(wanted, rel=1e-13, abs=1e-14)


def test_numbers_are_in_internal_units() -> None:
    """7.5 mm and 2 MPa are what the function gets and gives; a spec in other units sees the same stress."""
    plan = metac.compile(TEXT, law=lambda length: 2 * length / 7.5, x=7.5).plan()
    assert plan.parameters["pressed"] == pytest.approx(2.0)
    text = TEXT.replace("x * 1 mm", "0.0075 m * x").replace(
        "Function[Length, Pressure]", "Function[Length, Energy/Length^3]"
    )
    assert metac.compile(text, law=lambda length: 2 * length / 7.5).plan().parameters["pressed"] == pytest.approx(2.0)


def test_functions_of_several_numbers() -> None:
    text = "param f: Function[Scalar, Angle, Length^0.5] = (a, b) -> (1 mm)^0.5\nparam y: Length^0.5 = f(3, 90 °)\n"
    assert metac.compile(text, f=lambda a, b: a * jnp.sin(b)).plan().parameters["y"] == pytest.approx(3.0)


def test_a_plan_knows_the_function() -> None:
    """Another function is another plan; the same one, written again, is the same."""
    one, again, other = (metac.compile(TEXT, law=lambda e, k=k: k * e) for k in (2.0, 2.0, 3.0))
    assert one.plan().hash == again.plan().hash != other.plan().hash
    assert copy.deepcopy(one).plan().hash == pickle.loads(pickle.dumps(one)).plan().hash == one.plan().hash


def test_a_run_folder_keeps_the_function() -> None:
    law = written(lambda e: 2 * e)
    kept = _value_of({_entry_of(law): str(law)})
    assert metac.compile(TEXT).set(law=kept).plan().hash == metac.compile(TEXT, law=lambda e: 2 * e).plan().hash


def failing(e: float) -> float:
    raise ValueError(f"no value at {e}")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("law", lambda e: np.interp(e, [0, 1], [0, 1]), "JAX cannot trace it"),
        ("law", lambda e: e if e > 0 else 0, "JAX cannot trace it"),
        ("law", failing, "JAX cannot trace it: no value at"),
        ("law", lambda e: jnp.interp(e, jnp.arange(2.0), jnp.arange(2.0)), "cannot be a function of the language"),
        ("law", lambda e: jnp.stack([e, e]), "it does not give one number"),
        ("law", lambda e: jnp.ones(2) @ jnp.stack([e, e]), "it works with arrays (`stack`)"),
        ("law", lambda e: e.astype(int), "it makes a whole number of a fraction"),
        ("law", lambda e: jnp.where(e > 0, e, jnp.nan), "it makes NaN"),
        ("law", lambda e: sum(e**k for k in range(200)), "it takes more than 250 operations"),
        ("law", lambda: 1.0, "it has no parameter without a default"),
        ("law", lambda a, b: a * b, "the Python function takes 2 numbers, its type says 1"),
        ("x", lambda e: e, "a Python function stands only for a `param` whose type is a function of numbers"),
        ("nothing", lambda e: e, "a Python function stands only for"),
    ],
)
def test_what_cannot_be_written_is_an_error(name: str, value: object, message: str) -> None:
    with pytest.raises(metac.DiagnosticError) as caught:
        metac.compile(TEXT, **{name: value}).plan()
    (found,) = (each for each in caught.value.diagnostics if each.severity == "error")
    assert found.code in ("M0314", "M0307") and message in found.message and found.help
