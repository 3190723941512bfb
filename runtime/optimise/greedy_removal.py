"""Which of many parts are worth trying to remove: those that promise most to first order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def most_promising(removable: NDArray[np.int64], gradient: NDArray[np.float64], tries: int) -> NDArray[np.int64]:
    """`[tries]`: of the parts `removable` those without which a number falls most, judged by its derivative by the weights.

    To first order it falls by the derivative `gradient[part]` where a weight goes from 1 to 0. Equal ones come by number.
    Always as many, some twice where there are fewer, so that nothing is compiled again; there must be one at least.
    """
    return np.resize(removable[np.argsort(-gradient[removable], kind="stable")][:tries], tries)
