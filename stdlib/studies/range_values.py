"""The values that a range of a study's field stands for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.values import Range


def values_of(range: Range[float]) -> NDArray[np.float64]:
    """From start to stop, both included, evenly, by about the range's step, or a tenth of it where it has none."""
    start, stop = float(range.start), float(range.stop)
    step = abs(stop - start) / 10 if range.step is None else abs(float(range.step))
    count = 1 if step == 0 else round(abs(stop - start) / step) + 1
    return np.linspace(start, stop, max(1, count))
