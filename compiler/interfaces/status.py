"""Statuses: how the simulation of a load went; filled inside `jit`, judged on the host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float


class Failure(Protocol):
    """An exception that says what failed and what may help (`runtime/errors.py: RuntimeFailure`)."""

    @property
    def message(self) -> str:
        """What failed."""
        ...

    @property
    def remedy(self) -> str:
        """What may help."""
        ...

    @property
    def subject(self) -> str | None:
        """The name of what failed in the spec."""
        ...


@runtime_checkable
class LoadStatus(Protocol):
    """A pytree of arrays; its methods but `ok` are called with concrete values only."""

    @property
    def ok(self) -> Array:
        """bool, traced: the results can be used."""
        ...

    def failure(self, name: str) -> Failure | None:
        """The first failure of the load called `name`, or None."""
        ...

    def instability(self, name: str) -> str | None:
        """What to say where the load's path stays on an unstable branch; None where every state is stable."""
        ...


@runtime_checkable
class Meshwise(Protocol):
    """A status that knows how far the mesh was distorted before any load."""

    @property
    def reference_jacobian(self) -> Float[Array, ""]:
        """Smallest det(dx/dX) of the moved against the meshed geometry."""
        ...
