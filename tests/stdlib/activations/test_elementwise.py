import jax
import jax.numpy as jnp
import numpy as np

from metac.stdlib.activations.elementwise import Elementwise


def test_applies_to_every_element_and_can_be_differentiated():
    tanh = Elementwise(apply=jnp.tanh)
    values = jnp.linspace(-2, 2, 12).reshape(3, 4)
    np.testing.assert_array_equal(tanh(values), jnp.tanh(values))
    np.testing.assert_allclose(jax.grad(tanh)(0.5), 1 - np.tanh(0.5) ** 2, rtol=1e-14)
