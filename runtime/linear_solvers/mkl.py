"""LDLᵀ with pivoting inside dense blocks, by the PARDISO of Intel's MKL: an extra (`metac-design[mkl]`), for x86-64 only."""

from __future__ import annotations

import ctypes
import threading
import weakref
from ctypes.util import find_library
from functools import cache
from importlib.metadata import PackageNotFoundError, files
from typing import Any

import numpy as np
from numpy.typing import NDArray

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

Integers = NDArray[np.int64]

INSTALL = 'install it by: pip install "metac-design[mkl]" (x86-64 only, about 1 GB)'
SYMMETRIC_INDEFINITE = -2
ANALYSE, FACTORISE, SOLVE, RELEASE = 11, 22, 33, -1
SMALLEST_PIVOT = 13
"""Pivots below 10⁻¹³ of the matrix's norm are given up (MKL's own bound for indefinite matrices, 10⁻⁸, perturbs the
pivots of regular matrices near a bifurcation)."""
NUMERICALLY_SINGULAR = -4
THREADS = 1
"""A factorisation of this size gains nothing from a second one, and one thread gives the same bits every time; the cores
are kept busy by factorisations side by side."""


class _PardisoParameters:
    """Places in PARDISO's array of settings and findings, `iparm`, counted from 0 (Intel oneMKL reference)."""

    GIVEN, ORDERING, SMALLEST_PIVOT, PERTURBED, BLOCK_PIVOTS = 0, 1, 9, 13, 20
    PERMANENT_KIBIBYTES, FACTOR_KIBIBYTES, POSITIVE, NEGATIVE = 15, 16, 21, 22


METIS = 2
"""Nested dissection, the ordering."""
NOTHING = np.zeros(1)


class _Library:
    """The functions of MKL that are needed."""

    def __init__(self, path: str) -> None:
        library = ctypes.CDLL(path)
        # Always 64-bit integers, whichever of its two interfaces MKL was set to.
        self._pardiso = library.pardiso_64
        self._pardiso.restype = None
        self._set_threads = library.MKL_Set_Num_Threads_Local
        self._set_threads.restype = ctypes.c_int

    def pardiso(
        self,
        memory: Integers,
        phase: int,
        size: int,
        matrix: tuple[Vector, Integers, Integers],
        parameters: Integers,
        right_side: Vector,
        solution: Vector,
    ) -> int:
        """PARDISO's error number; `matrix` are the values, row starts and columns, counted from 1, of the upper triangle.

        Other Python threads run meanwhile. The number of threads is fixed for this call alone: other users of MKL in the
        process see nothing of it.
        """

        def integer(value: int) -> Any:
            return ctypes.byref(ctypes.c_int64(value))

        def start(array: NDArray[Any]) -> ctypes.c_void_p:
            return ctypes.c_void_p(array.ctypes.data)

        one, error, permutation = integer(1), ctypes.c_int64(0), np.zeros(1, dtype=np.int64)
        values, rows, columns = (start(array) for array in matrix)
        before = self._set_threads(THREADS)
        try:
            self._pardiso(
                *(start(memory), one, one, integer(SYMMETRIC_INDEFINITE), integer(phase), integer(size)),
                *(values, rows, columns, start(permutation), one, start(parameters), integer(0)),
                *(start(right_side), start(solution), ctypes.byref(error)),
            )
        finally:
            self._set_threads(before)
        return error.value


@cache
def _library() -> _Library:
    try:
        found = [str(file.locate()) for file in files("mkl") or () if "mkl_rt." in file.name and file.suffix != ".lib"]
    except PackageNotFoundError:
        found = []
    elsewhere = find_library("mkl_rt")
    problem = "the package mkl is not installed"
    for path in [*found, *([elsewhere] if elsewhere else [])]:
        try:
            return _Library(path)
        except (OSError, AttributeError) as error:
            problem = str(error)
    raise SolverUnavailable("mkl", problem, INSTALL)


