"""What the status of a homogenised load tells."""

import jax.numpy as jnp
import numpy as np
import pytest

from metac.runtime.errors import NotConverged, NotFinite
from metac.runtime.grid.status import DensityOutside, LinearStatus, SingularCell


def status(residual=1e-12, finite=True, least=0.0, largest=1.0):
    return LinearStatus(jnp.full(3, residual), jnp.asarray(finite), jnp.asarray(least), jnp.asarray(largest))


def test_a_good_one_says_nothing():
    assert bool(status().ok)
    assert status().failure() is None and status().instability() is None


@pytest.mark.parametrize(
    ("made", "kind", "words"),
    [
        (status(residual=1e-3), NotConverged, "1.0e-03"),
        (status(residual=np.inf), SingularCell, "singular"),
        (status(largest=1.5), DensityOutside, "0 to 1.5"),
        (status(least=-0.1), DensityOutside, "-0.1"),
        (status(least=np.nan, residual=np.inf), NotFinite, "density"),
        (status(finite=False), NotFinite, "stiffness"),
    ],
)
def test_failures(made, kind, words):
    assert not bool(made.ok)
    problem = made.failure("rve")
    assert type(problem) is kind
    assert problem.message.startswith("rve") and words in problem.message
    assert problem.remedy
