"""What runs once is compiled quickly, unless its mesh is large."""

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from metac.api.single_runs import LARGE, compiled_once
from metac.compiler.interfaces.quick_compilation import quickly_compiled


def body(nodes):
    return SimpleNamespace(mesh=SimpleNamespace(nodes=np.zeros((nodes, 2))), coordinates=None)


def is_quick(compiled):
    """JAX takes options of compilation of the outermost function alone, and says so."""
    try:
        jax.jit(compiled).lower(1.0)
    except ValueError as refusal:
        assert "compiler_options" in str(refusal)
        return True
    return False


def test_numbers_are_the_same_but_for_rounding():
    values = jnp.linspace(0.1, 2.0, 50)

    def function(x):
        return jnp.sum(jnp.tanh(x) * jnp.log(x)) + jnp.cumsum(x)

    np.testing.assert_allclose(quickly_compiled(function)(values), jax.jit(function)(values), rtol=1e-13)


@pytest.mark.parametrize(
    ("bodies", "quick"),
    [
        ([body(LARGE)], True),
        ([body(10), body(LARGE + 1)], False),
        ([object()], False),  # no load path, which takes long to compile
        ([], False),
    ],
    ids=["usual", "large", "no mesh", "nothing"],
)
def test_meshes_decide(bodies, quick):
    assert is_quick(compiled_once(jnp.sin, bodies)) == quick
