"""What a material of a class from outside the library must give."""

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import pytest

from metac.compiler.lower.given_laws import require_law
from metac.compiler.pipeline import check
from metac.dsl.diagnostics.diagnostic import DiagnosticError
from metac.dsl.source import Source

TEXT = """material m = linear_elastic { E = 1 MPa, nu = 0.3, plane = stress }
body b = pixels { density = [[1]], size = 1 mm, materials = [m, m] }
"""
NODES = check(Source("<test>", TEXT)).design_or_raise().nodes


class Law:
    def energy2(self, F, parameters):
        return parameters[0] * jnp.sum(F**2, axis=(0, 1))

    def stress2(self, F, parameters):
        return 2 * parameters[0] * F

    def tangent2(self, F, parameters):
        unit = jnp.einsum("ik,jl->ijkl", jnp.eye(2), jnp.eye(2))
        return 2 * parameters[0] * unit[..., None] * jnp.ones(F.shape[-1])


class Plastic(Law):
    internal_variables = 2

    def stress2(self, F, parameters):
        _, p, q = parameters
        return F * p + F * q


class Flat(Law):
    def stress2(self, F, parameters):
        return self.energy2(F, parameters)


class Whole(Law):
    def tangent2(self, F, parameters):
        return jnp.zeros((2, 2, 2, 2, F.shape[-1]), int)


class Nothing(Law):
    def tangent2(self, F, parameters):
        return None


class Fewer(Law):
    def stress2(self, F):
        return F


class Without:
    energy2 = stress2 = Law.energy2


class Unhashable(Law):
    __hash__ = None


def material(functions=None, parameters=(1.0,)):
    return SimpleNamespace(functions=functions or Law(), parameters=parameters)


@pytest.mark.parametrize("made", [material(), material(parameters=(jnp.ones(3),)), material(Plastic())])
def test_a_law_passes(made):
    require_law(NODES["m"], made)
    jax.eval_shape(lambda scale: require_law(NODES["m"], material(made.functions, (scale * made.parameters[0],))), 2.0)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (material(parameters=1.0), "`parameters` must be a tuple of numbers, found a `float`"),
        (material(parameters=("E",)), "`parameters` must be a tuple of numbers"),
        (material(Law), "`functions` must be an object that can be hashed"),
        (material(Unhashable()), "`functions` must be an object that can be hashed"),
        (material("law"), "found a `str` without method `energy2(F, parameters)`"),
        (material(Without()), "found a `Without` without method `tangent2(F, parameters)`"),
        (material(Fewer()), "whose `stress2(F)` cannot be called as `stress2(F, parameters)`"),
        (material(Flat()), "`functions.stress2` must give an array of shape (2, 2, 3) for `F` of shape (2, 2, 3), found an"),
        (material(Whole()), "`functions.tangent2` must give an array of shape (2, 2, 2, 2, 3)"),
        (material(Nothing()), "`functions.tangent2` must give an array of shape (2, 2, 2, 2, 3)"),
    ],
)
def test_what_is_no_law_is_told(made, said):
    with pytest.raises(DiagnosticError) as caught:
        require_law(NODES["m"], made)
    (found,) = caught.value.diagnostics
    assert found.code == "M0579" and said in found.message and found.labels[0].span.text.startswith("material m")


def test_other_objects_are_no_laws():
    require_law(NODES["b"], SimpleNamespace())
