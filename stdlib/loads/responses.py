"""What bodies do under loads, as measures read it (`compiler/interfaces/mechanical_response.py`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from metac.runtime.fem.path.warm_start import WarmStart
from metac.runtime.grid.elasticity import poisson_ratio, youngs_modulus

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from metac.compiler.interfaces.mechanical_response import (
        ComplianceResponse,
        Component,
        DrawnResponse,
        MeanFieldResponse,
        NodalForces,
        SpringEnds,
        StiffnessResponse,
        StoredEnergyResponse,
        VolumeResponse,
    )
    from metac.compiler.interfaces.response import Continued, LabelledResponse
    from metac.compiler.interfaces.satisfies import Satisfies
    from metac.compiler.interfaces.status import LoadStatus

DIRECTIONS = 361
"""Points of a polar plot."""
NOMINAL_STRAIN, SHEAR, LARGEST_STRAIN = "nominal strain", "shear", "largest mean strain"
LOAD_FACTOR = "load factor"
"""What is applied, as figures and tables name it; a factor has no per cent."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True, kw_only=True)
class MechanicalResponse:
    """A body under a growing strain or mean stress; NaN from the first increment on that failed (see `status`)."""

    strain: Array
    """`[increment]`: the applied nominal strain, negative in compression; where only stresses are given, the load factor."""
    abscissa: Array
    """`[increment]`: what curves run over, not negative."""
    sense: Array | float
    """+1, or −1 where the load pushes."""
    displacement: Array
    """`[increment, node, 2]`, mm; of frames `[increment, node, 3]`, the last component in radian."""
    mean_strain: Array
    """`[increment, 2, 2]`: macroscopic displacement gradient H_ij = ∂u_i/∂X_j."""
    mean_stress: Array
    """`[increment, 2, 2]`: mean first Piola–Kirchhoff stress over the undeformed area, pores included, MPa."""
    energy: Array
    """`[increment]`: elastic energy stored in the body, or in one period of it, N·mm."""
    status: LoadStatus
    reaction: Array | None = None
    """`[increment, node, 2]`: forces of the grips on the body, N; zero at nodes that are not held. None without grips."""
    start: WarmStart | None = None
    """What the response of a neighbouring design may start from; None where every path begins at rest."""
    volume_ratio: Array | None = None
    """`[increment]`: volume over that at rest, of what is stretched in three dimensions; None: as `mean_strain` says."""
    driven: Component | None = field(metadata={"static": True})
    uniaxial: bool = field(metadata={"static": True})
    by_strain: bool = field(default=True, metadata={"static": True})
    """Whether a strain is prescribed at all: `strain` is the load factor where it is not."""

    @property
    def applied(self) -> str:
        """What `strain` is."""
        if not self.by_strain:
            return LOAD_FACTOR
        if self.driven is None:
            return LARGEST_STRAIN
        return NOMINAL_STRAIN if self.driven[0] == self.driven[1] else SHEAR

    @property
    def force(self) -> Array | None:
        """`[increment, node, 2]`, N: what acts on the body from outside; None where nothing acts at nodes."""
        return self.reaction


@jax.tree_util.register_dataclass
@dataclass(frozen=True, kw_only=True)
class HomogenisedResponse:
    """What an endless pattern does under small mean strains."""

    stiffness: Array
    """`[3, 3]`: effective stiffness in Voigt form, MPa: mean stress (σ11, σ22, σ12) of the mean strain (ε11, ε22, γ12)."""
    status: LoadStatus

    def figure(self, title: str, body: Any) -> Figure:
        """Young's modulus and Poisson's ratio in every direction, of a concrete response."""
        from metac.runtime.report.grid_plots import draw_directions

        angles = np.linspace(0, 2 * np.pi, DIRECTIONS)
        modulus, ratio = (np.asarray(read(self.stiffness, angles)) for read in (youngs_modulus, poisson_ratio))
        return draw_directions(angles, modulus, ratio, title)


@jax.tree_util.register_dataclass
@dataclass(frozen=True, kw_only=True)
class ForcedResponse:
    """What a body on supports does under forces and prescribed displacements."""

    displacement: Array
    """`[increment, node, 2]`, mm."""
    compliance: Array
    """Work that all that acts would do on the displacements at the end, N·mm: twice the energy of a linear body."""
    energy: Array
    """`[increment]`: stored elastic energy, N·mm."""
    abscissa: Array
    """`[increment]`: load factor, or how far it has gone where it turns."""
    status: LoadStatus
    start: WarmStart | None = None
    force: Array | None = None
    """`[increment, node, 2]`, N: what acts on the body, supports apart."""
    reaction: Array | None = None
    """`[increment, node, 2]`, N: what holds or moves the body where its displacement is prescribed, zero elsewhere."""
    held: Array | None = None
    """`[node, 2]`: which components supports hold."""
    springs: SpringEnds | None = None
    """Where springs end."""
    applied: str = field(default=LOAD_FACTOR, metadata={"static": True})

    @property
    def strain(self) -> Array:
        """`[increment]`: the load factor, by which states are labelled."""
        return self.abscissa


def travelled(factors: Array) -> Array:
    """`[increment]`: how far something has gone from zero, all ways added up."""
    return jnp.cumsum(jnp.abs(jnp.diff(jnp.asarray(factors, float), prepend=0.0)))


if TYPE_CHECKING:
    Satisfies[MeanFieldResponse](MechanicalResponse)
    Satisfies[VolumeResponse](MechanicalResponse)
    Satisfies[StiffnessResponse](HomogenisedResponse)
    Satisfies[DrawnResponse](HomogenisedResponse)
    Satisfies[StoredEnergyResponse](ForcedResponse)
    Satisfies[ComplianceResponse](ForcedResponse)
    Satisfies[LabelledResponse](MechanicalResponse, ForcedResponse)
    Satisfies[NodalForces](MechanicalResponse, ForcedResponse)
    Satisfies[Continued](MechanicalResponse, ForcedResponse)
