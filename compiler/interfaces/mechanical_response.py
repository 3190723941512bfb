"""What measures ask of the response of a load: small protocols, one for each meaning.

A response offers as many of them as it has. All are plain arrays in internal units (mm, N, MPa), traced; what is said to be
static is the same in every trace. Strains, displacements and stresses are positive in tension.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

from metac.compiler.interfaces.status import LoadStatus

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Bool, Float, Int
    from matplotlib.figure import Figure

Component = tuple[int, int]
"""(i, j) of the mean displacement gradient H_ij = ∂u_i/∂X_j, or of the mean nominal stress P_ij: the force along i on the
face with the normal j, over undeformed area."""


@runtime_checkable
class StoredEnergyResponse(Protocol):
    """What a load stores, increment by increment."""

    @property
    def abscissa(self) -> Float[Array, " increment"]:
        """`[increment]`: what curves run over, not negative: the magnitude of the applied strain, how far it has gone where
        it turns, or the load factor where forces are applied."""
        ...

    @property
    def energy(self) -> Float[Array, " increment"]:
        """`[increment]`: stored elastic energy, N·mm; of one period of a periodic body."""
        ...


@runtime_checkable
class DrivenResponse(Protocol):
    """The response to a load that prescribes mean strains or stresses."""

    @property
    def driven(self) -> Component | None:
        """Static: the component that the load drives; None where it drives several."""
        ...


@runtime_checkable
class MeanFieldResponse(StoredEnergyResponse, DrivenResponse, Protocol):
    """Mean strain and stress, increment by increment."""

    @property
    def strain(self) -> Float[Array, " increment"]:
        """`[increment]`: the applied nominal strain; negative in compression."""
        ...

    @property
    def displacement(self) -> Float[Array, "increment node component"]:
        """`[increment, node, 2]`, mm; of frames with a third component, radian."""
        ...

    @property
    def status(self) -> LoadStatus:
        """How it went."""
        ...

    @property
    def sense(self) -> Array | float:
        """+1, or −1 where the load pushes: what `stress` is multiplied by, so that it is positive where the body resists."""
        ...

    @property
    def mean_strain(self) -> Float[Array, "increment 2 2"]:
        """`[increment, 2, 2]`: H. Between grips: the applied part, and what the middle halves of the free edges show."""
        ...

    @property
    def mean_stress(self) -> Float[Array, "increment 2 2"]:
        """`[increment, 2, 2]`: P, MPa, over the undeformed area, pores included."""
        ...

    @property
    def uniaxial(self) -> bool:
        """Static: whether the body is free across, so that Young's modulus and Poisson's ratio mean something."""
        ...


@runtime_checkable
class VolumeResponse(Protocol):
    """A response that may know a change of volume which the mean strain in the plane does not show."""

    @property
    def volume_ratio(self) -> Float[Array, " increment"] | None:
        """`[increment]`: volume over that at rest; None where it is the determinant of the mean deformation gradient."""
        ...


@runtime_checkable
class CriticalStatus(Protocol):
    """The status of a path from rest whose stability is known."""

    @property
    def critical_point(self) -> Float[Array, ""]:
        """Increments with a fraction; NaN where the path never became critical."""
        ...


@runtime_checkable
class StiffnessResponse(Protocol):
    """The linear response to any mean strain."""

    @property
    def stiffness(self) -> Float[Array, "3 3"]:
        """`[3, 3]`: effective stiffness in Voigt form, MPa: mean stress (σ11, σ22, σ12) of strain (ε11, ε22, γ12)."""
        ...


@runtime_checkable
class ComplianceResponse(Protocol):
    """What forces do."""

    @property
    def compliance(self) -> Array:
        """Work of the forces on their points' displacements, N·mm."""
        ...


@runtime_checkable
class BeamStressResponse(Protocol):
    """Stresses in beams."""

    @property
    def von_mises(self) -> Float[Array, "case edge end"]:
        """MPa, zero where no beam is; a case is an increment of a path or one of several tests."""
        ...


@runtime_checkable
class DirectedResponse(Protocol):
    """Several tests of one body, one along each axis."""

    @property
    def cases(self) -> Sequence[MeanFieldResponse]:
        """Along x, along y."""
        ...


@runtime_checkable
class NodalForces(Protocol):
    """A response that knows the forces on its nodes."""

    @property
    def force(self) -> Float[Array, "increment node component"] | None:
        """`[increment, node, 2]`, N: what acts on the body from outside; None where nothing acts at nodes."""
        ...


@runtime_checkable
class ReactionResponse(Protocol):
    """A response that knows what holds its body."""

    @property
    def abscissa(self) -> Float[Array, " increment"]:
        """`[increment]`: what curves run over, as in `StoredEnergyResponse`."""
        ...

    @property
    def reaction(self) -> Float[Array, "increment node 2"] | None:
        """`[increment, node, 2]`, N: forces on the body where displacements are prescribed; None where none is."""
        ...


@runtime_checkable
class NodalDisplacements(Protocol):
    """A response that knows where its nodes go, increment by increment."""

    @property
    def abscissa(self) -> Float[Array, " increment"]:
        """`[increment]`: what curves run over, as in `StoredEnergyResponse`."""
        ...

    @property
    def displacement(self) -> Float[Array, "increment node component"]:
        """`[increment, node, 2]`, mm; of frames with a third component, radian."""
        ...


class SpringEnds(NamedTuple):
    """Where springs end."""

    nodes: Int[Array, "spring 2 local"]
    """`[spring, end, local]`: nodes that share an end; of the end at the ground any."""
    weights: Float[Array, "spring 2 local"]
    """By which part each of them does; zero at the ground."""
    axis: Int[Array, " spring"]
    """`[spring]`: of those to the ground; −1 between two points."""


@runtime_checkable
class SupportedResponse(Protocol):
    """The response of a body that supports hold."""

    @property
    def held(self) -> Bool[Array, "node 2"] | None:
        """`[node, 2]`: which components they hold; None where that is not known."""
        ...

    @property
    def springs(self) -> SpringEnds | None:
        """Springs among them; None where there are none."""
        ...


@runtime_checkable
class DrawnResponse(Protocol):
    """A response that draws itself."""

    def figure(self, title: str, body: Any) -> Figure:
        """A figure, of concrete values."""
        ...


@runtime_checkable
class CornerDisplacements(Protocol):
    """The response of a system of cells."""

    @property
    def corners(self) -> Float[Array, "row column 2"]:
        """`[row, column, 2]`: displacements of the corners of cells, mm; row 0 at the top."""
        ...
