"""Superelements that were condensed before: one store for the process, whoever asks.

The rounds of an assembly, its exchanges, the sheets it is compared with and its verdict have most cells in common.
"""

from __future__ import annotations

import threading

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from metac.runtime.multiscale.superelement import CellShape, Superelement

MOST = 1 << 30
"""Bytes that are kept: some 800 matrices of cells of 50 by 50 pixels, or a third as many with what is inside of them."""


class KnownSuperelements:
    """The latest of them, as many as fit into `most` bytes; those used last are forgotten last."""

    def __init__(self, most: int = MOST) -> None:
        self._most, self._lock = most, threading.Lock()
        self._known: dict[tuple[CellShape, bytes], Superelement] = {}

    def of(self, shape: CellShape, moduli: Float[np.ndarray, "row column"]) -> Superelement:
        """That of `shape.condense`, bit by bit; raises SingularBlock.

        It is shared, and its matrix cannot be written to. A thickness belongs into `moduli`.
        """
        key = shape, np.ascontiguousarray(moduli, float).tobytes()
        with self._lock:
            found = self._known.pop(key, None)
        if found is None:
            found = shape.condense(moduli)
        with self._lock:
            self._known[key] = found
            self._forget()
        return found

    def matrix(self, shape: CellShape, moduli: Float[np.ndarray, "row column"]) -> NDArray[np.float64]:
        """Its stiffness `[edge, edge]`, N/mm, not to be written to; raises SingularBlock."""
        return self.of(shape, moduli).stiffness

    @property
    def bytes(self) -> int:
        """Memory that is held now."""
        return sum(each.bytes for each in list(self._known.values()))

    def _forget(self) -> None:
        # What is inside of one is factorised later, behind our back: so they are all asked.
        left = self.bytes - self._most
        while left > 0 and len(self._known) > 1:
            left -= self._known.pop(next(iter(self._known))).bytes


KNOWN = KnownSuperelements()
"""Of this process."""
