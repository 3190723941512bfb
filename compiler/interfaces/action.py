"""Actions: what acts on a body from outside, forces or displacements that are prescribed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from jax import Array
    from jaxtyping import Float
    from numpy.typing import NDArray


class Loaded(NamedTuple):
    """What actions see of a body."""

    mesh: Any
    """Static: nodes before a generator has moved them, and parts of the boundary by name; of frames their nodes alone."""
    coordinates: Float[Array, "node 2"]
    """`[node, 2]`, mm, unloaded."""
    thickness: Array | float
    """mm."""


@runtime_checkable
class Action(Protocol):
    """A plain, immutable object with the definition's fields; its form says which of the protocols below it has."""


@runtime_checkable
class AppliedForces(Protocol):
    """Dead forces."""

    def nodal_forces(self, body: Loaded) -> Float[Array, "node 2"]:
        """`[node, 2]`, N, at load factor 1; `FieldError` where there is nothing that they could act on."""
        ...


@runtime_checkable
class AtPoints(Protocol):
    """An action, or a support, at points of the body."""

    @property
    def places(self) -> Sequence[Sequence[float]]:
        """`[point][2]`, mm."""
        ...


@runtime_checkable
class FollowerForces(AppliedForces, Protocol):
    """Forces that may go with what they act on; for small displacements they are the dead ones."""

    @property
    def follows(self) -> bool:
        """Whether they do."""
        ...

    @property
    def value(self) -> Any:
        """MPa, at load factor 1."""
        ...

    def attached(self, mesh: Any, fixed: NDArray[np.int64]) -> Any:
        """A `runtime.fem.attachments.PressedEdge`; `FieldError` M0605 where they have no potential for what is `fixed`."""
        ...


@runtime_checkable
class PrescribedMotion(Protocol):
    """Displacements that are prescribed; elsewhere, and in other directions, the body is free."""

    def degrees(self, mesh: Any) -> NDArray[np.int64]:
        """Numbers `2 node + component` of the degrees of freedom that it moves; `FieldError` where there are none."""
        ...

    def values(self, mesh: Any) -> Float[Array, " degree"]:
        """`[degree]`, mm, at load factor 1, in the order of `degrees`."""
        ...
