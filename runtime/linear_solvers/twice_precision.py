"""b − Kx in twice the working precision, by products and sums whose rounding is kept.

Products are split after Dekker (Numer. Math. 18, 1971, 224–242), and each row is summed without rounding down to a unit that
all its parts share (Rump, Ogita and Oishi, SIAM J. Sci. Comput. 31, 2008, 189–224); what is below is summed as usual.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from metac.runtime.linear_solvers.interface import SymmetricSparsity, Vector

SPLITTER = 2.0**27 + 1
"""Halves the digits of a double."""


class TwicePrecision(NamedTuple):
    """A vector as the sum of two: its digits, and those that follow."""

    high: Vector
    low: Vector

    def plus(self, small: Vector) -> TwicePrecision:
        """The sum with a vector that is smaller than this one."""
        low = self.low + small
        high = self.high + low
        return TwicePrecision(high, low - (high - self.high))


class _MatrixEntries(NamedTuple):
    """Those of the whole matrix, by rows."""

    row: NDArray[np.int64]
    column: NDArray[np.int64]
    source: NDArray[np.int64]
    """Where the value stands in the upper triangle."""
    begin: NDArray[np.int64]


def exact_residual(sparsity: SymmetricSparsity, values: Vector, x: TwicePrecision, right_side: Vector) -> Vector:
    """b − Kx `[size]`, as if rounded once, for x of twice the precision; not finite where products overflow."""
    row, column, source, begin = _entries(sparsity)
    product, error = _product(values[source], x.high[column])
    largest = np.maximum.reduceat(np.abs(product), begin)
    count = np.diff(np.append(begin, len(row))).max(initial=0) + 2
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        unit = 2.0 ** np.ceil(np.log2(count)) * 2.0 ** np.ceil(np.log2(largest))
        shared = (unit[row] + product) - unit[row]
        rest = (product - shared) + error + values[source] * x.low[column]
    return (right_side - np.bincount(row, shared, sparsity.size)) - np.bincount(row, rest, sparsity.size)


def _product(a: Vector, b: Vector) -> tuple[Vector, Vector]:
    """a · b and its rounding error."""
    with np.errstate(over="ignore", invalid="ignore"):
        product = a * b
        (a_high, a_low), (b_high, b_low) = _halves(a), _halves(b)
        return product, a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low)


def _halves(a: Vector) -> tuple[Vector, Vector]:
    scaled = SPLITTER * a
    high = scaled - (scaled - a)
    return high, a - high


def _entries(sparsity: SymmetricSparsity) -> _MatrixEntries:
    upper_row = sparsity.indices.astype(np.int64)
    upper_column = np.repeat(np.arange(sparsity.size), np.diff(sparsity.indptr))
    below = np.flatnonzero(upper_row != upper_column)
    row = np.concatenate([upper_row, upper_column[below]])
    column = np.concatenate([upper_column, upper_row[below]])
    source = np.concatenate([np.arange(len(upper_row)), below])
    order = np.argsort(row, kind="stable")
    return _MatrixEntries(row[order], column[order], source[order], np.searchsorted(row[order], np.arange(sparsity.size)))
