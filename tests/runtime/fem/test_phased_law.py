"""One law of several materials: its parameters belong to the trace that reads them."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from metac.runtime.fem.phased_law import PhasedMaterial
from tests.mechanics import LINEAR_ELASTIC, Material


def test_parameters_that_one_program_read_can_be_read_by_the_next():
    phases = np.array([0, 1, 1], np.int32)
    law = PhasedMaterial((Material(LINEAR_ELASTIC, (1.0, 2.0)), Material(LINEAR_ELASTIC, (3.0, 4.0))), phases)
    first = jax.jit(lambda factor: factor * law.parameters[0])(2.0)
    second = jax.jit(lambda factor: factor * law.parameters[1])(2.0)
    assert first.tolist() == [2.0, 6.0, 6.0] and second.tolist() == [4.0, 8.0, 8.0]
    assert jnp.asarray(law.parameters[0]).tolist() == [1.0, 3.0, 3.0]
