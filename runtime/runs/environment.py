"""Where a run took place, for those who want to repeat it."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, version

from metac import __version__
from metac.runtime.cores import cores
from metac.runtime.linear_solvers.backend import chosen_solver

PACKAGES = ("jax", "jaxlib", "numpy", "scipy", "optax", "flax", "gmsh", "qdldl", "sympy")


def versions() -> dict[str, str]:
    """The versions of Python and of the packages that numbers depend on, those of the chosen solver included."""
    found = {"python": platform.python_version(), "metac": __version__}
    for package in (*PACKAGES, *chosen_solver().packages):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, str | int | None]:
    """The system, processor and number of cores."""
    return {
        "system": platform.platform(),
        "processor": platform.machine(),
        "cores": cores(),
        "executable": sys.executable,
    }


def differences(before: dict[str, str], now: dict[str, str]) -> list[str]:
    """One line for each package whose version changed."""
    names = sorted({*before, *now})
    return [
        f"{name} was {before.get(name, 'not there')}, now {now.get(name, 'not there')}"
        for name in names
        if before.get(name) != now.get(name)
    ]
