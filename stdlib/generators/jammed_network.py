"""Networks of the contacts of jammed discs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.springs.jamming import NotJammed, Packing, jammed
from metac.runtime.springs.random_removal import TooFewBonds, randomly_removed
from metac.stdlib.generators.discs import checked_discs
from metac.stdlib.generators.spring_parameters import SpringParameters

if TYPE_CHECKING:
    from metac.compiler.interfaces.generator import Bounded, Prunable, SpringGenerator
    from metac.compiler.interfaces.satisfies import Satisfies


class JammedNetwork(SpringParameters):
    """Fields as in `jammed_network.meta`.

    Raises:
        FieldError: M0560, where the discs do not jam, are too few for their sizes, or too many bonds are to be removed.
    """

    def __init__(
        self,
        *,
        nodes: int,
        sizes: Sequence[float],
        pressure: float,
        removed: float,
        least_degree: int,
        free: str,
        seed: int,
        built: Packing,
    ) -> None:
        super().__init__(
            positions=built.positions,
            connections=built.connections,
            factors=np.ones(len(built.connections.bonds)),
            free=free,
            least_degree=least_degree,
        )

    @staticmethod
    def build(nodes: int, sizes: Sequence[float], pressure: float, removed: float, least_degree: int, seed: int) -> Packing:
        """The packing, with the bonds that stay."""
        diameters, _ = checked_discs(int(nodes), sizes)
        try:
            packing = jammed(int(nodes), diameters, float(pressure), int(seed))
        except NotJammed as problem:
            raise FieldError("pressure", problem.message, code="M0560", help=problem.remedy) from problem
        connections = packing.connections
        try:
            stays = randomly_removed(connections.bonds, connections.nodes, float(removed), int(least_degree), int(seed))
        except TooFewBonds as problem:
            raise FieldError("removed", problem.message, code="M0560", help=problem.remedy) from problem
        left = replace(connections, bonds=connections.bonds[stays], images=connections.images[stays])
        return replace(packing, connections=left)


if TYPE_CHECKING:
    Satisfies[SpringGenerator](JammedNetwork)
    Satisfies[Bounded](JammedNetwork)
    Satisfies[Prunable](JammedNetwork)
