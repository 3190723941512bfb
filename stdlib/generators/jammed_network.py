"""Networks of the contacts of jammed discs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from metac.compiler.interfaces.field_error import FieldError
from metac.runtime.datasets.failures import SamplingFailed
from metac.runtime.datasets.trajectories.pruned_networks import network_of, pruned_to
from metac.runtime.springs.jamming import NotJammed, Packing, jammed
from metac.runtime.springs.network import Connections
from metac.runtime.springs.random_removal import TooFewBonds, randomly_removed
from metac.stdlib.generators.discs import checked_discs
from metac.stdlib.generators.spring_parameters import SpringParameters

if TYPE_CHECKING:
    from metac.compiler.interfaces.generator import Bounded, Prunable, SpringGenerator
    from metac.compiler.interfaces.satisfies import Satisfies


class JammedNetwork(SpringParameters):
    """Fields as in `jammed_network.meta`.

    Raises:
        FieldError: M0560, where the discs do not jam, are too few for their sizes, too many bonds are to be removed, or none
            brings Poisson's ratio down to `ratio`.
    """

    def __init__(
        self,
        *,
        nodes: int,
        sizes: Sequence[float],
        pressure: float,
        removed: float,
        least_degree: int,
        ratio: float | None,
        angle_stiffness: float,
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
            # A ratio is that of these angles: a body with others would have another one.
            angle_stiffness=None if ratio is None else float(angle_stiffness),
        )

    @staticmethod
    def build(
        nodes: int,
        sizes: Sequence[float],
        pressure: float,
        removed: float,
        least_degree: int,
        ratio: float | None,
        angle_stiffness: float,
        seed: int,
    ) -> Packing:
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
        left = replace(packing, connections=_with_bonds(connections, stays))
        return left if ratio is None else _pruned(left, float(ratio), float(angle_stiffness), int(least_degree))


def _with_bonds(connections: Connections, stays: NDArray[np.bool_]) -> Connections:
    """Those of the bonds that stay."""
    return replace(connections, bonds=connections.bonds[stays], images=connections.images[stays])


def _pruned(packing: Packing, ratio: float, angle_stiffness: float, least_degree: int) -> Packing:
    """With as many bonds removed as bring Poisson's ratio down to `ratio`."""
    try:
        weights = pruned_to(
            network_of(packing), angle_stiffness=angle_stiffness, ratio=ratio, least_degree=least_degree, name="the network"
        )
    except SamplingFailed as problem:
        remedy = problem.remedy.replace("`lowest`", "`ratio`")
        raise FieldError("ratio", problem.message, code="M0560", help=remedy) from problem
    count = len(packing.connections.bonds)
    return replace(packing, connections=_with_bonds(packing.connections, weights[:count] > 0.5))


if TYPE_CHECKING:
    Satisfies[SpringGenerator](JammedNetwork)
    Satisfies[Bounded](JammedNetwork)
    Satisfies[Prunable](JammedNetwork)