class _Factor:
    """PARDISO's memory for one matrix: its sparsity pattern's ordering, and one factor at a time.

    PARDISO takes an upper triangle by rows; `SymmetricSparsity` has it by columns. Numbered backwards (unknown i becomes
    n − 1 − i) the one is the other, read from its end: nothing has to be sorted.
    """

    def __init__(self, sparsity: SymmetricSparsity) -> None:
        self._library, self._size = _library(), sparsity.size
        count = len(sparsity.indices)
        self._rows: Integers = count + 1 - sparsity.indptr[::-1].astype(np.int64)
        self._columns: Integers = sparsity.size - sparsity.indices[::-1].astype(np.int64)
        self._memory = np.zeros(64, dtype=np.int64)
        self.parameters: Integers = np.zeros(64, dtype=np.int64)
        self.parameters[_PardisoParameters.GIVEN] = 1
        self.parameters[_PardisoParameters.ORDERING] = METIS
        self.parameters[_PardisoParameters.SMALLEST_PIVOT] = SMALLEST_PIVOT
        self.parameters[_PardisoParameters.BLOCK_PIVOTS] = 1
        self._lock = threading.Lock()
        self._values = np.zeros(count)
        weakref.finalize(self, _release, self._library, self._memory, sparsity.size).atexit = False
        self._call(ANALYSE)

    @property
    def bytes(self) -> int:
        """Memory that PARDISO holds, and ours."""
        kibibytes = (
            self.parameters[_PardisoParameters.PERMANENT_KIBIBYTES] + self.parameters[_PardisoParameters.FACTOR_KIBIBYTES]
        )
        return 1024 * int(kibibytes) + self._values.nbytes + self._rows.nbytes + self._columns.nbytes

    def renew(self, values: Vector) -> None:
        """Factorise a matrix of the same sparsity pattern; raises FactorisationFailed."""
        with self._lock:
            self._values[:] = values[::-1]
            self._call(FACTORISE)
        if self.parameters[_PardisoParameters.PERTURBED]:
            raise FactorisationFailed("a pivot vanishes")

    def solve(self, right_side: Vector) -> Vector:
        """With the last matrix."""
        backwards, x = np.ascontiguousarray(right_side[::-1], dtype=float), np.empty(self._size)
        with self._lock:
            self._call(SOLVE, backwards, x)
        return x[::-1].copy()

    def inertia(self) -> Inertia | None:
        """Of the last matrix."""
        positive, negative = (
            int(self.parameters[place]) for place in (_PardisoParameters.POSITIVE, _PardisoParameters.NEGATIVE)
        )
        return Inertia(positive, negative, self._size - positive - negative)

    def _call(self, phase: int, right_side: Vector = NOTHING, solution: Vector = NOTHING) -> None:
        matrix = self._values, self._rows, self._columns
        error = self._library.pardiso(self._memory, phase, self._size, matrix, self.parameters, right_side, solution)
        if error == NUMERICALLY_SINGULAR:
            raise FactorisationFailed("the matrix is singular")
        if error:
            raise FactorisationFailed(f"PARDISO fails with error {error}")


def _release(library: _Library, memory: Integers, size: int) -> None:
    none = np.zeros(1, dtype=np.int64)
    library.pardiso(memory, RELEASE, size, (NOTHING, none, none), np.zeros(64, dtype=np.int64), NOTHING, NOTHING)


class _Analysis:
    """PARDISO's ordering lives in its memory and cannot be shared: each simultaneous factor makes its own once."""

    def __init__(self, sparsity: SymmetricSparsity) -> None:
        self._sparsity = sparsity

    def factor(self, values: Vector, recycle: Factor | None = None) -> Factor:
        require_finite(values)
        factor = recycle if isinstance(recycle, _Factor) else _Factor(self._sparsity)
        factor.renew(values)
        return factor


class Mkl:
    """PARDISO (Schenk and Gärtner, Future Generation Computer Systems 2004), as Intel's MKL brings it."""

    name = "mkl"
    packages = ("mkl",)

    def __init__(self) -> None:
        """Raises SolverUnavailable where MKL is not installed."""
        _library()

    def analyse(self, sparsity: SymmetricSparsity) -> Analysis:
        """Keep the sparsity pattern; the ordering is found with the first values."""
        return _Analysis(sparsity)
