"""All solvers behind the one interface; those that are not installed here are skipped, and say why."""

import pytest

from metac.runtime.errors import SolverUnavailable
from metac.runtime.linear_solvers.backend import NAMES, make_solver
from metac.runtime.linear_solvers.lu import Lu


def available(name):
    """The solver of a name; skips the test where there is none."""
    if name == "superlu":
        return Lu()
    try:
        return make_solver(name)
    except SolverUnavailable as reason:
        pytest.skip(f"{reason.message}; {reason.remedy}")


@pytest.fixture(params=[*NAMES, "superlu"], scope="session")
def solver(request):
    """Each solver."""
    return available(request.param)


@pytest.fixture(params=NAMES, scope="session")
def choosable(request):
    """Each solver that can be chosen: it tells inertias."""
    return available(request.param)
