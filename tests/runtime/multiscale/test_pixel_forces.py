"""Three ways to one product: by slices, as one loop in JAX, and strip by strip."""

import jax
import jax.numpy as jnp
import numpy as np

from metac.runtime.multiscale import pixel_forces
from metac.runtime.multiscale.pixel_forces import fused_pixel_forces, pixel_forces_by_strips


def test_all_ways_agree(monkeypatch):
    rng = np.random.default_rng(0)
    moduli, element, field = rng.uniform(size=(7, 5)), rng.normal(size=(8, 8)), rng.normal(size=(8, 6, 2))
    expected = pixel_forces.pixel_forces(np, moduli, element, field)
    found = jax.jit(fused_pixel_forces)(jnp.asarray(moduli), jnp.asarray(element), jnp.asarray(field))
    np.testing.assert_allclose(found, expected, atol=1e-13)
    for pixels in (1, 11, 1000):
        monkeypatch.setattr(pixel_forces, "AT_ONCE", pixels)
        np.testing.assert_allclose(pixel_forces_by_strips(moduli, element, field), expected, atol=1e-13)
