"""Which sparse solver a process uses: asked for by name, never guessed from what happens to be installed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from metac.runtime.errors import SolverUnavailable
from metac.runtime.linear_solvers.interface import Solver
from metac.runtime.linear_solvers.ldl import Ldl

VARIABLE = "METAC_SOLVER"
"""The environment variable that names the solver where nothing else does."""
DEFAULT = "qdldl"
NAMES = (DEFAULT, "mkl", "cudss")
"""All that can be chosen: they report the inertia of what they factorise. SuperLU does not; it stands in where they fail."""

_asked: str | None = None


def asked_solver() -> str | None:
    """What `using` says; None where nothing was asked for."""
    return _asked


def solver_name() -> str:
    """What `using` says, else the environment variable, else the default."""
    return _asked or os.environ.get(VARIABLE) or DEFAULT


def chosen_solver() -> Solver:
    """The solver of that name.

    Raises:
        SolverUnavailable: if there is none of that name, or it is not installed or finds no device.
    """
    return make_solver(solver_name())


@contextmanager
def using(name: str | None) -> Iterator[None]:
    """Choose a solver for everything that is built meanwhile, whatever the environment says; with None, nothing changes."""
    global _asked
    before = _asked
    _asked = name or _asked
    try:
        yield
    finally:
        _asked = before


@cache
def make_solver(name: str) -> Solver:
    """The solver of a name; raises SolverUnavailable."""
    if name == "mkl":
        from metac.runtime.linear_solvers.mkl import Mkl

        return Mkl()
    if name == "cudss":
        from metac.runtime.linear_solvers.cudss import Cudss

        return Cudss()
    if name == DEFAULT:
        return Ldl()
    raise SolverUnavailable(name, "there is no solver of this name", f"choose one of {', '.join(NAMES)}")
