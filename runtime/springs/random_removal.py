"""Random removal of bonds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metac.runtime.errors import RuntimeFailure


class TooFewBonds(RuntimeFailure):
    """More bonds were to be removed than can be."""


def randomly_removed(bonds: NDArray[np.int64], nodes: int, share: float, least_degree: int, seed: int) -> NDArray[np.bool_]:
    """`[bond]`: which bonds stay when a share of them, rounded, is removed one by one, each of those that may as likely.

    A bond may be removed while both of its nodes keep `least_degree` bonds or more.

    Raises:
        TooFewBonds: where fewer may be removed than the share asks for.
    """
    random = np.random.default_rng([seed, 1])
    stays = np.ones(len(bonds), bool)
    degrees = np.bincount(bonds.ravel(), minlength=nodes)
    wanted = round(share * len(bonds))
    # A bond that may not be removed now never may be later: one pass over a random order decides.
    for bond in random.permutation(len(bonds)):
        if len(bonds) - stays.sum() == wanted:
            break
        first, second = bonds[bond]
        if min(degrees[first], degrees[second]) > least_degree:
            stays[bond] = False
            degrees[first] -= 1
            degrees[second] -= 1
    removed = int(len(bonds) - stays.sum())
    if removed < wanted:
        raise TooFewBonds(
            f"of {len(bonds)} bonds {wanted} were to be removed, but after {removed} every other one holds a node "
            f"that has only {least_degree} left",
            remedy="remove a smaller share, or allow a smaller `least_degree`",
        )
    return stays
