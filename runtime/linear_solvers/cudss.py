"""LDLᵀ on an NVIDIA GPU by cuDSS, through nvmath-python: an extra (`metac-design[cuda]`).

Matrices and right sides come from the host and solutions go back to it; what stays on the device is the ordering, the
sparsity pattern and the factor.
"""

from __future__ import annotations

import logging
import threading
import weakref
from importlib import import_module
from typing import Any

import numpy as np
import scipy.sparse

from metac.runtime.errors import SolverUnavailable
from metac.runtime.linear_solvers.interface import (
    Analysis,
    Factor,
    FactorisationFailed,
    Inertia,
    SymmetricSparsity,
    Vector,
    require_finite,
)

ADVANCED, BINDINGS = "nvmath.sparse.advanced", "nvmath.bindings.cudss"
INSTALL = 'install it by: pip install "metac-design[cuda]" on a machine with an NVIDIA GPU and its driver (CUDA 12 or newer)'

_lock = threading.RLock()
"""cuDSS is not thread-safe (its documentation, "Thread safety"): all of it is used by one thread at a time. Reentrant,
since the memory of a forgotten factor may be released in the middle of a call."""
_log = logging.getLogger(__name__)
_log.setLevel(logging.ERROR)
"""nvmath warns each time that a matrix with new values asks for a new factorisation, which is what happens here."""


class _Factor:
    """cuDSS's plan for a sparsity pattern, and one factor at a time.

    The sparsity pattern's upper triangle by columns is the lower triangle by rows, which cuDSS takes as it is.
    """

    def __init__(self, sparsity: SymmetricSparsity, values: Vector) -> None:
        advanced: Any = import_module(ADVANCED)
        self._sparsity = sparsity
        options = advanced.DirectSolverOptions(
            sparse_system_type=advanced.DirectSolverMatrixType.SYMMETRIC,
            sparse_system_view=advanced.DirectSolverMatrixViewType.LOWER,
            logger=_log,
        )
        with _lock:
            self.solver = advanced.DirectSolver(
                self._lower(values), np.zeros(sparsity.size), options=options, execution="cuda"
            )
            weakref.finalize(self, _release, self.solver).atexit = False
            _make_deterministic(self.solver)
            plan = self.solver.plan()
            self.bytes = int(plan.memory_estimates["permanent_device_memory"])
            self._factorise()

    def renew(self, values: Vector) -> None:
        """Factorise a matrix of the same sparsity pattern; raises FactorisationFailed."""
        with _lock:
            self.solver.reset_operands(a=self._lower(values))
            self._factorise()

    def solve(self, right_side: Vector) -> Vector:
        """With the last matrix."""
        with _lock:
            self.solver.reset_operands(b=np.array(right_side, dtype=float))
            return self.solver.solve()

    def inertia(self) -> Inertia | None:
        """Of the last matrix."""
        return self._inertia

    def _factorise(self) -> None:
        found = self.solver.factorize()
        if found.info:
            raise FactorisationFailed(f"cuDSS fails with error {found.info}")
        if found.npivots:
            raise FactorisationFailed("a pivot vanishes")
        positive, negative = (int(count) for count in found.inertia)
        self._inertia = Inertia(positive, negative, self._sparsity.size - positive - negative)

    def _lower(self, values: Vector) -> scipy.sparse.csr_matrix:
        # A copy: what comes out of compiled code may be read-only.
        sparsity, values = self._sparsity, np.array(values, dtype=float)
        return scipy.sparse.csr_matrix((values, sparsity.indices, sparsity.indptr), shape=(sparsity.size, sparsity.size))


def _make_deterministic(solver: Any) -> None:
    """The same bits for the same matrix; nvmath's own settings leave this one out."""
    cudss: Any = import_module(BINDINGS)
    name = cudss.ConfigParam.DETERMINISTIC_MODE
    yes = np.ones(1, dtype=cudss.get_config_param_dtype(name))
    cudss.config_set(solver.config_ptr, name, yes.ctypes.data, yes.nbytes)


def _release(solver: Any) -> None:
    with _lock:
        solver.free()


class _Analysis:
    """A plan belongs to the factor that is made with it: each simultaneous factor makes its own once."""

    def __init__(self, sparsity: SymmetricSparsity) -> None:
        self._sparsity = sparsity

    def factor(self, values: Vector, recycle: Factor | None = None) -> Factor:
        require_finite(values)
        try:
            if isinstance(recycle, _Factor):
                recycle.renew(values)
                return recycle
            return _Factor(self._sparsity, values)
        except import_module(BINDINGS).cuDSSError as error:
            raise FactorisationFailed(str(error)) from error


class Cudss:
    """cuDSS (NVIDIA), symmetric indefinite, with its own nested dissection and pivoting within blocks."""

    name = "cudss"
    packages = ("nvmath-python", "nvidia-cudss-cu12")

    def __init__(self) -> None:
        """Raises SolverUnavailable where the package or the GPU is missing."""
        try:
            import_module(ADVANCED)
            driver = import_module("cuda.bindings.driver")
        except ImportError as error:
            raise SolverUnavailable(self.name, str(error), INSTALL) from error
        if not _devices(driver):
            raise SolverUnavailable(self.name, "no NVIDIA GPU answers, or its driver is missing", INSTALL)

    def analyse(self, sparsity: SymmetricSparsity) -> Analysis:
        """Keep the sparsity pattern; the plan is made with the first values."""
        return _Analysis(sparsity)


def _devices(driver: Any) -> int:
    """How many CUDA devices answer; none without a driver."""
    try:
        return 0 if driver.cuInit(0)[0].value else driver.cuDeviceGetCount()[1]
    except RuntimeError:
        return 0
